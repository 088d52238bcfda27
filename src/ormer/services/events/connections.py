"""Connections: how API destinations are told who calls. Their secrets are sealed and never answered."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.events.archives import rows_of
from ormer.services.events.pages import page_of
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

CONNECTION = Noun(
    "Connection",
    name="Name",
    arn="connection/{name}",
    service="events",
    missing=("ResourceNotFoundException", "Connection '{name}' does not exist."),
    taken=("ResourceAlreadyExistsException", "Connection '{name}' already exists."),
)
NEEDED = {"BASIC": "BasicAuthParameters", "API_KEY": "ApiKeyAuthParameters"}
SECRET_MEMBERS = ("Password", "ApiKeyValue")


def create_connection(call: Call, request: JsonDict) -> JsonDict:
    """Store how a destination is authorised. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html

    Differs: OAuth and private connections are refused.
    Errors: ResourceAlreadyExistsException; ValidationException.
    """
    name = request["Name"]
    arn = arns.arn("events", call.region, call.account, f"connection/{name}/{uuid.uuid4()}")
    parameters = _checked(request["AuthorizationType"], request["AuthParameters"])
    shown = {key: value for key, value in request.items() if key != "AuthParameters"}
    row = CONNECTION.create(
        call,
        shown,
        arn=arn,
        document={"AuthParameters": _public(parameters), "ConnectionState": "AUTHORIZED"},
        facts={"secret": _sealed(call, arn, parameters)},
        event=False,
    )
    return row.document


def describe_connection(call: Call, request: JsonDict) -> JsonDict:
    """Answer a connection, less its secrets. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html"""
    return CONNECTION.get(call, request["Name"]).document


def list_connections(call: Call, request: JsonDict) -> JsonDict:
    """Page through connections by name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListConnections.html"""
    found = rows_of(call, CONNECTION, request.get("NamePrefix", ""))
    if request.get("ConnectionState"):
        found = [row for row in found if row.document["ConnectionState"] == request["ConnectionState"]]
    shown, more = page_of(found, request)
    return {"Connections": [row.document for row in shown], **more}


def update_connection(call: Call, request: JsonDict) -> JsonDict:
    """Change a connection, its secrets included. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateConnection.html"""
    with call.write() as tx:
        row = CONNECTION.get(call, request["Name"])
        change = {key: request[key] for key in ("Description", "AuthorizationType") if key in request}
        parameters = _merged(_opened(call, row), request.get("AuthParameters", {}))
        _checked(change.get("AuthorizationType", row.document["AuthorizationType"]), parameters)
        change["AuthParameters"] = _public(parameters)
        facts = {"secret": _sealed(call, row.arn, parameters)}
        return resources.save(tx, row, change, now=call.now, facts=facts, actor=call.identity.arn).document


def delete_connection(call: Call, request: JsonDict) -> JsonDict:
    """Delete a connection; its destinations stop working. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteConnection.html"""
    with call.write():
        row = CONNECTION.get(call, request["Name"])
        CONNECTION.remove(call, row)
    return {**row.document, "ConnectionState": "DELETING"}


def _checked(kind: str, parameters: JsonDict) -> JsonDict:
    if kind not in NEEDED:
        raise AwsError("ValidationException", "OAuth connections are not there yet; use BASIC or API_KEY.")
    if "ConnectivityParameters" in parameters:
        raise AwsError(
            "ValidationException", "Private connections do not exist here; leave ConnectivityParameters out."
        )
    if NEEDED[kind] not in parameters:
        raise AwsError("ValidationException", f"AuthorizationType {kind} needs AuthParameters.{NEEDED[kind]}.")
    return parameters


def _merged(old: JsonDict, new: JsonDict) -> JsonDict:
    inner = {key: {**old.get(key, {}), **value} for key, value in new.items()}
    return {**old, **inner}


def _sealed(call: Call, arn: str, parameters: JsonDict) -> str:
    return base64.b64encode(call.stores.vault.seal(json.dumps(parameters), arn)).decode()


def _opened(call: Call, row: Row) -> JsonDict:
    opened: JsonDict = json.loads(call.stores.vault.open(base64.b64decode(row.facts["secret"]), row.arn))
    return opened


def _public(value: Any) -> Any:
    """Parameters without passwords, keys and the values that are marked secret."""
    if isinstance(value, dict):
        hidden = (*SECRET_MEMBERS, "Value") if value.get("IsValueSecret") else SECRET_MEMBERS
        return {key: _public(inner) for key, inner in value.items() if key not in hidden}
    return [_public(inner) for inner in value] if isinstance(value, list) else value
