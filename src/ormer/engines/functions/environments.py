"""Which Python runs a function, with boto3 beside it as in Lambda's own runtimes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from uv import find_uv_bin

from ormer.engines.images import Runtimes, pythons
from ormer.engines.images.catalogue import OWN_PYTHONS
from ormer.engines.jobs.environments import catalogue

RUNTIME = "python"


def environment(home: Path, lambda_runtime: str) -> Path:
    """The environment for `python3.12` and its like, built now when it is missing: of that version where it is here,
    else of the one this machine has. Raises BuildFailed.
    """
    version = lambda_runtime.removeprefix("python")
    key = f"{RUNTIME}@{version}" if version in OWN_PYTHONS and _is_here(version) else RUNTIME
    return Runtimes(home, catalogue(home)).ensure(key)


@lru_cache(maxsize=16)
def _is_here(version: str) -> bool:
    return pythons.find(version, Path(find_uv_bin())) is not None
