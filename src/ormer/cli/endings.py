"""Waiting for a person or the system to end the program."""

from __future__ import annotations

import os
import select
import signal


class Ending:
    """SIGINT and SIGTERM from now on, in place of what they did before. Made in the main thread.

    The kernel may hand a signal to any thread, and Python runs handlers in the main one only, which a lock would keep
    asleep. So the main thread waits for the byte that every signal leaves in a pipe, whoever took it.
    """

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._heard, told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: self._numbers.append(number))

    def wait(self) -> None:
        """Return once a signal has come, also when that was before."""
        while not self._numbers:
            select.select([self._heard], [], [])
            os.read(self._heard, 512)
