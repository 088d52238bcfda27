"""Functions' code: zips under the hash of what is in them, each written once, whole or not at all.

<home>/functions/code/<sha256>.zip
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

FOLDER = "functions"
CODE = "code"


@dataclass(frozen=True)
class Code:
    """A zip that is kept. digest: its name, in hexadecimal. sha256: the same hash as Lambda shows it. size: bytes."""

    digest: str
    sha256: str
    size: int


def keep(home: Path, content: bytes) -> Code:
    """Keep a zip durably; one that is there already costs nothing."""
    raw = hashlib.sha256(content)
    code = Code(raw.hexdigest(), base64.b64encode(raw.digest()).decode(), len(content))
    target = path(home, code.digest)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = target.with_name(f".{code.digest}.{uuid.uuid4().hex}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
        _sync(target.parent)
    return code


def path(home: Path, digest: str) -> Path:
    """Where a kept zip lies."""
    assert digest.isalnum(), f"{digest!r} is no hash of a zip"
    return home / FOLDER / CODE / f"{digest}.zip"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
