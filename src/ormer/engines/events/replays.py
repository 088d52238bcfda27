"""Replays: the task that hands an archive's events to the rules once more, a few at a time.

How far it has come moves in the transaction that writes the deliveries; their key holds the replay, so that an event
goes to a target once in each replay.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ormer.aws.lifecycles import lifecycle
from ormer.engines.events.engine import enqueue, is_forwarded
from ormer.engines.events.rulebook import Rulebook
from ormer.engines.worker import Again, Work
from ormer.stores import events, resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.rules import archived

JsonDict = dict[str, Any]
BATCH = 100


def run(work: Work) -> Again | None:
    """Send the next events of the replay `work.subject`."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None:
            return None
        if row.status == "CANCELLING":
            _end(tx, row, "CANCELLED", work.now)
            return None
        if row.status not in ("STARTING", "RUNNING"):
            return None
        archive = resources.get(tx, row.document["EventSourceArn"])
        if archive is None:
            _end(tx, row, "FAILED", work.now, {"StateReason": "The archive was deleted."})
            return None
        batch = list(islice(_wanted(tx, row, archive, work.now), BATCH))
        _send(tx, row, archive, batch, work.now)
        if len(batch) < BATCH:
            _end(tx, row, "COMPLETED", work.now, _progress(batch))
            return None
        facts = {"position": batch[-1]["id"]}
        resources.advance(tx, row.arn, "RUNNING", now=work.now, change=_progress(batch), facts=facts)
        return Again(seconds=0.0)


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail a replay whose task raises again and again; see `work.Ending`."""
    row = resources.get(tx, work.subject)
    if row is None or row.status in lifecycle(row.kind).final:
        return False
    _end(tx, row, "FAILED", work.now, {"StateReason": reason})
    return True


def _wanted(tx: Tx, row: Row, archive: Row, now: float) -> Iterator[JsonDict]:
    start, end = row.document["EventStartTime"], row.document["EventEndTime"]
    held = archived.held(tx, archive, now, row.facts.get("position", 0))
    return (one for one in held if start <= one["time"] < end)


def _send(tx: Tx, row: Row, archive: Row, batch: list[JsonDict], now: float) -> None:
    rulebook = Rulebook()
    rulebook.refresh(tx)
    only = row.document["Destination"].get("FilterArns")
    rules = [
        rule
        for rule in rulebook.at((archive.account, archive.region, archive.facts["bus"]))
        if not only or rule.arn in only
    ]
    for one in batch:
        event = {**events.envelope(one), "replay-name": row.name}
        for rule in rules:
            if rule.pattern.matches(event):
                enqueue(tx, rule.arn, event, now, forwarded=is_forwarded(one), replay=row.arn)


def _progress(batch: list[JsonDict]) -> JsonDict:
    return {"EventLastReplayedTime": batch[-1]["time"]} if batch else {}


def _end(tx: Tx, row: Row, status: str, now: float, change: JsonDict | None = None) -> None:
    resources.advance(tx, row.arn, status, now=now, change={**(change or {}), "ReplayEndTime": now})
