"""Sees to it that a model version which MLflow has just made becomes a model package, where its server does that."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from ormer.gateway.messages import Request, Response
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tracking import registrations, servers

MADE = re.compile(r"/(?:ajax-)?api/2\.0/mlflow/model-versions/create")
# From MLflow 3 on a version's source is a model that was logged, by its id.
LOGGED = re.compile(r"models:/(?P<id>m-[0-9a-f]+)")
Ask = Callable[[Request], Awaitable[Response]]


class Registrations:
    """Looks at answers before they are passed on."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def after(self, request: Request, row: Row, response: Response, ask: Ask) -> None:
        """Enter the version an answer tells of. ask: passes a further request to the same server."""
        made = request.method == "POST" and response.status == 200 and MADE.fullmatch(request.raw_path)
        if not made or not servers.registers_models(row):
            return
        version = _object(response).get("model_version")
        if not isinstance(version, dict):
            return
        logged = LOGGED.fullmatch(str(version.get("source") or ""))
        if logged is not None:
            found = _object(await ask(Request("GET", f"/api/2.0/mlflow/logged-models/{logged['id']}", "", {})))
            version["source"] = found.get("model", {}).get("info", {}).get("artifact_uri") or version["source"]
        await asyncio.to_thread(self._enter, row.arn, version)

    def _enter(self, server: str, version: dict[str, Any]) -> None:
        with self._stores.database.write() as tx:
            registrations.enter(tx, server, version)


def _object(response: Response) -> dict[str, Any]:
    """The JSON object of a whole answer; an empty one for any other."""
    found = json.loads(response.body) if response.status == 200 and isinstance(response.body, bytes) else {}
    return found if isinstance(found, dict) else {}
