"""Model versions of MLflow's that are to become model packages: a task each, entered before the client hears of its
version, so that none is lost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.tables import tasks as table

JsonDict = dict[str, Any]
TASK = "mlflow_registration"


def enter(tx: Tx, server: str, version: JsonDict) -> None:
    """Have a version registered. version: MLflow's own words of it, of which `name` and `version` say which it is, and
    `source` where its artifacts are."""
    told = {name: str(version.get(name) or "") for name in ("name", "version", "source")}
    tasks.wake(tx, TASK, f"{_model(server, told['name'])}{told['version']}", {"server": server, **told})


def is_next(tx: Tx, told: JsonDict) -> bool:
    """Whether no earlier version of the same model still waits: packages are numbered in the order of versions."""
    model = _model(told["server"], told["name"])
    c = table.c
    waiting = tx.all(sa.select(c.subject).where(c.kind == TASK, c.subject.startswith(model, autoescape=True)))
    numbers = [int(row["subject"].removeprefix(model)) for row in waiting]
    return min(numbers, default=int(told["version"])) >= int(told["version"])


def _model(server: str, name: str) -> str:
    return f"{server}#{name}#"
