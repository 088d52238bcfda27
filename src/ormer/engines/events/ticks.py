"""Ticks: the task of a scheduled rule or of a schedule. It fires what is due and sleeps until the next time.

How far a schedule has come is kept with it and moves in the transaction that writes a tick's deliveries, so every tick
fires once, whoever is killed in between. While ormer runs no tick is left out, however fast the calendar goes. Of the
ticks that fell into a time when ormer was down, or this machine slept, only the latest fires.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from ormer.aws.clock import Clock, WallClock, iso_seconds
from ormer.aws.scheduler_expressions import parsed
from ormer.engines.events.engine import enqueue
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.rules import deliveries

JsonDict = dict[str, Any]
DISABLED = "DISABLED"
# A calendar set right by the network jumps less than this.
SLEEP_SECONDS = 60.0
# Ticks of one transaction.
TICKS_MAX = 50
# How far back the latest missed tick is looked for, one span after the other: from an hour to a century.
SPANS_SECONDS = (3600.0, 86_400.0, 2_764_800.0, 31_708_800.0, 3_170_880_000.0)
# A schedule's start is itself a time it may fire at.
INSTANT_SECONDS = 0.001


class Ticks:
    """Fires ticks. What was due before this server began, or before the machine woke up, was missed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.now()
        self._lead = self._started - time.monotonic()

    def run(self, work: Work) -> Again | None:
        """Fire what is due of the rule or schedule `work.subject`."""
        self._notice_sleep()
        with work.write() as tx:
            row = resources.get(tx, work.subject)
            if row is None or row.document["State"] == DISABLED or not row.document.get("ScheduleExpression"):
                return None
            position = row.facts.get("position")
            for _ in range(TICKS_MAX):
                at = _next(row, position)
                if at is None:
                    _completed(tx, row, position)
                    return None
                if at > work.now:
                    break
                at = self._caught_up(row, at)
                _fire(tx, row, at, work.now)
                position = at
            if position != row.facts.get("position"):
                resources.save(tx, row, {}, now=work.now, facts={"position": position}, touch=False)
            return Again(at=at)

    def _notice_sleep(self) -> None:
        """A sleeping machine's monotonic clock stands still while its calendar goes on."""
        now = self._clock.now()
        lead = now - time.monotonic()
        if isinstance(self._clock, WallClock) and lead - self._lead > SLEEP_SECONDS:
            self._started, self._lead = now, lead

    def _caught_up(self, row: Row, at: float) -> float:
        """The tick itself, or the latest one of those that fell before the server's start."""
        if at >= self._started:
            return at
        if row.document["ScheduleExpression"].startswith("rate("):
            period = (_after(row.document["ScheduleExpression"], at, row.document) or at) - at
            end = min(self._started, row.document.get("EndDate", self._started))
            return at + int((end - at) / period) * period
        for span in SPANS_SECONDS:
            latest, following = None, _next(row, max(at - INSTANT_SECONDS, self._started - span))
            while following is not None and following < self._started:
                latest, following = following, _next(row, following)
            if latest is not None:
                return latest
        return at


def _next(row: Row, position: float | None) -> float | None:
    """The next time behind `position` (None: a schedule that never fired), within StartDate and EndDate."""
    words = row.document
    text = words["ScheduleExpression"]
    start, end = words.get("StartDate"), words.get("EndDate")
    is_rate = text.startswith("rate(")
    if position is None or (start is not None and position < start):
        # What would have been due before there was a schedule is not made up for.
        base = max(row.facts["made"], start or 0.0)
        at = base if is_rate else _after(text, base - INSTANT_SECONDS, words)
    else:
        at = _after(text, position, words)
    return None if at is None or (end is not None and at > end) else at


def _after(text: str, epoch: float, words: JsonDict) -> float | None:
    return parsed(text).next_after(epoch, words.get("ScheduleExpressionTimezone", "UTC"))


def _fire(tx: Tx, row: Row, at: float, now: float) -> None:
    identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{row.arn} {at!r}"))
    if row.kind == "Rule":
        enqueue(tx, row.arn, _scheduled_event(row, identifier, at), now)
        return
    context = {"schedule-arn": row.arn, "scheduled-time": iso_seconds(at), "execution-id": identifier}
    deliveries.enqueue(tx, sender=row.arn, target=row.document["Target"], event_id=identifier, event=context, now=now)


def _scheduled_event(row: Row, identifier: str, at: float) -> JsonDict:
    return {
        "version": "0",
        "id": identifier,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": row.account,
        "time": iso_seconds(at),
        "region": row.region,
        "resources": [row.arn],
        "detail": {},
    }


def _completed(tx: Tx, row: Row, position: float | None) -> None:
    """Nothing more will come: a schedule that asked for it is deleted."""
    if row.document.get("ActionAfterCompletion") == "DELETE":
        resources.delete(tx, row.arn)
    elif position != row.facts.get("position"):
        resources.save(tx, row, {}, now=row.modified, facts={"position": position}, touch=False)
