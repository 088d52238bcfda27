"""Model versions of MLflow's that are to become model packages: a task each, entered before the client hears of its
version, so that none is lost."""

from __future__ import annotations

from typing import Any

from ormer.stores import tasks
from ormer.stores.database import Tx

JsonDict = dict[str, Any]
TASK = "mlflow_registration"


def enter(tx: Tx, server: str, version: JsonDict) -> None:
    """Have a version registered. version: MLflow's own words of it, of which `name` and
    `version` say which it is, and `source` where its artifacts are."""
    told = {name: str(version.get(name) or "") for name in ("name", "version", "source")}
    tasks.wake(tx, TASK, f"{server}#{told['name']}#{told['version']}", {"server": server, **told})
