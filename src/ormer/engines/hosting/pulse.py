"""The pulse: one loop that asks every instance whether it is well, and lets the engine know when that changes.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html#your-algorithms-inference-algo-ping-requests

Nothing is durable: after a restart every instance is asked anew, and serves as soon as it answers.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.engines.hosting.instances import Process
from ormer.runtimes.serving.client import LOAD_FAILED_HEADER

REQUEST = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ANSWER_BYTES_MAX = 64 * 1024


@dataclass(frozen=True)
class Patience:
    """How the engine waits, in seconds.

    startup: until the first answer, where the variant says nothing. ping: for one answer.
    starting: between pings of an instance that does not answer yet; well: of one that does.
    sick: how long an idle instance may stay silent before it is replaced; busy: one with requests under way.
    retry, retry_max: the first and the longest pause before a dead instance is started again; steady: after how long
    in service its pauses begin anew. hope: ends before a new instance's first answer that make it hopeless.
    drain: how long requests under way may keep an instance that is to go. idle: how long one that is kept on demand
    stays after the last request. measure: between two CloudWatch points.
    """

    startup: float = 240.0
    ping: float = 2.0
    starting: float = 0.02
    well: float = 5.0
    sick: float = 15.0
    busy: float = 120.0
    retry: float = 0.5
    retry_max: float = 30.0
    steady: float = 60.0
    hope: int = 3
    drain: float = 60.0
    idle: float = 300.0
    measure: float = 60.0


class Pulse:
    """The loop's thread. `changed` is called, in threads of the loop's own, with a process whose health changed."""

    def __init__(self, patience: Patience, changed: Callable[[Process], None]) -> None:
        self._patience = patience
        self._changed = changed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hosting-pulse", daemon=True)
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask nobody any more; instances go on."""
        self._stopping = True
        if not self._thread.is_alive():
            self._loop.close()
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def watch(self, process: Process) -> None:
        """Begin to ask a process."""
        self._loop.call_soon_threadsafe(self._begin, process)

    def forget(self, process: Process) -> None:
        """Ask it no longer."""

        def cancel() -> None:
            task = self._watches.pop(process.key, None)
            if task is not None:
                task.cancel()

        self._loop.call_soon_threadsafe(cancel)

    def call(self, function: Callable[[], None]) -> None:
        """Run a function in a thread of the loop's own, soon; never blocks the caller."""
        self._loop.call_soon_threadsafe(lambda: self._loop.run_in_executor(None, function))

    def after(self, seconds: float, function: Callable[[], None]) -> None:
        """Run a function in a thread of the loop's own, once the time is over."""

        def run() -> None:
            if not self._stopping:
                self._loop.run_in_executor(None, function)

        self._loop.call_soon_threadsafe(lambda: self._loop.call_later(seconds, run))

    def every(self, seconds: float, function: Callable[[], None]) -> None:
        """Run a function again and again in a thread of the loop's own."""
        self._loop.call_soon_threadsafe(lambda: self._keep(f"every {function}", self._repeat(seconds, function)))

    def _keep(self, key: str, coroutine: Coroutine[Any, Any, None]) -> None:
        self._watches[key] = self._loop.create_task(coroutine)

    def _begin(self, process: Process) -> None:
        if process.key not in self._watches:
            self._keep(process.key, self._ask(process))

    async def _repeat(self, seconds: float, function: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._loop.run_in_executor(None, function)

    async def _end(self) -> None:
        tasks = list(self._watches.values())
        self._watches.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, process: Process) -> None:
        last_well = time.monotonic()
        while True:
            answers = [await self._ping(socket) for socket in process.instance.every_socket]
            now = time.monotonic()
            well = all(answer == "" for answer in answers)
            hopeless = next((answer for answer in answers if answer), "")
            last_well = now if well else last_well
            silent = self._patience.busy if process.instance.active else self._patience.sick
            sick = process.ready_since is not None and now - last_well > silent
            # One ping that fails may be a busy machine; two in a row take the instance out of the traffic.
            ready = well or (
                process.ready and not hopeless and now - last_well < self._patience.well + self._patience.ping
            )
            if (ready, hopeless, sick) != (process.ready, process.hopeless, process.sick):
                if ready and process.ready_since is None:
                    process.ready_since = now
                process.ready, process.hopeless, process.sick = ready, hopeless, sick
                await self._loop.run_in_executor(None, self._changed, process)
            await asyncio.sleep(self._patience.well if well else self._pause(process))

    def _pause(self, process: Process) -> float:
        return self._patience.starting if process.ready_since is None else self._patience.well / 2

    async def _ping(self, socket: Path) -> str | None:
        """ "" when it is well, None when it does not answer well yet, its own words when its model is beyond hope."""
        try:
            async with asyncio.timeout(self._patience.ping):
                reader, writer = await asyncio.open_unix_connection(str(socket))
                try:
                    writer.write(REQUEST)
                    answer = await reader.read(ANSWER_BYTES_MAX)
                    if not answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.0 200 ")):
                        answer += await reader.read(ANSWER_BYTES_MAX)
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return None
        head, _, body = answer.partition(b"\r\n\r\n")
        status = head.split(b" ", 2)[1:2]
        if status == [b"200"]:
            return ""
        if LOAD_FAILED_HEADER.encode() in head.lower():
            return body.decode("utf-8", "replace") or "its model cannot be loaded"
        return None
