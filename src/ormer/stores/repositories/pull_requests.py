"""Pull requests as rows: they follow their branches in the transaction that tells of a moved ref.

A push to the source branch gives a new revision, whose approvals begin anew. A destination that has come to hold the
source is merged, however that happened. Every change has its row for DescribePullRequestEvents and its event.
https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.repositories import announcements
from ormer.stores.repositories.commands import Command
from ormer.stores.repositories.repository import Missing, Repository
from ormer.stores.repositories.tables import pull_request_events
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = "PullRequest"
STATE_CHANGE = "CodeCommit Pull Request State Change"
REVISION_BYTES = 32


def arn_of(account: str, region: str, number: str) -> str:
    """Our own name of a pull request; AWS gives it none."""
    return arns.arn("codecommit", region, account, f"pull-request/{number}")


def new_revision() -> str:
    return secrets.token_hex(REVISION_BYTES)


def open_ones(tx: Tx, repository_id: str) -> list[Row]:
    """The open pull requests of a repository, oldest first."""
    c = table.c
    return resources.select(tx, c.kind == KIND, c.parent == repository_id, c.status == "OPEN")


def follow(tx: Tx, row: Row, opened: Repository, command: Command, actor: str, now: float) -> None:
    """A branch moved to `command.new`: bring the pull requests from it and into it up to date.

    row: the repository's.
    """
    for request in open_ones(tx, row.document["repositoryId"]):
        (target,) = request.document["pullRequestTargets"]
        if target["sourceReference"] == command.ref:
            _source_moved(tx, row, opened, request, command.new, actor, now)
        elif target["destinationReference"] == command.ref:
            _destination_moved(tx, row, opened, request, command, actor, now)


def record(
    tx: Tx,
    row: Row,
    request: Row,
    event: str,
    kind: str,
    metadata: JsonDict,
    actor: str,
    now: float,
    detail: JsonDict | None = None,
) -> None:
    """Write down what happened to a pull request, and send the event.

    event: its name in the event, such as pullRequestCreated. kind: DescribePullRequestEvents' type.
    metadata: the member that goes with it there. detail: further members of the event.
    """
    values = {"pull_request_arn": request.arn, "type": kind, "time": now, "actor": actor, "metadata": metadata}
    tx.execute(sa.insert(pull_request_events), values)
    announcements.emit(tx, row, STATE_CHANGE, _detail(row, request, event, actor) | (detail or {}), actor, now)


def events_of(tx: Tx, request_arn: str) -> list[JsonDict]:
    """What happened to a pull request, oldest first: rows of the table."""
    c = pull_request_events.c
    statement = sa.select(pull_request_events).where(c.pull_request_arn == request_arn).order_by(c.id)
    return [dict(found) for found in tx.all(statement)]


def rename(tx: Tx, repository_id: str, name: str, now: float) -> None:
    """Pull requests say the new name of their repository."""
    c = table.c
    for request in resources.select(tx, c.kind == KIND, c.parent == repository_id):
        targets = [{**target, "repositoryName": name} for target in request.document["pullRequestTargets"]]
        resources.save(tx, request, {"pullRequestTargets": targets}, now=now, touch=False)


def forget(tx: Tx, repository_id: str) -> None:
    """Remove the pull requests of a repository that goes."""
    c = table.c
    for request in resources.select(tx, c.kind == KIND, c.parent == repository_id):
        tx.execute(sa.delete(pull_request_events).where(pull_request_events.c.pull_request_arn == request.arn))
        resources.delete(tx, request.arn)


def _source_moved(tx: Tx, row: Row, opened: Repository, request: Row, commit: str, actor: str, now: float) -> None:
    (target,) = request.document["pullRequestTargets"]
    base = _merge_base(opened, commit, target["destinationCommit"])
    moved = {**target, "sourceCommit": commit, **({"mergeBase": base} if base else {})}
    change = {"pullRequestTargets": [moved], "revisionId": new_revision()}
    new = resources.save(tx, request, change, now=now, facts={"approvals": {}, "overrider": None})
    metadata = {
        "pullRequestSourceReferenceUpdatedEventMetadata": {
            "repositoryName": row.name,
            "beforeCommitId": target["sourceCommit"],
            "afterCommitId": commit,
            "mergeBase": base,
        }
    }
    kind = "PULL_REQUEST_SOURCE_REFERENCE_UPDATED"
    record(tx, row, new, "pullRequestSourceBranchUpdated", kind, metadata, actor, now)


def _destination_moved(
    tx: Tx, row: Row, opened: Repository, request: Row, command: Command, actor: str, now: float
) -> None:
    (target,) = request.document["pullRequestTargets"]
    merges_it = command.pull_request == request.arn
    if not merges_it and not _contains(opened, command.new, target["sourceCommit"]):
        base = _merge_base(opened, target["sourceCommit"], command.new)
        moved = {**target, "destinationCommit": command.new, **({"mergeBase": base} if base else {})}
        resources.save(tx, request, {"pullRequestTargets": [moved]}, now=now, touch=False)
        return
    option = command.detail.get("mergeOption") if merges_it else None
    if option is None:
        option = "FAST_FORWARD_MERGE" if command.new == target["sourceCommit"] else "THREE_WAY_MERGE"
    merged = {"isMerged": True, "mergedBy": actor, "mergeCommitId": command.new, "mergeOption": option}
    change = {"pullRequestTargets": [{**target, "mergeMetadata": merged}]}
    closed = resources.advance(tx, request.arn, "CLOSED", now=now, expect={"OPEN"}, change=change, actor=actor)
    assert closed is not None, "it was open in this transaction"
    metadata = {
        "pullRequestMergedStateChangedEventMetadata": {
            "repositoryName": row.name,
            "destinationReference": command.ref,
            "mergeMetadata": merged,
        }
    }
    kind = "PULL_REQUEST_MERGE_STATE_CHANGED"
    record(tx, row, closed, "pullRequestMergeStatusUpdated", kind, metadata, actor, now, {"mergeOption": option})


def _merge_base(opened: Repository, one: str, other: str) -> str | None:
    try:
        return opened.merge_base(one, other)
    except (KeyError, Missing):
        return None


def _contains(opened: Repository, commit: str, ancestor: str) -> bool:
    try:
        return opened.contains(commit, ancestor)
    except Missing:
        # The commit was forced away and packed away since.
        return False


def _detail(row: Row, request: Row, event: str, actor: str) -> JsonDict:
    """The members that all events of a pull request have."""
    document = request.document
    (target,) = document["pullRequestTargets"]
    status = document["pullRequestStatus"].capitalize()
    text = (
        f"A pull request event occurred in the following AWS CodeCommit repository: {row.name}. "
        f"Pull request {request.name}, {document['title']!r}: {event} by {actor}. Its status is {status}."
    )
    return {
        "event": event,
        "pullRequestId": request.name,
        "title": document["title"],
        "description": document.get("description", ""),
        "author": document["authorArn"],
        "pullRequestStatus": status,
        "isMerged": str(target["mergeMetadata"]["isMerged"]),
        "repositoryNames": [row.name],
        "sourceReference": target["sourceReference"],
        "destinationReference": target["destinationReference"],
        "sourceCommit": target["sourceCommit"],
        "destinationCommit": target["destinationCommit"],
        "revisionId": document["revisionId"],
        "creationDate": _date(request.created),
        "lastModifiedDate": _date(request.modified),
        "notificationBody": text,
        "callerUserArn": actor,
    }


def _date(seconds: float) -> str:
    return time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(seconds))
