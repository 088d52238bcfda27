"""Access keys: who a signature belongs to. Secrets are sealed, since verifying SigV4 needs the secret itself."""

from __future__ import annotations

import secrets
import threading
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import Clock
from ormer.aws.identities import Identity
from ormer.stores.database import Database, Tx
from ormer.stores.secrets import Vault
from ormer.stores.tables import access_keys

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class Key:
    """An access key with its secret in the clear; `expires` is in calendar seconds, None for never."""

    access_key_id: str
    secret: str
    session_token: str | None
    expires: float | None
    identity: Identity


class Keys:
    """Makes, finds and revokes access keys."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._cache: dict[str, Key] = {}
        self._lock = threading.Lock()

    def make(self, tx: Tx, identity: Identity, seconds: float | None = None) -> Key:
        """A new key for an identity: permanent (`AKIA…`), or a session's (`ASIA…`, with a token) of `seconds`."""
        prefix = "AKIA" if seconds is None else "ASIA"
        key_id = prefix + "".join(secrets.choice(ALPHABET) for _ in range(16))
        secret = secrets.token_urlsafe(30)
        token = None if seconds is None else secrets.token_urlsafe(96)
        expires = None if seconds is None else self._clock.now() + seconds
        tx.execute(
            sa.insert(access_keys).values(
                access_key_id=key_id,
                account=identity.account,
                secret=self._vault.seal(secret, key_id),
                session_token=self._vault.seal(token, key_id) if token else None,
                identity=asdict(identity),
                status="Active",
                created=self._clock.now(),
                expires=expires,
            )
        )
        return Key(key_id, secret, token, expires, identity)

    def lookup(self, access_key_id: str) -> Key | None:
        """The active key of this id, expired or not; None when there is none."""
        with self._lock:
            known = self._cache.get(access_key_id)
        if known is not None:
            return known
        with self._database.read() as tx:
            row = tx.one(
                sa.select(access_keys).where(
                    access_keys.c.access_key_id == access_key_id, access_keys.c.status == "Active"
                )
            )
        if row is None:
            return None
        sealed = row["session_token"]
        key = Key(
            access_key_id,
            self._vault.open(row["secret"], access_key_id),
            self._vault.open(sealed, access_key_id) if sealed else None,
            row["expires"],
            _identity(row["identity"], access_key_id),
        )
        with self._lock:
            if len(self._cache) > 10_000:
                self._cache.clear()
            self._cache[access_key_id] = key
        return key

    def owner(self, tx: Tx, access_key_id: str) -> Identity | None:
        """Whose key this is, also while it is switched off; None when there is none."""
        row = tx.one(sa.select(access_keys.c.identity).where(access_keys.c.access_key_id == access_key_id))
        return _identity(row["identity"], access_key_id) if row is not None else None

    def revoke(self, tx: Tx, access_key_id: str) -> bool:
        """Remove a key; False when there is none."""
        tx.after_commit(partial(self._forget, access_key_id))
        gone = tx.execute(sa.delete(access_keys).where(access_keys.c.access_key_id == access_key_id)).rowcount
        return bool(gone)

    def switch(self, tx: Tx, access_key_id: str, status: str) -> bool:
        """Set a key "Active" or "Inactive"; one that is not active signs nothing. False when there is none."""
        changed = tx.execute(
            sa.update(access_keys).where(access_keys.c.access_key_id == access_key_id).values(status=status)
        ).rowcount
        tx.after_commit(partial(self._forget, access_key_id))
        return bool(changed)

    def _forget(self, access_key_id: str) -> None:
        with self._lock:
            self._cache.pop(access_key_id, None)

    def of(self, tx: Tx, arn: str) -> list[Any]:
        """Rows of the permanent keys whose identity has this ARN."""
        rows = tx.all(sa.select(access_keys).where(access_keys.c.expires.is_(None)).order_by(access_keys.c.created))
        return [row for row in rows if row["identity"]["arn"] == arn]


def _identity(document: dict[str, Any], access_key_id: str) -> Identity:
    tags = tuple((pair[0], pair[1]) for pair in document.get("tags", ()))
    policies = tuple(document.get("session_policies", ()))
    return Identity(**{**document, "tags": tags, "session_policies": policies, "access_key_id": access_key_id})
