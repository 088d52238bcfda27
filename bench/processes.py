"""Trees of processes: what they used of the processors, what they hold of the memory, and how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

import psutil

END_SECONDS = 10.0


def tree(pid: int, named: str = "") -> list[psutil.Process]:
    """A process with its descendants, and those of every process whose command line holds `named`.

    Jobs and endpoints of this server are in sessions of their own, so that they outlive it: their command lines name
    the home they belong to.
    """
    found: dict[int, psutil.Process] = {}
    for root in [psutil.Process(pid), *_named(named)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [root, *root.children(recursive=True)]:
                found[process.pid] = process
    return list(found.values())


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """What they have used of the processors so far, user and system, the children they waited for included."""
    return sum(sum(process.cpu_times()[:4]) for process in _living(processes))


def megabytes(processes: Iterable[psutil.Process]) -> float:
    """What they hold of the memory; a page that several share counts once in all (PSS)."""
    total = 0
    for process in _living(processes):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return total / 1024


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session, and whatever it has started in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _named(text: str) -> list[psutil.Process]:
    if not text:
        return []
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and any(text in word for word in process.info["cmdline"] or ())
    ]


def _living(processes: Iterable[psutil.Process]) -> Iterable[psutil.Process]:
    return (process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
