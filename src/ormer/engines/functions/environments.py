"""What runs a function: Python with boto3 beside it, or Node.js with the AWS SDK, as in Lambda's own runtimes.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from uv import find_uv_bin

from ormer.aws.function_runtimes import NODEJS, PYTHON, language
from ormer.engines.images import Runtimes, pythons
from ormer.engines.images.catalogue import OWN_PYTHONS
from ormer.engines.jobs.environments import catalogue

RUNTIME = "python"
# The releases of Node.js that there are environments of.
NODES = (20, 22, 24)


def environment(home: Path, lambda_runtime: str) -> Path:
    """The environment for `python3.12`, `nodejs22.x` and their like, built now when it is missing: of that version
    where it is here, else of the one this machine has, or the nearest. Raises BuildFailed.
    """
    key = _node(lambda_runtime) if language(lambda_runtime) == NODEJS else _python(lambda_runtime)
    return Runtimes(home, catalogue(home)).ensure(key)


def _node(lambda_runtime: str) -> str:
    wanted = int(lambda_runtime.removeprefix(NODEJS).removesuffix(".x"))
    return f"node-{min(NODES, key=lambda each: abs(each - wanted))}"


def _python(lambda_runtime: str) -> str:
    version = lambda_runtime.removeprefix(PYTHON)
    return f"{RUNTIME}@{version}" if version in OWN_PYTHONS and _is_here(version) else RUNTIME


@lru_cache(maxsize=16)
def _is_here(version: str) -> bool:
    return pythons.find(version, Path(find_uv_bin())) is not None
