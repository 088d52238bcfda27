"""User names and passwords for one service alone: what people give git where no signature can be made.

They rest in the user's row, the password as a salted hash: it is 32 random bytes, so no slow hash is needed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_ssh-keys.html#git-credentials-code-commit
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

from ormer.aws.identities import Identity
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
FACT = "service_credentials"
PASSWORD_BYTES = 32
# `ada-at-123456789012`, and `ada+1-at-…` for the second.
USERNAME = re.compile(r"(?P<user>.+?)(?:\+\d+)?-at-(?P<account>\d{12})")


def new_password() -> tuple[str, str]:
    """A password, and what is kept of it."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    salt = secrets.token_hex(8)
    return password, f"{salt}:{_hash(salt, password)}"


def of(row: Row) -> list[JsonDict]:
    """A user's credentials, oldest first."""
    found: list[JsonDict] = row.facts.get(FACT, [])
    return found


def caller(tx: Tx, username: str, password: str, service: str, now: float) -> Identity | None:
    """Who these credentials for `service` belong to; None when they are wrong, switched off or too old."""
    parts = USERNAME.fullmatch(username)
    if parts is None:
        return None
    row = resources.find(tx, parts["account"], "", "iam", "User", parts["user"])
    for one in of(row) if row is not None else ():
        if (one["username"], one["service"]) != (username, service):
            continue
        salt, _, digest = one["hash"].partition(":")
        right = hmac.compare_digest(_hash(salt, password), digest)
        if right and one["status"] == "Active" and now < (one["expires"] or now + 1):
            assert row is not None
            return Identity(row.account, row.arn, "user", row.document["UserId"], name=row.name)
    return None


def _hash(salt: str, password: str) -> str:
    return hashlib.sha256(f"{salt}:{password}".encode()).hexdigest()
