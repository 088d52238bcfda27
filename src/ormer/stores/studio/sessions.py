"""Sessions of browsers: who a cookie belongs to. A session ends after a week, or after a day without use."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.studio.links import TOKEN_BYTES, digest
from ormer.stores.studio.tables import studio_sessions

SESSION_SECONDS = 7 * 24 * 3600.0
IDLE_SECONDS = 24 * 3600.0
# A session's last use is written down this often, not at every request.
SEEN_SECONDS = 600.0
c = studio_sessions.c


def open_for(tx: Tx, arn: str, now: float) -> str:
    """A new session's token; sessions that are over are cleared away."""
    over = sa.or_(c.created <= now - SESSION_SECONDS, c.seen <= now - IDLE_SECONDS)
    tx.execute(sa.delete(studio_sessions).where(over))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    tx.execute(sa.insert(studio_sessions), {"digest": digest(token), "arn": arn, "created": now, "seen": now})
    return token


def of(tx: Tx, token: str, now: float) -> tuple[str, bool] | None:
    """(ARN, whether its use should be written down) of a session that goes on, None otherwise."""
    found = tx.one(sa.select(studio_sessions).where(c.digest == digest(token)))
    if found is None or now >= found["created"] + SESSION_SECONDS or now >= found["seen"] + IDLE_SECONDS:
        return None
    return str(found["arn"]), now >= found["seen"] + SEEN_SECONDS


def touch(tx: Tx, token: str, now: float) -> None:
    """The session was used just now."""
    tx.execute(sa.update(studio_sessions).where(c.digest == digest(token)).values(seen=now))


def end(tx: Tx, token: str) -> None:
    """Sign out."""
    tx.execute(sa.delete(studio_sessions).where(c.digest == digest(token)))


def end_all_of(tx: Tx, arn: str) -> None:
    """Sign an identity out everywhere."""
    tx.execute(sa.delete(studio_sessions).where(c.arn == arn))
