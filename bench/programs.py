"""Programs as children: how long they took and how much of the processors they used."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class ProgramFailed(RuntimeError):
    """A measured program ended badly; the text has its last words."""


@dataclass(frozen=True)
class Used:
    """seconds: wall clock. cpu_seconds: user and system, of the child and what it waited for. megabytes: its peak."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    output: str


def run(words: Sequence[str], environ: Mapping[str, str] | None = None) -> Used:
    """Run a program to its end and account for it (wait4). Raises ProgramFailed."""
    # Compiled modules are kept, as they are for people: what runs again does not compile again.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.monotonic()
    process = subprocess.Popen(
        list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**inherited, **(environ or {})}
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    # wait4 took the child's status away from Popen.
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != 0:
        raise ProgramFailed(f"{' '.join(words[:3])} … ended with {process.returncode}: {output[-800:]}")
    return Used(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)
