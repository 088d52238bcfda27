"""Composite alarms: true or false over the states of other alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from ormer.aws import alarm_rules, arns
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.alarms import states
from ormer.stores.alarms.messages import dumped, stamp
from ormer.stores.database import Tx
from ormer.stores.resources import Row

# A child that is not there may come: nothing tells.
ABSENT_SECONDS = 60.0


def look(work: Work) -> Again | None:
    """Evaluate the rule over the children as they are now. Reading, watching and writing are one transaction."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None:
            return None
        rule = alarm_rules.parse(row.document["AlarmRule"])
        children = {name: _child(tx, row, name) for name in set(alarm_rules.alarms_of(rule))}
        for child in children.values():
            if child is not None:
                resources.watch(tx, child.arn, "alarm", row.arn)
        known = {name: child.status if child else "INSUFFICIENT_DATA" for name, child in children.items()}
        state = "ALARM" if alarm_rules.holds(rule, known) else "OK"
        # A state set by hand stands until a child changes, as AWS says.
        seen = {child.arn: child.document["StateTransitionedTimestamp"] for child in children.values() if child}
        if state != row.status and (row.facts.get("set_with") != seen):
            there = [child for child in children.values() if child is not None]
            reason, data = _why(row, state, there)
            states.change(
                tx,
                row,
                state,
                now=work.now,
                reason=reason,
                reason_data=data,
                facts={"set_with": None},
            )
    return Again(seconds=ABSENT_SECONDS) if None in children.values() else Again()


def _child(tx: Tx, row: Row, name: str) -> Row | None:
    if arns.is_arn(name):
        there = resources.get(tx, name)
        return there if there is not None and there.account == row.account and there.kind in states.KINDS else None
    found = (resources.find(tx, row.account, row.region, "cloudwatch", kind, name) for kind in states.KINDS)
    return next((child for child in found if child is not None), None)


def _why(row: Row, state: str, children: list[Row]) -> tuple[str, str]:
    """The child that changed last is the one that tipped the rule."""
    if not children:
        return f"The AlarmRule is {'TRUE' if state == 'ALARM' else 'FALSE'}.", ""
    last = max(children, key=lambda child: child.document["StateTransitionedTimestamp"])
    at = last.document["StateTransitionedTimestamp"]
    said = datetime.fromtimestamp(at, UTC).strftime("%A %d %B, %Y %H:%M:%S UTC")
    triggering = [{"arn": last.arn, "state": {"value": last.status, "timestamp": stamp(at)}}]
    return f"{last.arn} transitioned to {last.status} at {said}", dumped({"triggeringAlarms": triggering})
