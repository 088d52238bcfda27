"""Merges of pull requests: the destination moves and the pull request closes in one transaction."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit import merges
from ormer.services.codecommit.approvals import require_approval
from ormer.services.codecommit.pull_requests import check_repository, open_pull_request_of, pull_request_of, shown
from ormer.services.codecommit.references import concurrent, move, opened
from ormer.stores.port import Call
from ormer.stores.repositories.repository import HEADS, Repository
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def merge_pull_request_by_fast_forward(call: Call, request: JsonDict) -> JsonDict:
    """Merge by moving the destination forward, and close. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergePullRequestByFastForward.html

    Errors: ManualMergeRequiredException, TipOfSourceReferenceIsDifferentException,
    PullRequestApprovalRulesNotSatisfiedException.
    """
    return _merge(call, request, "FAST_FORWARD_MERGE")


def merge_pull_request_by_squash(call: Call, request: JsonDict) -> JsonDict:
    """Merge as one commit, and close. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergePullRequestBySquash.html

    Errors: as for the fast forward.
    """
    return _merge(call, request, "SQUASH_MERGE")


def merge_pull_request_by_three_way(call: Call, request: JsonDict) -> JsonDict:
    """Merge with a merge commit, and close. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergePullRequestByThreeWay.html

    Errors: as for the fast forward.
    """
    return _merge(call, request, "THREE_WAY_MERGE")


def _merge(call: Call, request: JsonDict, option: str) -> JsonDict:
    with opened(call, request) as (row, repository):
        with call.read() as tx:
            found = open_pull_request_of(tx, call, request)
        check_repository(found, row)
        require_approval(found)
        (target,) = found.document["pullRequestTargets"]
        source, head = _tips(repository, found, request)
        title = f"Merge pull request {found.name}: {found.document['title']}"
        merged = merges.prepare(call, repository, request, option, (source, head), title)
        branch = target["destinationReference"].removeprefix(HEADS)
        if merged.commit == head:
            text = f"{branch} has everything of this pull request already: close it instead."
            raise AwsError("ManualMergeRequiredException", text)
        move(call, row, HEADS + branch, merged.commit, head, concurrent(branch), merged.detail, found.arn)
    with call.read() as tx:
        return {"pullRequest": shown(pull_request_of(tx, call, request))}


def _tips(repository: Repository, found: Row, request: JsonDict) -> tuple[str, str]:
    """The newest commits of both branches. Raises TipOfSourceReferenceIsDifferentException."""
    (target,) = found.document["pullRequestTargets"]
    refs = repository.refs()
    for name in (target["sourceReference"], target["destinationReference"]):
        if name not in refs:
            raise AwsError("ReferenceDoesNotExistException", f"{name} does not exist any more.")
    source = refs[target["sourceReference"]]
    if request.get("sourceCommitId", source) != source:
        text = f"The source branch is at {source} now, not at {request['sourceCommitId']}: look at it and merge again."
        raise AwsError("TipOfSourceReferenceIsDifferentException", text)
    return source, refs[target["destinationReference"]]
