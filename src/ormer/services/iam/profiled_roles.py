"""Which roles stand in instance profiles."""

from __future__ import annotations

from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.tables import resources as table

KIND, ROLES = "InstanceProfile", "roles"


def in_profile(tx: Tx, account: str, role: str) -> bool:
    """Whether a profile of the account has the role of this name."""
    c = table.c
    profiles = resources.select(tx, c.account == account, c.service == "iam", c.kind == KIND)
    return any(role in row.facts[ROLES] for row in profiles)
