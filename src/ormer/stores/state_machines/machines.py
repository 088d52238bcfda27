"""State machines as rows: found by ARN, with the revision that an execution of it runs."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.state_machines.tables import revisions

JsonDict = dict[str, Any]
SERVICE = "states"
MACHINE, VERSION, ALIAS, ACTIVITY = "StateMachine", "StateMachineVersion", "StateMachineAlias", "StateMachineActivity"
STANDARD, EXPRESS = "STANDARD", "EXPRESS"
ARN = re.compile(
    r"(?P<machine>arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:[^:]+)(?::(?P<qualifier>[A-Za-z0-9_.-]+))?"
)


@dataclass(frozen=True)
class Revision:
    """A state machine as it was. settings: its loggingConfiguration and the like."""

    id: str
    machine_arn: str
    definition: str
    role_arn: str
    settings: JsonDict
    created: float


def machine_arn(region: str, account: str, name: str) -> str:
    return arns.arn(SERVICE, region, account, f"stateMachine:{name}")


def revise(tx: Tx, machine: str, definition: str, role_arn: str, settings: JsonDict, now: float) -> str:
    """Keep a revision; returns its id."""
    identifier = str(uuid.uuid4())
    values = {"id": identifier, "machine_arn": machine, "definition": definition, "role_arn": role_arn}
    tx.execute(sa.insert(revisions).values(**values, settings=settings, created=now))
    return identifier


def revision(tx: Tx, identifier: str) -> Revision:
    """A revision that somebody names. KeyError when it is gone."""
    found = tx.one(sa.select(revisions).where(revisions.c.id == identifier))
    if found is None:
        raise KeyError(identifier)
    return Revision(**found)


def find(tx: Tx, arn: str) -> Row | None:
    """The row of a state machine, of a version or of an alias, by its ARN; None for anything else."""
    row = resources.get(tx, arn)
    return row if row is not None and row.kind in (MACHINE, VERSION, ALIAS) else None
