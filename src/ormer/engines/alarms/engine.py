"""The task "alarm": looks at one alarm and sets its state.

Durable is the alarm's row; a look may happen again at any moment. A metric alarm is looked at when each of its periods
ends, and when a new point of its metrics arrives; one that has no data sleeps until then, so a thousand idle alarms
cost nothing. A composite alarm watches its children and is woken by their changes.
"""

from __future__ import annotations

from ormer.aws.metric_functions import MathError
from ormer.engines.alarms import composites, evaluation
from ormer.engines.alarms.rules import rule_of
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.alarms import states
from ormer.stores.alarms.messages import dumped
from ormer.stores.resources import Row


def run(work: Work) -> Again | None:
    """Look at the alarm. Returns None when it is gone."""
    with work.read() as tx:
        row = resources.get(tx, work.subject)
    if row is None:
        return None
    if row.kind == "CompositeAlarm":
        return composites.look(work)
    return _look(work, row)


def _look(work: Work, row: Row) -> Again:
    # A state that a person set by hand stands until the next look is due.
    held_until = row.facts.get("held_until", 0.0)
    now = work.now
    if now < held_until:
        return Again(at=held_until)
    try:
        rule = rule_of(row.document)
    except MathError:
        # It was accepted by another version: it stays as it is until it is put again.
        return Again()
    with work.read() as tx:
        found = evaluation.look(tx, row, rule, now)
    if found.state is not None and found.state != row.status and not _change(work, row, found, now):
        return Again(seconds=0.0)
    return Again(at=rule.end(now) + rule.step) if found.alive else Again()


def _change(work: Work, row: Row, found: evaluation.Finding, now: float) -> bool:
    """Write the new state; False when the alarm was written by somebody else since it was read."""
    assert found.state is not None
    with work.write() as tx:
        fresh = resources.get(tx, row.arn)
        if fresh is None or fresh.version != row.version:
            return False
        states.change(tx, fresh, found.state, now=now, reason=found.reason, reason_data=dumped(found.data))
    return True
