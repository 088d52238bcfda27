"""Tracking servers as rows: SageMaker's MLflow tracking servers and its MLflow apps, which are the same machine.

Facts of a row: `id` (its folder's and its host's name), `roles` (whose keys its program gets), `attempt` (which start
is due) and `root` (the artifact store that start was told).
"""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from ormer.stores.resources import Row

JsonDict = dict[str, Any]
SERVER, APP = "MlflowTrackingServer", "MlflowApp"
KINDS = (SERVER, APP)
TASK = "mlflow_server"
# A server stands, or is on its way to stand, in these.
UP = frozenset({"Created", "Updated", "Started", "UpdateFailed"})
COMING = {"Creating": "Created", "Updating": "Updated", "Starting": "Started"}
FAILING = {"Creating": "CreateFailed", "Updating": "UpdateFailed", "Starting": "StartFailed", "Stopping": "StopFailed"}
ID_BYTES = 6
# Browsers send every name below `localhost` to this machine, and take each for a site of its own.
# https://www.rfc-editor.org/rfc/rfc6761#section-6.3
HOST = re.compile(r"t-(?P<id>[0-9a-f]{12})\.mlflow\.localhost(?::\d+)?")


def new_facts(role_arn: str) -> JsonDict:
    """The facts of a server that is being made."""
    identifier = secrets.token_hex(ID_BYTES)
    return {"id": identifier, "roles": {identifier: role_arn}, "attempt": 1, "root": ""}


def label(row: Row) -> str:
    """What it is called in texts."""
    return str(row.document.get("TrackingServerName") or row.document.get("Name") or row.name)


def url(row: Row, address: str) -> str:
    """Where a browser finds its pages. address: the server's own, such as http://127.0.0.1:4590."""
    place = urlsplit(address)
    port = f":{place.port}" if place.port else ""
    return f"{place.scheme}://t-{row.facts['id']}.mlflow.localhost{port}"


def registers_models(row: Row) -> bool:
    """Whether new model versions become model packages."""
    if row.kind == APP:
        return bool(row.document.get("ModelRegistrationMode") == "AutoModelRegistrationEnabled")
    return bool(row.document.get("AutomaticModelRegistration"))
