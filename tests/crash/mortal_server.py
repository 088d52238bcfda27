"""`ormer up` in a process that kills itself with SIGKILL: `python mortal_server.py POINT COUNT_FILE up --home …`.

POINT is one of
    never                  it lives
    before:17              just before its 17th commit: nothing of that transaction is durable
    after:17               just after its 17th commit, before anybody is told
    when:SELECT 1 FROM …   just after the first commit that makes the query find a row

COUNT_FILE receives the number of commits so far, as eight bytes. Commits are watched through SQLAlchemy's own events,
so the server itself knows nothing of this: what dies is the product.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ormer.cli.main import main


class Reaper:
    """Counts commits and dies at the point."""

    def __init__(self, point: str, count_file: Path, database: Path) -> None:
        self._kind, _, self._rest = point.partition(":")
        self._count = os.open(count_file, os.O_RDWR | os.O_CREAT, 0o600)
        self._database = database
        self._lock = threading.Lock()
        self._commits = 0
        # The number of the commit that a thread has under way; a connection comes back when it is durable.
        self._mine = threading.local()

    def before(self, _connection: sa.Connection) -> None:
        with self._lock:
            self._commits += 1
            os.pwrite(self._count, self._commits.to_bytes(8, "little"), 0)
            self._mine.number = self._commits
            if self._kind == "before" and self._commits == int(self._rest):
                _die()

    def after(self, _dbapi_connection: Any, _record: Any) -> None:
        number = getattr(self._mine, "number", None)
        self._mine.number = None
        if number is None:
            return
        if (self._kind == "after" and number == int(self._rest)) or (self._kind == "when" and self._met()):
            _die()

    def _met(self) -> bool:
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as connection:
            try:
                return connection.execute(self._rest).fetchone() is not None
            except sqlite3.OperationalError:
                return False  # the tables are still to be made


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _end_with(parent: int) -> None:
    """Do not outlive a test run that was itself killed."""
    while os.getppid() == parent:
        time.sleep(1)
    _die()


if __name__ == "__main__":
    point, count_file, *words = sys.argv[1:]
    reaper = Reaper(point, Path(count_file), Path(words[words.index("--home") + 1]) / "ormer.db")
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    sa.event.listen(sa.Engine, "commit", reaper.before)
    sa.event.listen(sa.Pool, "checkin", reaper.after)
    main(words, prog_name="ormer")
