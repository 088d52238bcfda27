"""What became of a project's stack, in words: the first thing that failed, or what a deletion left behind."""

from __future__ import annotations

from typing import Any

from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stacks import journal

JsonDict = dict[str, Any]
EVENTS_MAX = 1000
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CfnStackDetail.html
CHARACTERS_MAX = 4096
CANCELLED = "Resource creation cancelled"
BEGUN = "User Initiated"


def reason(tx: Tx, stack: Row) -> str:
    """Why the stack is not what was wanted: the words of the resource that failed first."""
    failed = [
        f"{event['logical_id']}: {event['reason']}"
        for event in _of_this_operation(tx, stack)
        if event["status"].endswith("_FAILED")
        and event["physical_id"] != stack.arn
        and event["reason"]
        and not event["reason"].startswith(CANCELLED)
    ]
    why = failed[-1] if failed else stack.document.get("StackStatusReason", "")
    name = stack.document["StackName"]
    return f"Stack {name} ended in {stack.status}. {why}".strip()[:CHARACTERS_MAX]


def remains(tx: Tx, project: Row, stack: Row | None) -> str:
    """What a deleted project leaves: resources that its template keeps. "" when nothing does."""
    if stack is None:
        return ""
    kept = [
        f"{event['type']} {event['physical_id']}"
        for event in _of_this_operation(tx, stack)
        if event["status"] == "DELETE_SKIPPED" and event["physical_id"]
    ]
    listed = ", ".join(sorted(set(kept)))
    return f"The project's template keeps: {listed}."[:CHARACTERS_MAX] if kept else ""


def _of_this_operation(tx: Tx, stack: Row) -> list[JsonDict]:
    """The events of what was done with the stack last, newest first."""
    found = []
    for event in journal.newest_first(tx, stack.arn, None, EVENTS_MAX):
        found.append(event)
        if event["physical_id"] == stack.arn and event["reason"] == BEGUN:
            break
    return found
