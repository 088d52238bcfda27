"""The database: connections, transactions and the one place that knows a dialect.

Writers take `BEGIN IMMEDIATE` on SQLite (a deferred BEGIN fails under contention whatever the time-out) and commit with
synchronous=FULL, so that what was acknowledged survives power loss. A write inside a write joins it: code composes into
one transaction without being told. Moves of our own, which nobody was told of (leases, wake-ups), may go without
waiting for the disk: the next acknowledged write takes them along, and what a power cut takes is only done again.
PostgreSQL is the second dialect; nothing outside this module may assume SQLite.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult, Engine, RowMapping
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ormer.stores.signals import Signals

BUSY_TIMEOUT_MS = 30_000
PASSING_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
# SQLite says "no such table" by the same exception as these.
PASSING_WORDS = ("locked", "is full", "disk I/O error", "unable to open")


class Tx:
    """A transaction under way: run statements, and ask for something to happen once it is durable.

    woken: the (kind, subject) of tasks that it made due. durable: whether its commit waits for the disk.
    """

    def __init__(self, connection: Connection, signals: Signals, writable: bool, durable: bool = True) -> None:
        self.connection = connection
        self.signals = signals
        self.writable = writable
        self.durable = durable
        self.woken: dict[tuple[str, str], None] = {}
        # A dict keeps the order and each callback once, however often it was asked for.
        self.callbacks: dict[Callable[[], None], None] = {}

    def execute(self, statement: sa.Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement. Returns SQLAlchemy's result."""
        return cast("CursorResult[Any]", self.connection.execute(statement, parameters))

    def one(self, statement: sa.Executable, parameters: Any = None) -> RowMapping | None:
        """The first row as a mapping, or None."""
        return self.connection.execute(statement, parameters).mappings().first()

    def all(self, statement: sa.Executable, parameters: Any = None) -> Sequence[RowMapping]:
        """Every row as a mapping."""
        return self.connection.execute(statement, parameters).mappings().all()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once this transaction is durable; never when it is rolled back. Asked twice, called once."""
        assert self.writable, "a read has nothing to commit"
        self.callbacks[callback] = None


@dataclass(eq=False)
class _Part:
    """One caller's part of a transaction that several share."""

    work: Callable[[Tx], None]
    done: bool = False
    error: BaseException | None = None


# Claims tasks that a transaction woke, inside it. Returns what is told whether the transaction was committed.
Claimer = Callable[[Tx], Callable[[bool], None]]


class Database:
    """Where rows rest.

    url: a SQLAlchemy URL, or a path for an SQLite file.
    """

    def __init__(self, url: str | Path) -> None:
        self.url = f"sqlite:///{url}" if isinstance(url, Path) else url
        self.is_sqlite = self.url.startswith("sqlite")
        self._writers = _sqlite_engine(self.url, "BEGIN IMMEDIATE") if self.is_sqlite else _postgres_engine(self.url)
        self._readers = _sqlite_engine(self.url, "BEGIN") if self.is_sqlite else self._writers
        self._movers = _sqlite_engine(self.url, "BEGIN IMMEDIATE", "NORMAL") if self.is_sqlite else self._writers
        # SQLite has one writer at a time; waiting here is fair and cheap, waiting inside SQLite is neither.
        self._one_writer = threading.RLock()
        self._local = threading.local()
        self._turn = threading.Lock()
        self._parts: list[_Part] = []
        self._parts_lock = threading.Lock()
        self.signals = Signals()
        self._claimers: tuple[Claimer, ...] = ()

    @property
    def engine(self) -> Engine:
        """For migrations."""
        return self._writers

    def claim_with(self, claimer: Claimer) -> Callable[[], None]:
        """Let tasks be claimed in the transactions that wake them, which saves a commit. Returns what ends it."""
        self._claimers = (*self._claimers, claimer)

        def stop() -> None:
            self._claimers = tuple(other for other in self._claimers if other is not claimer)

        return stop

    @contextmanager
    def write(self, durable: bool = True) -> Iterator[Tx]:
        """A transaction: commits when the block ends well, rolls back when it raises. Nested: joins the outer one.

        durable: wait for the disk. Without, a power cut (no crash of ours) may take the transaction back: for leases
        and wake-ups only.
        """
        outer: Tx | None = getattr(self._local, "tx", None)
        if outer is not None:
            assert outer.writable, "a write cannot start inside a read"
            assert outer.durable or not durable, "an acknowledged write cannot join one that does not wait for the disk"
            yield outer
            return
        claims: list[Callable[[bool], None]] = []
        with self._exclusive():
            with (self._writers if durable else self._movers).connect() as connection:
                if not (durable or self.is_sqlite):
                    connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
                tx = Tx(connection, self.signals, writable=True, durable=durable)
                self._local.tx = tx
                try:
                    yield tx
                    for claimer in self._claimers if tx.woken else ():
                        claims.append(claimer(tx))
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    for told in claims:
                        told(False)
                    raise
                finally:
                    self._local.tx = None
        for told in claims:
            told(True)
        if tx.woken:
            self.signals.tasks.send()
        for callback in tx.callbacks:
            callback()

    def write_together(self, work: Callable[[Tx], None]) -> None:
        """Run a small write in a transaction that it may share with others that come at the same time.

        Durable when it returns. They share one wait for the disk, which takes longer than they do; and they fail
        together, so that `work` must have checked what it can before. Inside a transaction it joins that one.
        """
        if not self.is_sqlite or self.in_transaction:
            with self.write() as tx:
                work(tx)
            return
        part = _Part(work)
        with self._parts_lock:
            self._parts.append(part)
        with self._turn:
            # Who had the turn before may have taken this part along.
            if not part.done:
                self._run_parts()
        if part.error is not None:
            raise part.error

    def _run_parts(self) -> None:
        with self._parts_lock:
            parts, self._parts = self._parts, []
        try:
            with self.write() as tx:
                for part in parts:
                    part.work(tx)
        except BaseException as error:
            for part in parts:
                part.error = error
        finally:
            for part in parts:
                part.done = True

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One consistent snapshot. Inside a write: the write's own view."""
        outer: Tx | None = getattr(self._local, "tx", None)
        if outer is not None:
            yield outer
            return
        with self._readers.connect() as connection:
            tx = Tx(connection, self.signals, writable=False)
            self._local.tx = tx
            try:
                yield tx
            finally:
                self._local.tx = None
                connection.rollback()

    @property
    def in_transaction(self) -> bool:
        """Whether this thread is inside a transaction, where it must not wait for another's."""
        return getattr(self._local, "tx", None) is not None

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._one_writer:
            yield

    def close(self) -> None:
        """Give every connection back."""
        self._writers.dispose()
        self._readers.dispose()
        self._movers.dispose()


def out_of_space(error: BaseException) -> bool:
    """Whether an error of the file system or of the database means that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, sa.exc.OperationalError) and "disk is full" in str(error)


def passes(error: BaseException) -> bool:
    """Whether an error is of the machine's state and not of what was done: it may be another time, and well.

    A full disk, too many open files, no memory; a database that is locked, full or away.
    """
    if isinstance(error, OSError):
        return error.errno in PASSING_ERRNOS
    if isinstance(error, sa.exc.OperationalError) and isinstance(error.orig, sqlite3.Error):
        return any(words in str(error.orig) for words in PASSING_WORDS)
    if isinstance(error, MemoryError | sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError):
        return True
    return error.__cause__ is not None and passes(error.__cause__)


def insert_or_ignore(database_or_tx: Database | Tx, table: sa.Table) -> Any:
    """An INSERT that does nothing when the key is taken, in either dialect."""
    return _insert_or_ignore_in(_dialect_of(database_or_tx), table)


@cache
def _insert_or_ignore_in(dialect: str, table: sa.Table) -> Any:
    """Built once for each table: executed with the row as its parameters it costs no composing."""
    return _insert_in(dialect, table).on_conflict_do_nothing()


def upsert(database_or_tx: Database | Tx, table: sa.Table, keys: Sequence[str], values: dict[str, Any]) -> Any:
    """An INSERT of `values` that updates the other columns when `keys` are taken, in either dialect."""
    statement = _insert_in(_dialect_of(database_or_tx), table).values(**values)
    rest = {name: statement.excluded[name] for name in values if name not in keys}
    if not rest:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=list(keys), set_=rest)


def _dialect_of(database_or_tx: Database | Tx) -> str:
    if isinstance(database_or_tx, Tx):
        return database_or_tx.connection.dialect.name
    return database_or_tx.engine.dialect.name


def _insert_in(name: str, table: sa.Table) -> Any:
    if name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgres_insert

        return postgres_insert(table)
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert(table)


# Errors carry no values of a statement (hide_parameters): they are logged, and values may be secrets.
def _postgres_engine(url: str) -> Engine:
    return sa.create_engine(url, hide_parameters=True)


def _sqlite_engine(url: str, begin: str, synchronous: str = "FULL") -> Engine:
    engine = sa.create_engine(
        url,
        pool_size=16,
        max_overflow=64,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        query_cache_size=1200,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-8000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Begins(FunctionElement[bool]):
    """`Begins(column, "Tags[")`: whether a text begins so, byte by byte, as each dialect finds it by an index."""

    inherit_cache = True
    type = sa.Boolean()

    def __init__(self, column: sa.ColumnElement[str], prefix: str) -> None:
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        super().__init__(column, sa.literal(prefix), sa.literal(after))


@compiles(Begins)
def _begins(element: Begins, compiler: Any, **words: Any) -> str:
    column, prefix, after = (compiler.process(part, **words) for part in element.clauses)
    # Bytes are compared: the order of a language would put brackets elsewhere.
    collation = "" if compiler.dialect.name == "sqlite" else ' COLLATE "C"'
    return f"({column}{collation} >= {prefix} AND {column}{collation} < {after})"
