"""Owners as S3 prints them."""

from __future__ import annotations

import hashlib


def canonical_id(account: str) -> str:
    """The 64 hexadecimal digits that stand for an account in S3's answers."""
    return hashlib.sha256(f"canonical-user:{account}".encode()).hexdigest()


def owner(account: str) -> dict[str, str]:
    """An Owner (or Initiator) structure."""
    return {"ID": canonical_id(account), "DisplayName": account}
