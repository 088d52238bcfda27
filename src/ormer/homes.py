"""A home: the folder of all state. Only one server lives in it at a time, and others can see which."""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

STATE_FILE = "server.json"


class HomeInUse(RuntimeError):
    """Another server lives in this home."""


@dataclass(frozen=True)
class Running:
    """A server that is up, as its state file tells."""

    pid: int
    host: str
    port: int
    tls_port: int
    started: float


def running(home: Path) -> Running | None:
    """The server that lives in this home, or None."""
    try:
        state = Running(**json.loads((home / STATE_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    try:
        lock(home).close()
    except HomeInUse:
        return state
    return None


def lock(home: Path) -> IO[str]:
    """Take the home; it is free again when the file is closed. Raises HomeInUse."""
    file = (home / "server.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise HomeInUse(
            f"Another ormer server lives in {home}: `ormer status` shows it, `ormer down` ends it."
        ) from None
    return file


def enter(home: Path, state: Running) -> None:
    """Tell others which server lives here now."""
    temporary = home / f"{STATE_FILE}.new"
    temporary.write_text(json.dumps(asdict(state)))
    temporary.rename(home / STATE_FILE)


def leave(home: Path) -> None:
    """Tell others that nobody lives here any more."""
    (home / STATE_FILE).unlink(missing_ok=True)
