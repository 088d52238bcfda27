"""Matching: a thread that follows the outbox and writes a delivery for each event, rule and target that match.

While no rule looks at events it only remembers how far the outbox has come, which costs one small query at most every
PAUSE_SECONDS. The cursor is written with the deliveries, and every CURSOR_STEP events without any: what is read twice
after a crash is matched twice and written once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import structlog

from ormer.aws import arns, event_targets
from ormer.engines.events.rulebook import Rule, Rulebook
from ormer.stores import events, metrics, resources
from ormer.stores.database import Tx, upsert
from ormer.stores.rules import deliveries, targets
from ormer.stores.stores import Stores
from ormer.stores.tables import settings

CURSOR = "events_cursor"
CURSOR_STEP = 1000
BATCH = 200
POLL_SECONDS = 1.0
# News are gathered for this long, so that a burst of commits is one look.
PAUSE_SECONDS = 0.02
PRUNE_SECONDS = 3600.0
RECOVERY_SECONDS = 1.0
NAMESPACE = "AWS/Events"

log = structlog.get_logger("ormer.events")
Match = tuple[dict[str, Any], Rule]


class EventsEngine:
    """Follows the outbox. `step` is one look at it; tests call it themselves."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._rulebook = Rulebook()
        with stores.database.read() as tx:
            row = tx.one(sa.select(settings.c.value).where(settings.c.name == CURSOR))
        self._written = self._cursor = int(row["value"]) if row is not None else 0
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="events", daemon=True)
        self._unlisten: Callable[[], None] = lambda: None

    @property
    def position(self) -> int:
        """The number of the last event that was looked at."""
        return self._cursor

    def start(self) -> None:
        self._unlisten = self._stores.database.signals.events.listen(self._news.set)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; what was not matched yet is matched at the next start."""
        self._unlisten()
        self._stopping.set()
        self._news.set()
        self._thread.join(10)

    def step(self) -> bool:
        """Match the next events. Returns whether more are there already."""
        with self._stores.database.read() as tx:
            self._rulebook.refresh(tx)
            newest = events.last(tx)
            if not self._rulebook:
                self._cursor = newest
                return False
            start = max(self._cursor, min(rule.since for rule in self._rulebook))
            sources, kinds = self._rulebook.only("source"), self._rulebook.only("detail-type")
            page = events.between(tx, start, newest, BATCH, sources, kinds)
        matched = [match for row in page for match in self._matches(row)]
        full = len(page) == BATCH
        cursor = int(page[-1]["id"]) if full else newest
        if matched or cursor - self._written >= CURSOR_STEP:
            self._write(matched, cursor)
        self._cursor = cursor
        return full

    def _matches(self, row: dict[str, Any]) -> list[Match]:
        rules = self._rulebook.at((row["account"], row["region"], row["bus"]))
        event = events.envelope(row) if rules else {}
        return [(row, rule) for rule in rules if row["id"] > rule.since and rule.pattern.matches(event)]

    def _write(self, matched: list[Match], cursor: int) -> None:
        with self._stores.database.write() as tx:
            now = self._stores.clock.now()
            for row, rule in matched:
                enqueue(tx, rule.arn, events.envelope(row), now, forwarded=is_forwarded(row))
            tx.execute(upsert(tx, settings, ["name"], {"name": CURSOR, "value": cursor}))
        self._written = cursor

    def _loop(self) -> None:
        pruned = time.monotonic()
        while not self._stopping.is_set():
            try:
                while self.step() and not self._stopping.is_set():
                    pass
                if time.monotonic() - pruned >= PRUNE_SECONDS:
                    pruned = time.monotonic()
                    with self._stores.database.write() as tx:
                        deliveries.prune(tx)
            except Exception:
                # A full disk, a database away: the outbox waits, and the next look may well succeed.
                log.exception("events cannot be matched; they are looked at again")
                self._stopping.wait(RECOVERY_SECONDS)
            self._news.wait(POLL_SECONDS)
            self._stopping.wait(PAUSE_SECONDS)
            self._news.clear()


def is_forwarded(row: dict[str, Any]) -> bool:
    """Whether a rule handed the event on from another bus."""
    actor = row["actor"]
    return arns.is_arn(actor) and arns.parse(actor).service == "events"


def enqueue(
    tx: Tx, rule_arn: str, event: dict[str, Any], now: float, *, forwarded: bool = False, replay: str = ""
) -> int:
    """Write the deliveries of a matching event (or tick) to the rule's targets. Returns how many are new.

    forwarded: the event came from another bus by a rule; AWS does not hand such an event on to a third bus.
    """
    written = 0
    for target in _targets(tx, rule_arn):
        if forwarded and ":event-bus/" in target["Arn"]:
            continue
        written += deliveries.enqueue(
            tx, sender=rule_arn, target=target, event_id=str(event["id"]), event=event, now=now, replay=replay
        )
    if written:
        count(tx, rule_arn, "TriggeredRules", now)
    return written


def _targets(tx: Tx, rule_arn: str) -> list[dict[str, Any]]:
    """A rule's targets; those that are called as a role and name none have the rule's."""
    found = targets.of(tx, rule_arn)
    rule = resources.get(tx, rule_arn) if found else None
    role = rule.document.get("RoleArn") if rule is not None else None
    if role is None:
        return found
    return [
        {"RoleArn": role, **target} if event_targets.kind_of(target["Arn"]) in event_targets.AS_ROLE else target
        for target in found
    ]


def count(tx: Tx, rule_arn: str, name: str, now: float) -> None:
    """Add 1 to one of EventBridge's metrics of a rule.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    parts = arns.parse(rule_arn)
    bus, _, rule = parts.name.rpartition("/")
    dimensions = [{"Name": "RuleName", "Value": rule}] + ([{"Name": "EventBusName", "Value": bus}] if bus else [])
    metrics.put(tx, parts.account, parts.region, NAMESPACE, name, 1.0, now, dimensions, "Count")
