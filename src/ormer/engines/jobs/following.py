"""Following running jobs: one thread hears when a supervisor ends and carries log lines into CloudWatch as they come.

Durable is the position up to which a log file has been read, written in the transaction that appends the lines; so
each line is stored exactly once, whoever reads and however often. What the thread knows besides is rebuilt from rows.
"""

from __future__ import annotations

import json
import os
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
import structlog

from ormer.engines.jobs import metrics
from ormer.engines.jobs.metrics import Matcher, Point
from ormer.engines.jobs.supervision import Handle
from ormer.stores import logs
from ormer.stores import metrics as metric_store
from ormer.stores.database import Database, Tx
from ormer.stores.tables import log_streams

log = structlog.get_logger("ormer.jobs")

TAIL_SECONDS = 0.25
RECOVERY_SECONDS = 1.0
BATCH_BYTES = 1 << 20


@dataclass(frozen=True)
class Trace:
    """One host's log: its file and where its lines go. component: the run whose metrics they carry, or "".

    tabs: whether tabs stay what they are; the agent of SageMaker's jobs writes them otherwise.
    hidden: texts that stand as *** in the log, the longest first.
    """

    file: Path
    account: str
    region: str
    group: str
    stream: str
    host: str
    job: str
    component: str = ""
    matcher: Matcher | None = None
    tabs: bool = False
    hidden: tuple[str, ...] = ()

    def shown(self, text: str) -> str:
        """A line as the log may have it."""
        for each in self.hidden:
            text = text.replace(each, "***")
        return text

    def stream_of(self, name: str) -> str:
        """The stream of one of the host's programs: the main one has the host's, others one below it."""
        return self.stream if name == self.host else f"{self.stream}/{name}"


@dataclass(frozen=True)
class Batch:
    """Lines of one file between two positions, by program, with the metrics in them."""

    start: int
    end: int
    lines: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    points: tuple[Point, ...] = ()


def drain(database: Database, trace: Trace, now: Callable[[], float]) -> None:
    """Carry every whole line that is in the file into the log, in batches."""
    while True:
        with database.read() as tx:
            position = position_of(tx, trace)
        batch = read(trace, position)
        if batch.end == batch.start:
            return
        with database.write() as tx:
            store(tx, trace, batch, now())


def read(trace: Trace, position: int) -> Batch:
    """The whole lines behind a position of the file, at most a megabyte of them (or one longer line)."""
    try:
        with trace.file.open("rb") as file:
            file.seek(position)
            chunk = file.read(BATCH_BYTES)
            while chunk and b"\n" not in chunk and (more := file.read(BATCH_BYTES)):
                chunk += more
    except FileNotFoundError:
        return Batch(position, position)
    whole = chunk[: chunk.rfind(b"\n") + 1]
    lines: dict[str, list[tuple[int, str]]] = {}
    for text in whole.splitlines():
        entry = json.loads(text)
        lines.setdefault(entry["stream"], []).append((entry["t"], trace.shown(entry["m"])))
    points = trace.matcher.points(lines.get(trace.host, [])) if trace.matcher is not None else []
    return Batch(position, position + len(whole), lines, tuple(points))


def store(tx: Tx, trace: Trace, batch: Batch, now: float) -> bool:
    """Append a batch; False when somebody else has read that part of the file since."""
    own = logs.stream(tx, trace.account, trace.region, trace.group, trace.stream, now)
    if own["position"] != batch.start:
        return False
    for name, lines in batch.lines.items():
        shown = lines if trace.tabs else [(at, metrics.visible(text)) for at, text in lines]
        target = trace.stream_of(name)
        row = own if target == trace.stream else logs.stream(tx, trace.account, trace.region, trace.group, target, now)
        logs.append(tx, row["id"], shown, now)
    logs.append(tx, own["id"], [], now, position=batch.end)
    metrics.record(tx, trace.account, trace.region, trace.job, batch.points)
    if trace.component:
        metric_store.put_run(
            tx, trace.component, [(point.name, point.value, point.time, None) for point in batch.points]
        )
    return True


def position_of(tx: Tx, trace: Trace) -> int:
    """How far the file has been read, in bytes."""
    c = log_streams.c
    found = tx.one(
        sa.select(c.position).where(
            c.account == trace.account,
            c.region == trace.region,
            c.group == trace.group,
            c.stream == trace.stream,
        )
    )
    return int(found["position"]) if found else 0


@dataclass
class _Followed:
    traces: list[Trace]
    handles: list[Handle]
    sizes: list[int]


class Following:
    """The thread. `ended` is called with a job's ARN when one of its supervisors has ended."""

    def __init__(self, database: Database, now: Callable[[], float], ended: Callable[[str], None]) -> None:
        self._database = database
        self._now = now
        self._ended = ended
        self._jobs: dict[str, _Followed] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self._loop, name="jobs-following", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Hear nothing more; jobs go on."""
        self._stopping = True
        self._nudge()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            for followed in self._jobs.values():
                _close(followed.handles)
            self._jobs.clear()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def follow(self, arn: str, traces: list[Trace], handles: list[Handle]) -> None:
        """Follow a job's hosts through handles of supervisors that still run; takes the handles over.

        Asked again for a job it knows, it changes nothing.
        """
        with self._lock:
            if arn in self._jobs:
                _close(handles)
                return
            # A supervisor that ended a moment ago still has its descriptor, which reports it at once.
            self._jobs[arn] = _Followed(traces, handles, [0] * len(traces))
        self._nudge()

    def leave(self, arn: str) -> None:
        """Follow the job no longer."""
        with self._lock:
            followed = self._jobs.pop(arn, None)
        if followed is not None:
            _close(followed.handles)

    def _nudge(self) -> None:
        try:
            os.write(self._wake_write, b".")
        except BlockingIOError:
            return  # it is full of wake-ups already

    def _loop(self) -> None:
        while not self._stopping:
            with self._lock:
                jobs = dict(self._jobs)
                poll = select.poll()
                poll.register(self._wake_read, select.POLLIN)
                owners: dict[int, str] = {}
                for arn, followed in jobs.items():
                    for handle in followed.handles:
                        poll.register(handle.fileno(), select.POLLIN)
                        owners[handle.fileno()] = arn
            ready = [descriptor for descriptor, _ in poll.poll(TAIL_SECONDS * 1000 if jobs else None)]
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            try:
                self._report({owners[descriptor] for descriptor in ready if descriptor in owners})
                if not ready:
                    self._tail(jobs)
            except sa.exc.SQLAlchemyError as error:  # a full disk: nothing is lost, it is tried again
                log.error("the database takes no log lines now", exc_info=error)
                time.sleep(RECOVERY_SECONDS)

    def _report(self, arns: set[str]) -> None:
        """Tell the engine of jobs with an ended supervisor, once for each supervisor."""
        for arn in arns:
            with self._lock:
                followed = self._jobs.get(arn)
                if followed is None:
                    continue
                over = [handle for handle in followed.handles if not handle.alive()]
            if over:
                self._ended(arn)  # before the handles go: when it fails, they tell again
            with self._lock:
                followed.handles = [handle for handle in followed.handles if handle not in over]
            _close(over)

    def _tail(self, jobs: dict[str, _Followed]) -> None:
        for arn, followed in jobs.items():
            for number, trace in enumerate(followed.traces):
                size = size_of(trace.file)
                if size == followed.sizes[number]:
                    continue
                try:
                    drain(self._database, trace, self._now)
                except OSError as error:
                    log.warning("a log could not be read", job=arn, error=str(error))
                followed.sizes[number] = size


def size_of(file: Path) -> int:
    """Bytes of a file, 0 when it is not there: a job's folder may go at any moment."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _close(handles: list[Handle]) -> None:
    for handle in handles:
        handle.close()
