"""A home: the folder of all state. Only one server lives in it at a time, and others can see which."""

from __future__ import annotations

import fcntl
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

STATE_FILE = "server.json"
LOCK_FILE = "server.lock"
# Whoever looks whether a server lives here holds the lock for a moment.
LOOK_SECONDS_MAX = 0.5


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
    with (home / LOCK_FILE).open("a") as file:
        # Shared, so that two who look at once do not take each other for a server.
        return None if _flock(file, fcntl.LOCK_SH) else state


def lock(home: Path) -> IO[str]:
    """Take the home; it is free again when the file is closed. Raises HomeInUse."""
    file = (home / LOCK_FILE).open("a")
    deadline = time.monotonic() + LOOK_SECONDS_MAX
    while not _flock(file, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            file.close()
            raise HomeInUse(f"Another ormer server lives in {home}: `ormer status` shows it, `ormer down` ends it.")
        time.sleep(0.01)
    return file


def _flock(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def enter(home: Path, state: Running) -> None:
    """Tell others which server lives here now."""
    temporary = home / f"{STATE_FILE}.new"
    temporary.write_text(json.dumps(asdict(state)))
    temporary.rename(home / STATE_FILE)


def leave(home: Path) -> None:
    """Tell others that nobody lives here any more."""
    (home / STATE_FILE).unlink(missing_ok=True)
