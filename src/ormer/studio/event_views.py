"""Questions about events that AWS's wire has no operation for: what has happened, and why a rule fired or did not.

    GET  /studio/api/ormer/events?before=&bus=&source=&type=&text=   a page of the kept events, newest first
    GET  /studio/api/ormer/event?id=                                 one of them, and what became of it
    GET  /studio/api/ormer/rule?name=&bus=                           a rule's recent decisions and deliveries
    GET  /studio/api/ormer/dead-letters                              what could not be delivered
    POST /studio/api/ormer/pattern {"EventPattern", "Event"}         field by field, what the pattern makes of the event

All of them only read. Whoever asks needs the permission to look events up; for a rule, to describe it; for a pattern,
to test one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ormer.aws.clock import iso
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.aws.pattern_findings import findings
from ormer.aws.patterns import Pattern
from ormer.stores import events, resources
from ormer.stores.access import PolicyGate
from ormer.stores.events import DEFAULT_BUS
from ormer.stores.port import Port
from ormer.stores.rules import decisions, deliveries
from ormer.stores.rules.deliveries import Delivery
from ormer.stores.stores import Stores
from ormer.studio import kept_events

JsonDict = dict[str, Any]
PATH = "/studio/api/ormer/"
# AWS's action for reading what happened in an account.
WATCH = "cloudtrail:LookupEvents"
# Of a rule, and of dead letters.
DELIVERIES_MAX = 100
# Numbers of events fit into 64 bits.
DIGITS_MAX = 18


class EventViews:
    """Answers what the events pages ask, as whoever is signed in."""

    def __init__(self, stores: Stores, port: Port) -> None:
        self._stores = stores
        self._port = port
        self._gate = PolicyGate(stores)
        self.reads: Mapping[str, Callable[[Identity, str, Mapping[str, str]], JsonDict]] = {
            f"{PATH}events": self._events,
            f"{PATH}event": self._event,
            f"{PATH}rule": self._rule,
            f"{PATH}dead-letters": self._dead_letters,
        }
        self.questions: Mapping[str, Callable[[Identity, str, JsonDict], JsonDict]] = {f"{PATH}pattern": self._pattern}

    def watch(self, identity: Identity, region: str) -> None:
        """Raise AccessDeniedException unless the identity may read what happened."""
        self._gate.permit(identity, region, WATCH, f"arn:aws:cloudtrail:{region}:{identity.account}:*")

    def _events(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        self.watch(identity, region)
        with self._stores.database.read() as tx:
            return kept_events.page(
                tx,
                kept_events.Wanted(
                    identity.account,
                    region,
                    before=_number(asked.get("before", "")),
                    bus=asked.get("bus", ""),
                    source=asked.get("source", ""),
                    detail_type=asked.get("type", ""),
                    text=asked.get("text", ""),
                ),
            )

    def _event(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        self.watch(identity, region)
        number = _number(asked.get("id", ""))
        with self._stores.database.read() as tx:
            row = kept_events.one(tx, identity.account, region, number) if number is not None else None
            if row is None:
                raise AwsError("NotFound", f"There is no event number {asked.get('id') or '(none)'} in {region}.", 404)
            sent = [_delivery(one) for one in deliveries.about(tx, row["uuid"])]
        return {
            **kept_events.shown(row),
            "event": events.envelope(row),
            "actor": row["actor"],
            "deliveries": sent,
        }

    def _rule(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        named = {"Name": asked.get("name", ""), "EventBusName": asked.get("bus") or DEFAULT_BUS}
        arn = str(self._port.call(identity, region, "events", "DescribeRule", named)["Arn"])
        self.watch(identity, region)
        with self._stores.database.read() as tx:
            rule = resources.get(tx, arn)
            if rule is None:
                raise AwsError("ResourceNotFoundException", f"Rule {named['Name']} has just been deleted.", 400)
            found = decisions.of(tx, rule)
            sent = deliveries.of(tx, arn, DELIVERIES_MAX)
        return {
            "arn": arn,
            "created": iso(rule.created),
            "decisions": [
                {
                    "number": one.number,
                    "id": one.event_id,
                    "time": iso(one.time),
                    "source": one.source,
                    "type": one.detail_type,
                    "fired": one.fired,
                    "reason": one.reason,
                }
                for one in found
            ],
            "deliveries": [_delivery(one) for one in sent],
        }

    def _dead_letters(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        self.watch(identity, region)
        with self._stores.database.read() as tx:
            dead = deliveries.dead(tx, identity.account, region, DELIVERIES_MAX)
        return {"deliveries": [_delivery(one) for one in dead]}

    def _pattern(self, identity: Identity, region: str, asked: JsonDict) -> JsonDict:
        """TestEventPattern's answer, and the reasons for it. Errors: those of TestEventPattern."""
        named = {name: asked.get(name) for name in ("EventPattern", "Event")}
        result = self._port.call(identity, region, "events", "TestEventPattern", named)["Result"]
        found = findings(Pattern(str(named["EventPattern"])), json.loads(str(named["Event"])))
        return {"Result": result, "findings": [asdict(one) for one in found]}


def _number(text: str) -> int | None:
    """An event's number; None for what is none."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MAX else None


def _delivery(one: Delivery) -> JsonDict:
    error = one.error or {}
    return {
        "id": one.id,
        "sender": one.sender,
        "target": one.target.get("Arn", ""),
        "targetId": one.target_id,
        "eventId": one.event_id,
        "detailType": (one.event or {}).get("detail-type", ""),
        "replay": one.replay,
        "status": one.status,
        "attempts": one.attempts,
        "created": iso(one.created),
        "ended": iso(one.ended) if one.ended is not None else None,
        "code": error.get("code", ""),
        "message": error.get("message", ""),
        "exhausted": error.get("exhausted", ""),
    }
