"""What a request to CodeCommit is about, for the authorisation gate: always repositories, whatever it names.

https://docs.aws.amazon.com/codecommit/latest/userguide/auth-and-access-control-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.repositories import pull_requests
from ormer.stores.repositories.repository import HEADS
from ormer.stores.repositories.tables import repositories, repository_comments

if TYPE_CHECKING:
    from ormer.stores.port import Call

# The operations that commit to a branch, merge into it or delete it.
MOVES_A_BRANCH = frozenset(
    {
        "CreateCommit",
        "DeleteBranch",
        "DeleteFile",
        "MergeBranchesByFastForward",
        "MergeBranchesBySquash",
        "MergeBranchesByThreeWay",
        "PutFile",
    }
)


def targets(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The ARNs of the repositories a request is about; `["*"]` where it names none."""
    if "resourceArn" in params:
        return [str(params["resourceArn"])]
    names = [params[member] for member in ("repositoryName", "oldName") if isinstance(params.get(member), str)]
    names += [name for name in params.get("repositoryNames", ()) if isinstance(name, str)]
    names += [target["repositoryName"] for target in params.get("targets", ()) if isinstance(target, dict)]
    found = [arns.arn("codecommit", call.region, call.account, name) for name in names]
    found += _of_pull_request(call, params) + _of_comment(call, params)
    return list(dict.fromkeys(found)) or ["*"]


def reference(call: Call, operation: str, params: Mapping[str, Any]) -> str:
    """The full name of the branch that a request would move, for policies that protect branches; "" for none.

    https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-conditional-branch.html
    """
    if operation in MOVES_A_BRANCH:
        name = params.get("targetBranch") or params.get("branchName") or params.get("destinationCommitSpecifier")
        return HEADS + name.removeprefix(HEADS) if isinstance(name, str) and name else ""
    number = params.get("pullRequestId")
    if not operation.startswith("MergePullRequest") or not isinstance(number, str):
        return ""
    with call.read() as tx:
        row = resources.get(tx, pull_requests.arn_of(call.account, call.region, number))
    return str(row.document["pullRequestTargets"][0]["destinationReference"]) if row is not None else ""


def _of_pull_request(call: Call, params: Mapping[str, Any]) -> list[str]:
    number = params.get("pullRequestId")
    if not isinstance(number, str):
        return []
    with call.read() as tx:
        row = resources.get(tx, pull_requests.arn_of(call.account, call.region, number))
        return _place(tx, row.parent) if row is not None else []


def _of_comment(call: Call, params: Mapping[str, Any]) -> list[str]:
    comment = params.get("commentId", params.get("inReplyTo"))
    if not isinstance(comment, str):
        return []
    c = repository_comments.c
    with call.read() as tx:
        row = tx.one(sa.select(c.repository_id).where(c.id == comment))
        return _place(tx, row["repository_id"]) if row is not None else []


def _place(tx: Tx, repository_id: str) -> list[str]:
    row = tx.one(sa.select(repositories.c.arn).where(repositories.c.id == repository_id))
    return [row["arn"]] if row is not None else []
