"""Whether anybody has committed to the database since it was last asked: what makes a cached decision safe.

SQLite counts the commits of all other connections, of this process and of any other, in `PRAGMA data_version`. Asked on
a connection that never writes, it names every commit there is, and costs three microseconds. A commit is counted before
it is acknowledged, so whoever asks after a change was acknowledged sees it.
https://www.sqlite.org/pragma.html#pragma_data_version
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable

import sqlalchemy as sa

from ormer.stores.database import Database

DECISIONS_MAX = 10_000


class Changes:
    """Numbers the states of a database. Not for several threads at once."""

    def __init__(self, database: Database) -> None:
        self._cursor: sqlite3.Cursor | None = None
        file = sa.make_url(database.url).database if database.is_sqlite else None
        if file:
            self._cursor = sqlite3.connect(file, isolation_level=None, check_same_thread=False).cursor()

    def number(self) -> int | None:
        """A number that is another one after each commit, whoever made it.

        None when that cannot be told cheaply (PostgreSQL, a database that is locked as a whole for a moment).
        """
        if self._cursor is None:
            return None
        try:
            found: int = self._cursor.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.OperationalError:
            return None
        return found

    def close(self) -> None:
        if self._cursor is not None:
            self._cursor.connection.close()


class Decisions:
    """What was allowed since the database last changed; a change of any kind forgets all of it.

    Only permissions are remembered, never refusals: those are made, and worded, by the gate each time.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._number: int | None = None
        self._allowed: set[Hashable] = set()

    def known(self, question: Hashable) -> bool:
        """Whether the question was answered with yes, and nothing was committed since."""
        number = self._changes.number()
        if number is None or number != self._number:
            self._allowed.clear()
            self._number = number
            return False
        return question in self._allowed

    def state(self) -> int | None:
        """The state of the database that a decision begun now is made in."""
        return self._changes.number()

    def remember(self, question: Hashable, state: int | None) -> None:
        """The gate said yes in this state. Forgotten at once when the state has passed meanwhile."""
        if state is None or state != self._number:
            return
        if len(self._allowed) >= DECISIONS_MAX:
            self._allowed.clear()
        self._allowed.add(question)

    def close(self) -> None:
        self._changes.close()
