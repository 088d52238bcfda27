"""Room kept back on the disk, so that a job that filled it can still be brought to its end.

A job's last words, its final status and its lineage are rows, and rows need space. The kept file is given up when a job
ends on a full disk, and kept again once the job's folder is gone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

ROOM_BYTES = 8 << 20
# With less than this a transaction may fail.
NEEDED_BYTES = 4 << 20
# Room is only kept where it is no burden.
PLENTY_BYTES = 64 << 20


class Room:
    """One file, `path`, that is there while there is space for it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> None:
        """Take the room, unless it is taken already or the disk is short of space."""
        if self._path.exists() or shutil.disk_usage(self._path.parent).free < PLENTY_BYTES:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with contextlib.suppress(OSError):  # a file system without reservations keeps no room
                os.posix_fallocate(descriptor, 0, ROOM_BYTES)
        finally:
            os.close(descriptor)

    def give_when_needed(self) -> None:
        """Give the room up when the disk is full."""
        if shutil.disk_usage(self._path.parent).free < NEEDED_BYTES:
            self._path.unlink(missing_ok=True)
