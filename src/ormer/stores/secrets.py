"""Secrets at rest: encrypted under a key file of mode 0600 that lies beside the database."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class Vault:
    """Encrypts small secrets; `key_file` is made at the first use and never leaves the machine."""

    def __init__(self, key_file: Path) -> None:
        self._cipher = AESGCM(_load_or_make(key_file))

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt `text`; the same `context` (such as the row's key) must be given to open it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt; cryptography.exceptions.InvalidTag when the key or the context is another one."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode()).decode()


def _load_or_make(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise RuntimeError(f"{path} is not a key of {KEY_BYTES} bytes: restore it from a backup") from None
        return key
    key = os.urandom(KEY_BYTES)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
