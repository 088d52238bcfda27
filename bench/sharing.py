"""A server and its load on one processor: what waking another one up costs is not the same from minute to minute."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil


@contextmanager
def sharing(processes: Iterable[psutil.Process]) -> Iterator[None]:
    """For the block these processes run where this one and its children do: on one processor. Linux only."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    everywhere = os.sched_getaffinity(0)
    threads = [0, *(int(path.name) for each in processes for path in Path(f"/proc/{each.pid}/task").iterdir())]
    _place(threads, {max(everywhere)})
    try:
        yield
    finally:
        _place(threads, everywhere)


def _place(threads: Iterable[int], processors: set[int]) -> None:
    for thread in threads:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(thread, processors)
