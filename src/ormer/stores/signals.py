"""Wake-ups inside this process: a commit tells waiting loops that there is something to do.

Nothing depends on them for correctness: every loop also looks by itself once a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

Listener = Callable[[], None]


class Signal:
    """One kind of news and who waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> Listener:
        """Call back at every send. Returns a function that ends it."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def stop() -> None:
            with self._lock:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return stop

    def send(self) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            listener()


class Signals:
    """A database's news: `tasks` after a commit that woke a task which nobody has claimed, or made one due sooner;
    `events` after one that appended an event, `events_of(source)` after one that appended an event of that source,
    `messages_of(queue)` after one that put a message into that queue."""

    def __init__(self) -> None:
        self.tasks = Signal()
        self.events = Signal()
        self._sources: dict[str, Signal] = {}
        self._queues: dict[str, Signal] = {}
        # Set when nobody is to wait any longer: the server ends.
        self.over = threading.Event()

    def events_of(self, source: str) -> Signal:
        """News for those who follow one source only, and need not look at anything else."""
        # Two threads that ask at once are given the same one.
        return self._sources.get(source) or self._sources.setdefault(source, Signal())

    def messages_of(self, queue: str) -> Signal:
        """News for those who wait for a message of one queue."""
        return self._queues.get(queue) or self._queues.setdefault(queue, Signal())

    def end_waits(self) -> None:
        """Let everyone who waits for a message go home."""
        self.over.set()
        for signal in list(self._queues.values()):
            signal.send()
