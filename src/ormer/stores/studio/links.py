"""Sign-in links: a secret that opens one session, once, for a short time."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.studio.tables import studio_links

# Long enough to walk to another machine's browser, short enough that a link in a terminal's history opens nothing.
LINK_SECONDS = 15 * 60.0
# 32 random bytes cannot be guessed, so a plain digest keeps them as well as a slow one would.
TOKEN_BYTES = 32
c = studio_links.c


def make(tx: Tx, arn: str, now: float, seconds: float = LINK_SECONDS) -> str:
    """A new link's token for the identity with this ARN; what has expired is cleared away."""
    tx.execute(sa.delete(studio_links).where(c.expires <= now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    tx.execute(sa.insert(studio_links), {"digest": digest(token), "arn": arn, "created": now, "expires": now + seconds})
    return token


def use(tx: Tx, token: str, now: float) -> str | None:
    """The ARN a link signs in, and the link is used up; None for one that is unknown, used or too old."""
    mine = c.digest == digest(token)
    found = tx.one(sa.select(studio_links).where(mine))
    # Of two browsers that show the same token, the one whose delete counts is let in.
    gone = tx.execute(sa.delete(studio_links).where(mine)).rowcount
    return str(found["arn"]) if found is not None and gone and now < found["expires"] else None


def forget_all_of(tx: Tx, arn: str) -> None:
    """Links of an identity open nothing any more."""
    tx.execute(sa.delete(studio_links).where(c.arn == arn))


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
