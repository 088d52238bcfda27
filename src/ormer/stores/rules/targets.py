"""Where rules send events, and which rules there are. The words are PutRule's and PutTargets'."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx, upsert
from ormer.stores.rules.tables import rule_targets

JsonDict = dict[str, Any]
KIND = "Rule"
# The task that fires the ticks of a rule or schedule, and the one that sends a replay's events again.
TICK_TASK = "event_tick"
REPLAY_TASK = "event_replay"


def put(tx: Tx, rule_arn: str, target: JsonDict) -> None:
    """Add a target, or replace the one of its Id."""
    values = {"rule_arn": rule_arn, "id": target["Id"], "arn": target["Arn"], "document": target}
    tx.execute(upsert(tx, rule_targets, ["rule_arn", "id"], values))


def of(tx: Tx, rule_arn: str) -> list[JsonDict]:
    """A rule's targets, by Id."""
    c = rule_targets.c
    rows = tx.all(sa.select(c.document).where(c.rule_arn == rule_arn).order_by(c.id))
    return [row["document"] for row in rows]


def remove(tx: Tx, rule_arn: str, identifier: str) -> bool:
    """Remove one target; False when the rule has none of this Id."""
    c = rule_targets.c
    return bool(tx.execute(sa.delete(rule_targets).where(c.rule_arn == rule_arn, c.id == identifier)).rowcount)


def rules_with(tx: Tx, target_arn: str) -> list[str]:
    """ARNs of the rules that have a target of this ARN."""
    c = rule_targets.c
    rows = tx.all(sa.select(c.rule_arn).where(c.arn == target_arn).distinct().order_by(c.rule_arn))
    return [row["rule_arn"] for row in rows]
