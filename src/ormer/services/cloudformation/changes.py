"""What a request would change about a stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ormer.engines.stacks import scopes
from ormer.engines.stacks.language import templates
from ormer.engines.stacks.language.faults import template_error
from ormer.engines.stacks.plans import Change, Plan
from ormer.engines.stacks.resources import types
from ormer.services.cloudformation.refusals import about_template
from ormer.services.cloudformation.requests import Understood
from ormer.stores import tagging
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.stacks import exports, members
from ormer.stores.stacks.stacks import Asked

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Changes:
    """The changes of a stack's resources; is_any: whether anything changes, outputs and tags included."""

    found: list[Change]
    is_any: bool


def between(call: Call, row: Row, before: Asked | None, wanted: Understood) -> Changes:
    """What the request changes about the stack as it is. Raises ValidationError where a value does not come out."""
    with call.read() as tx:
        held = scopes.current(members.of(tx, row.arn))
        tags = tagging.listed(tx, row.arn)
    notifications = wanted.words.get("NotificationARNs", row.document.get("NotificationARNs"))
    with about_template():
        plan = Plan(
            wanted.template,
            wanted.values,
            wanted.tags,
            scopes.pseudo(row.arn, notifications),
            held,
            types(),
            lambda name: _exported(call, name),
            templates.parse(before.template) if before else None,
            before.parameters if before else {},
        )
        found = plan.changes()
        outputs = plan.outputs()
    differs = outputs != (row.document.get("Outputs") or []) or wanted.tags != tags
    return Changes(found, bool(found) or differs)


def _exported(call: Call, name: str) -> str:
    with call.read() as tx:
        value = exports.value(tx, call.account, call.region, name)
    if value is None:
        raise template_error(f"No export named {name} found.")
    return value
