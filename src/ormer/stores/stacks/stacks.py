"""A stack's row: found by name or id, its status changed with its events, and what it was asked to be.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.resources import Row
from ormer.stores.stacks import journal
from ormer.stores.stacks.tables import names, requests
from ormer.stores.tables import resources as resource_table

JsonDict = dict[str, Any]
KIND, CHANGE_SET = "Stack", "ChangeSet"
TYPE = "AWS::CloudFormation::Stack"
TASK = "stack"
CREATE, UPDATE, DELETE = "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"
ROLLBACK, UPDATE_ROLLBACK = "ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
ROLLBACK_CLEANUP = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
REVIEW, GONE = "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"


@dataclass(frozen=True)
class Asked:
    """What a stack is asked to be. parameters: {name: text}; tags: AWS's list.

    template: as it came out of its macros. original: as it was given.
    """

    id: str
    template: str
    parameters: dict[str, str]
    tags: list[dict[str, str]]
    original: str


def create(
    tx: Tx, *, account: str, region: str, name: str, document: JsonDict, facts: JsonDict, status: str, now: float
) -> Row | None:
    """Insert a stack with an id of its own; None when the name is in use."""
    identifier = str(uuid.uuid4())
    arn = arns.arn("cloudformation", region, account, f"stack/{name}/{identifier}")
    taken = {"account": account, "region": region, "name": name, "arn": arn}
    if not tx.execute(insert_or_ignore(tx, names), taken).rowcount:
        return None
    full = {"StackId": arn, "StackName": name, **document}
    row = resources.create(
        tx, arn=arn, kind=KIND, name=f"{name}/{identifier}", document=full, now=now, status=status, facts=facts
    )
    assert row is not None, "a new id is nobody's"
    return row


def find(tx: Tx, account: str, region: str, name_or_id: str) -> Row | None:
    """The stack of this name that is not deleted, or the stack of this id, deleted or not; None without one."""
    if not arns.is_arn(name_or_id):
        c = names.c
        held = tx.one(sa.select(c.arn).where(c.account == account, c.region == region, c.name == name_or_id))
        return resources.get(tx, held["arn"]) if held else None
    row = resources.get(tx, name_or_id)
    here = row is not None and row.kind == KIND and (row.account, row.region) == (account, region)
    return row if here else None


def advance(
    tx: Tx,
    row: Row,
    to: str,
    *,
    now: float,
    reason: str = "",
    change: JsonDict | None = None,
    facts: JsonDict | None = None,
    expect: Collection[str] | None = None,
) -> Row | None:
    """Change a stack's status, with its event; frees the name when it is gone.

    Returns None when the status is not among the expected ones (by default: the row's own).
    """
    words = {"StackStatusReason": reason, **(change or {})}
    allowed = (row.status,) if expect is None else expect
    moved = resources.advance(tx, row.arn, to, now=now, expect=allowed, change=words, facts=facts)
    if moved is None:
        return None
    tell(tx, moved, now, reason)
    if to == GONE:
        tx.execute(sa.delete(names).where(names.c.arn == row.arn))
    return moved


def tell(tx: Tx, row: Row, now: float, reason: str = "") -> None:
    """Write the stack's status as it is into its events."""
    about = journal.Happening(row.document["StackName"], row.arn, TYPE, row.status, reason)
    journal.write(tx, row.arn, about, now=now, token=row.facts.get("token", ""))


def forget(tx: Tx, row: Row) -> None:
    """Remove a stack that was never more than its change sets', with everything of it."""
    drop_change_sets(tx, row)
    tx.execute(sa.delete(names).where(names.c.arn == row.arn))
    tx.execute(sa.delete(requests).where(requests.c.stack_arn == row.arn))
    resources.delete(tx, row.arn)


# -- what is asked for --------------------------------------------------------------------------------------------


def ask(
    tx: Tx,
    stack_arn: str,
    template: str,
    parameters: dict[str, str],
    tags: list[JsonDict],
    now: float,
    original: str | None = None,
) -> str:
    """Keep what a stack is asked to be; returns its id. original: the text that macros made the template of."""
    identifier = str(uuid.uuid4())
    given = None if original == template else original
    values = {"id": identifier, "stack_arn": stack_arn, "template": template, "original": given}
    tx.execute(sa.insert(requests).values(**values, parameters=parameters, tags=tags, created=now))
    return identifier


def asked(tx: Tx, identifier: str) -> Asked:
    """What was asked for. KeyError when it is gone."""
    found = tx.one(sa.select(requests).where(requests.c.id == identifier))
    if found is None:
        raise KeyError(identifier)
    original = found["template"] if found["original"] is None else found["original"]
    return Asked(found["id"], found["template"], found["parameters"], found["tags"], original)


def drop_unasked(tx: Tx, stack: Row) -> None:
    """Forget what nobody asks of a stack any more: neither the stack itself nor one of its change sets."""
    kept = {stack.facts.get("asked"), stack.facts.get("in_force")}
    c = resource_table.c
    kept |= {row.facts["asked"] for row in resources.select(tx, c.kind == CHANGE_SET, c.parent == stack.arn)}
    held = requests.c.stack_arn == stack.arn
    tx.execute(sa.delete(requests).where(held, requests.c.id.not_in([one for one in kept if one])))


def drop_change_sets(tx: Tx, stack: Row) -> None:
    """Remove every change set of a stack."""
    c = resource_table.c
    for row in resources.select(tx, c.kind == CHANGE_SET, c.parent == stack.arn):
        resources.delete(tx, row.arn)
