"""The events of repositories, in CodeCommit's words.

https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.repositories.repository import HEADS, TAGS
from ormer.stores.resources import Row

SOURCE = "aws.codecommit"
REPOSITORY_CHANGE = "CodeCommit Repository State Change"


def reference(
    tx: Tx,
    row: Row,
    ref: str,
    old: str | None,
    new: str | None,
    actor: str,
    detail: Mapping[str, Any],
    now: float,
) -> None:
    """A branch or tag was made, moved or deleted; other refs are nobody's news.

    row: the repository's. old, new: ids, None where the ref was or is not there. actor: the caller's ARN.
    """
    kind = "branch" if ref.startswith(HEADS) else "tag" if ref.startswith(TAGS) else None
    if kind is None:
        return
    event = "referenceCreated" if old is None else "referenceDeleted" if new is None else "referenceUpdated"
    ids = {"commitId": new, "oldCommitId": old}
    emit(
        tx,
        row,
        REPOSITORY_CHANGE,
        {
            "event": event,
            "repositoryName": row.name,
            "repositoryId": row.document["repositoryId"],
            "referenceType": kind,
            "referenceName": ref.removeprefix(HEADS).removeprefix(TAGS),
            "referenceFullName": ref,
            **{name: value for name, value in ids.items() if value is not None},
            "callerUserArn": actor,
            **detail,
        },
        actor,
        now,
    )


def emit(tx: Tx, row: Row, detail_type: str, detail: dict[str, Any], actor: str, now: float) -> None:
    """Append one event about the repository."""
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source=SOURCE,
        detail_type=detail_type,
        detail=detail,
        resources=[row.arn],
        now=now,
        actor=actor,
    )
