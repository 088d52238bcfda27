"""What this machine can do for jobs, and how to get more: what `ormer doctor` prints and Studio's settings show."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ormer.config import Config

FREE_GB_WANTED = 5


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


CHECKS: tuple[Callable[[Config], Finding], ...] = (_python, _git, _disk, _sandbox)
