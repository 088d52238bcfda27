"""Sees to it that a model version which MLflow has just made becomes a model package, where its server does that."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from ormer.gateway.messages import Request, Response
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tracking import registrations, servers

MADE = re.compile(r"/(?:ajax-)?api/2\.0/mlflow/model-versions/create")


class Registrations:
    """Looks at answers before they are passed on."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def after(self, request: Request, row: Row, response: Response) -> None:
        """Enter the version an answer tells of."""
        made = request.method == "POST" and response.status == 200 and MADE.fullmatch(request.raw_path)
        if not made or not servers.registers_models(row) or not isinstance(response.body, bytes):
            return
        version = json.loads(response.body).get("model_version")
        if isinstance(version, dict):
            await asyncio.to_thread(self._enter, row.arn, version)

    def _enter(self, server: str, version: dict[str, Any]) -> None:
        with self._stores.database.write() as tx:
            registrations.enter(tx, server, version)
