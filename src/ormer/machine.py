"""What this machine can do for jobs and how to get more, and what went wrong inside ormer lately: what `ormer doctor`
prints and Studio's settings show.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ormer.aws.clock import WallClock
from ormer.config import Config

FREE_GB_WANTED = 5
LATELY_SECONDS = 86_400.0
TASKS_SHOWN, LINE_CHARACTERS_MAX = 5, 200


@dataclass(frozen=True)
class Finding:
    """One check: good, or not, with what was seen and what to do."""

    name: str
    good: bool
    seen: str
    advice: str = ""


def findings(config: Config) -> list[Finding]:
    """Every check, in the order in which people should read them."""
    return [check(config) for check in CHECKS]


def _python(config: Config) -> Finding:
    version = sys.version.split()[0]
    return Finding("python", sys.version_info >= (3, 11), version, "Use Python 3.11 or newer.")


def _git(config: Config) -> Finding:
    found = shutil.which("git")
    return Finding("git", found is not None, found or "not found", "Install git with the system's package manager.")


def _disk(config: Config) -> Finding:
    folder = config.home if config.home.exists() else Path.home()
    free = shutil.disk_usage(folder).free / 1e9
    return Finding(
        "disk", free >= FREE_GB_WANTED, f"{free:.0f} GB free for {config.home}", "Free some space or move ORMER_HOME."
    )


def _sandbox(config: Config) -> Finding:
    from ormer.engines.jobs import sandbox

    if config.sandbox == "none":
        return Finding("sandbox", True, "none, as configured: jobs run with the server's own rights and see all files")
    best = sandbox.survey()[0]
    return Finding("sandbox", best.works, f"{best.name}: {best.reason}", best.advice)


def _tasks(config: Config) -> Finding:
    """Tasks that raise, or were given up in the last day: mistakes of ormer's own."""
    from ormer.stores import given_up, migrations, tasks
    from ormer.stores.database import Database

    if isinstance(config.database_url, Path) and not config.database_url.exists():
        return Finding("tasks", True, "none has run yet")
    database = Database(config.database_url)
    try:
        if migrations.version(database) != migrations.HEAD:
            return Finding("tasks", True, "not looked at: the database is of another version; start the server once")
        with database.read() as tx:
            lost = given_up.since(tx, WallClock().now() - LATELY_SECONDS)
            failing = tasks.failing(tx)
    finally:
        database.close()
    told = [f"{row['kind']} {row['subject']} was given up: {_last_line(row['error'])}" for row in lost]
    told += [f"{row['kind']} {row['subject']} is tried again: {_last_line(row['last_error'])}" for row in failing]
    more = f"; and {len(told) - TASKS_SHOWN} more" if len(told) > TASKS_SHOWN else ""
    log = config.home / "logs" / "server.log"
    seen = "; ".join(told[:TASKS_SHOWN]) + more
    return Finding("tasks", not told, seen or "none fails", f"The tracebacks are in {log}: please report them.")


def _last_line(traceback: str) -> str:
    return traceback.strip().rpartition("\n")[2][:LINE_CHARACTERS_MAX]


CHECKS: tuple[Callable[[Config], Finding], ...] = (_python, _git, _disk, _sandbox, _tasks)
