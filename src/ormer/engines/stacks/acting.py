"""Whom a stack acts for: its role when it was given one, else the caller who asked for the operation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ormer.aws.identities import Identity, session_identity
from ormer.stores.resources import Row

SESSION = "AWSCloudFormation"


def remembered(identity: Identity) -> dict[str, Any]:
    """A caller as a stack's facts keep it; there is no secret in it."""
    return asdict(identity)


def identity_of(stack: Row) -> Identity:
    """Who the stack's calls are made as."""
    role = stack.facts.get("role")
    if role:
        return session_identity(role, SESSION)
    kept = stack.facts["caller"]
    tags = tuple((key, value) for key, value in kept["tags"])
    return Identity(**{**kept, "tags": tags, "session_policies": tuple(kept["session_policies"])})
