"""Scalable targets and what belongs to them: policies, scheduled actions, and the alarms that name a policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from ormer.stores import resources
from ormer.stores.alarms.states import ACTIONS, KINDS
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
TASK = "scalable_target"
VARIANT = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
INSTANCES = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
# What a dimension counts, as activities call it.
DIMENSIONS: Mapping[str, str] = {INSTANCES: "instance count", CONCURRENCY: "provisioned concurrency"}


@dataclass(frozen=True)
class Variant:
    """The variant of an endpoint that a ResourceId names."""

    endpoint: str
    name: str


def variant_of(resource_id: str) -> Variant | None:
    """The variant, None for a ResourceId of another form."""
    found = VARIANT.fullmatch(resource_id)
    return Variant(*found.groups()) if found else None


def name_of(resource_id: str, dimension: str) -> str:
    """The name under which a target's row is found."""
    return f"{resource_id} {dimension}"


def belongings(tx: Tx, target: Row, kind: str) -> list[Row]:
    """The target's rows of a kind (ScalingPolicy, ScheduledAction), oldest first."""
    c = table.c
    return resources.select(
        tx,
        c.account == target.account,
        c.region == target.region,
        c.service == "autoscaling",
        c.kind == kind,
        c.parent == target.arn,
    )


def alarms_naming(tx: Tx, policy: Row) -> list[Row]:
    """The alarms that have the policy among their actions, whatever their state."""
    c = table.c
    # The ARN as it stands in a stored document: a policy's name may hold what JSON escapes.
    written = msgspec.json.encode(policy.arn).decode()
    rows = resources.select(
        tx,
        c.account == policy.account,
        c.region == policy.region,
        c.service == "cloudwatch",
        c.kind.in_(KINDS),
        sa.type_coerce(c.document, sa.Text).contains(written, autoescape=True),
        order=c.name,
    )
    return [row for row in rows if any(policy.arn in row.document.get(member, ()) for member in ACTIONS.values())]


def acting(alarm: Row, policy: Row) -> bool:
    """Whether the alarm's present state asks the policy to act."""
    document = alarm.document
    return document.get("ActionsEnabled", True) and policy.arn in document.get(ACTIONS[alarm.status], ())
