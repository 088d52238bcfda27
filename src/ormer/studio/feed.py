"""The live view of the outbox: one reader for all browsers, which looks only when somebody has committed something.

A browser's stream resumes at the number of the last event it saw. What has no events of its own (log lines, metrics) is
told of by name only: pages then ask for it by the ordinary operations.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.stores import events
from ormer.stores.changes import Changes
from ormer.stores.database import Tx
from ormer.stores.stores import Stores
from ormer.stores.tables import log_events, log_streams, metric_points, run_metrics

JsonDict = dict[str, Any]
# News that come within this time are told together.
GATHER_SECONDS = 0.1
# Commits without an event (log lines) are noticed this soon.
LOOK_SECONDS = 0.5
# A line that says nothing, so that proxies and browsers see that the stream lives.
HEARTBEAT_SECONDS = 20.0
# A browser that was away for longer than this reads its page anew.
REPLAY_MAX = 500
WAITING_MAX = 1000
STREAMS_MAX = 200
# What pages need of an event's detail beside its resources.
TOLD = (
    "stepName",
    "currentStepStatus",
    "currentPipelineExecutionStatus",
    "pipeline",
    "execution-id",
    "stage",
    "action",
    "state",
    "build-status",
    "build-id",
    "project-name",
    "repositoryName",
    "referenceName",
    "EndpointName",
    "EndpointStatus",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelApprovalStatus",
    "TrainingJobName",
    "TrainingJobStatus",
    "ProcessingJobName",
    "ProcessingJobStatus",
    "TransformJobName",
    "TransformJobStatus",
    "MonitoringScheduleName",
    "MonitoringExecutionStatus",
    "alarmName",
)


@dataclass(frozen=True)
class Place:
    """How far the stores have been read: numbers of the newest event, log line and metric values."""

    event: int
    line: int
    point: int
    value: int


@dataclass(frozen=True)
class News:
    """One message. `number` is the event's, 0 for what is no event; account "" is told to all."""

    name: str
    data: JsonDict
    account: str = ""
    number: int = 0

    def line(self) -> bytes:
        number = f"id: {self.number}\n" if self.number else ""
        return f"{number}event: {self.name}\ndata: ".encode() + msgspec.json.encode(self.data) + b"\n\n"


@dataclass(eq=False)
class Listener:
    """One browser that listens."""

    account: str
    waiting: asyncio.Queue[News | None] = field(default_factory=lambda: asyncio.Queue(WAITING_MAX))

    def tell(self, news: News) -> None:
        if news.account not in ("", self.account):
            return
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            news = RESET
        self.waiting.put_nowait(news)

    def end(self) -> None:
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


# Tells a page to read everything anew.
RESET = News("reset", {})


class Feed:
    """Streams for browsers. All methods but `close` run in the gateway's loop."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._listeners: set[Listener] = set()
        self._reader: asyncio.Task[None] | None = None
        # Set once the reader knows from where on it tells: before that, a stream promises nothing.
        self._placed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def stream(
        self, account: str, last: int | None, still_allowed: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[bytes]:
        """Server-sent events from behind event number `last`, or from now on (None).

        https://html.spec.whatwg.org/multipage/server-sent-events.html
        """
        listener = Listener(account)
        self._enter(listener)
        try:
            await self._placed.wait()
            yield b"retry: 1000\n\n"
            number = 0
            for news in await asyncio.to_thread(self._missed, account, last):
                number = max(number, news.number)
                yield news.line()
            while True:
                try:
                    told = await asyncio.wait_for(listener.waiting.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    if not await still_allowed():
                        return
                    yield b": still here\n\n"
                    continue
                if told is None:
                    return
                # An event that was replayed may have been told meanwhile as well.
                if told.number == 0 or told.number > number:
                    yield told.line()
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End all streams; from any thread."""
        self._closed = True
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for listener in self._listeners:
            listener.end()

    def _enter(self, listener: Listener) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners.add(listener)
        if self._closed:
            self._placed.set()
            listener.end()
        elif self._reader is None or self._reader.done():
            self._placed = asyncio.Event()
            self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Tell what is new for as long as somebody listens."""
        loop, stirred = asyncio.get_running_loop(), asyncio.Event()
        changes = Changes(self._stores.database)
        stop = self._stores.database.signals.events.listen(lambda: loop.call_soon_threadsafe(stirred.set))
        state, place = changes.number(), await asyncio.to_thread(self._newest)
        self._placed.set()
        try:
            while self._listeners and not self._closed:
                try:
                    await asyncio.wait_for(stirred.wait(), LOOK_SECONDS)
                    await asyncio.sleep(GATHER_SECONDS)
                except TimeoutError:
                    pass
                stirred.clear()
                now = changes.number()
                if now is not None and now == state:
                    continue
                state = now
                place, found = await asyncio.to_thread(self._news, place)
                for news in found:
                    for listener in self._listeners:
                        listener.tell(news)
        finally:
            stop()
            changes.close()

    # In threads.

    def _newest(self) -> Place:
        with self._stores.database.read() as tx:
            return _place(tx)

    def _missed(self, account: str, last: int | None) -> list[News]:
        if last is None:
            return []
        with self._stores.database.read() as tx:
            rows = events.after(tx, last, REPLAY_MAX + 1)
            newest = events.last(tx)
        if len(rows) > REPLAY_MAX or last > newest:
            return [News("reset", {}, number=newest)]
        return [_event(row) for row in rows if row["account"] == account]

    def _news(self, place: Place) -> tuple[Place, list[News]]:
        with self._stores.database.read() as tx:
            new = _place(tx)
            found = [_event(row) for row in events.between(tx, place.event, new.event, WAITING_MAX)]
            if new.line > place.line:
                found += _logs(tx, place.line, new.line)
            if new.point > place.point:
                found += _metrics(tx, place.point, new.point)
            if new.value > place.value:
                found += _runs(tx, place.value, new.value)
        return new, found


def _place(tx: Tx) -> Place:
    tables = (log_events, metric_points, run_metrics)
    numbers = [tx.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0 for table in tables]
    return Place(events.last(tx), *numbers)


def _event(row: JsonDict) -> News:
    detail = row["detail"]
    data = {
        "id": row["id"],
        "uuid": row["uuid"],
        "bus": row["bus"],
        "time": iso(row["time"]),
        "region": row["region"],
        "source": row["source"],
        "type": row["detail_type"],
        "resources": row["resources"],
        "detail": {name: detail[name] for name in TOLD if name in detail},
    }
    return News("change", data, row["account"], row["id"])


def _logs(tx: Tx, behind: int, upto: int) -> list[News]:
    c = log_streams.c
    statement = (
        sa.select(c.account, c.region, c.group, c.stream)
        .join(log_events, log_events.c.stream_id == c.id)
        .where(log_events.c.id > behind, log_events.c.id <= upto)
        .distinct()
        .limit(STREAMS_MAX)
    )
    return [
        News("log", {"region": row["region"], "group": row["group"], "stream": row["stream"]}, row["account"])
        for row in tx.all(statement)
    ]


def _metrics(tx: Tx, behind: int, upto: int) -> list[News]:
    c = metric_points.c
    where = (c.id > behind, c.id <= upto)
    statement = sa.select(c.account, c.region, c.namespace).where(*where).distinct().limit(STREAMS_MAX)
    return [
        News("metric", {"region": row["region"], "namespace": row["namespace"]}, row["account"])
        for row in tx.all(statement)
    ]


def _runs(tx: Tx, behind: int, upto: int) -> list[News]:
    c = run_metrics.c
    statement = sa.select(c.arn).where(c.id > behind, c.id <= upto).distinct().limit(STREAMS_MAX)
    return [News("run", {"arn": row["arn"]}, row["arn"].split(":")[4]) for row in tx.all(statement)]
