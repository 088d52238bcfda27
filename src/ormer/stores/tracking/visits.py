"""Presigned URLs of tracking servers and the sessions they open.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePresignedMlflowTrackingServerUrl.html
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from ormer.aws.identities import Identity
from ormer.stores.database import Tx
from ormer.stores.tracking.tables import tracking_links, tracking_sessions

# 32 random bytes cannot be guessed, so a plain digest keeps them as well as a slow one would.
TOKEN_BYTES = 32


def link(tx: Tx, server: str, identity: Identity, now: float, seconds: float, session_seconds: float) -> str:
    """The token of a URL that opens a session at a server, once, within `seconds`; what has expired is cleared away."""
    c = tracking_links.c
    tx.execute(sa.delete(tracking_links).where(c.expires <= now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"digest": _digest(token), "server": server, "identity": asdict(identity)}
    tx.execute(sa.insert(tracking_links), {**values, "expires": now + seconds, "session_seconds": session_seconds})
    return token


def enter(tx: Tx, server: str, token: str, now: float) -> tuple[str, Identity, float] | None:
    """Use a URL's token up: the session's token, whose it is and for how many seconds. None for one that is unknown,
    used, too old, or another server's."""
    mine = tracking_links.c.digest == _digest(token)
    found = tx.one(sa.select(tracking_links).where(mine))
    # Of two browsers that show the same token, the one whose delete counts is let in.
    gone = tx.execute(sa.delete(tracking_links).where(mine)).rowcount
    if found is None or not gone or found["server"] != server or now >= found["expires"]:
        return None
    c = tracking_sessions.c
    tx.execute(sa.delete(tracking_sessions).where(c.expires <= now))
    session = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"digest": _digest(session), "server": server, "identity": found["identity"]}
    tx.execute(sa.insert(tracking_sessions), {**values, "expires": now + found["session_seconds"]})
    return session, _identity(found["identity"]), float(found["session_seconds"])


def visitor(tx: Tx, server: str, session: str, now: float) -> Identity | None:
    """Whose session at this server a token is; None for strangers and sessions that are over."""
    found = tx.one(sa.select(tracking_sessions).where(tracking_sessions.c.digest == _digest(session)))
    if found is None or found["server"] != server or now >= found["expires"]:
        return None
    return _identity(found["identity"])


def forget(tx: Tx, server: str) -> None:
    """The server is gone."""
    for table in (tracking_links, tracking_sessions):
        tx.execute(sa.delete(table).where(table.c.server == server))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _identity(kept: dict[str, Any]) -> Identity:
    tags = tuple((pair[0], pair[1]) for pair in kept.get("tags", ()))
    return Identity(**{**kept, "tags": tags, "session_policies": tuple(kept.get("session_policies", ()))})
