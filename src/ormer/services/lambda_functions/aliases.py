"""Aliases: names that stand for a version of a function."""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.function_names import LATEST
from ormer.services.lambda_functions import naming
from ormer.services.lambda_functions.refusals import conflict, invalid, not_found
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions import functions
from ormer.stores.functions.functions import ALIAS, SERVICE
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE_MAX = 50
ALIASES = Noun(ALIAS, name="Name", arn="function:{name}", service=SERVICE, page=PAGE_MAX, order="Ascending")


def create_alias(call: Call, request: JsonDict) -> JsonDict:
    """Give a version a name. https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html

    Differs: an alias stands for one version; RoutingConfig is refused.
    Errors: ResourceNotFoundException, ResourceConflictException, InvalidParameterValueException.
    """
    with call.write() as tx:
        function = naming.function(call, request)
        _check(tx, function, request)
        arn = f"{function.arn}:{request['Name']}"
        document = {
            "AliasArn": arn,
            "Name": request["Name"],
            "FunctionVersion": request["FunctionVersion"],
            "Description": request.get("Description", ""),
            "RevisionId": str(uuid.uuid4()),
        }
        row = resources.create(
            tx,
            arn=arn,
            kind=ALIAS,
            name=request["Name"],
            parent=function.arn,
            document=document,
            now=call.now,
            actor=call.identity.arn,
            event=False,
        )
        if row is None:
            raise conflict(f"Alias already exists: {arn}")
    return row.document


def update_alias(call: Call, request: JsonDict) -> JsonDict:
    """Let a name stand for another version. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html

    Errors: ResourceNotFoundException, InvalidParameterValueException.
    """
    with call.write() as tx:
        function = naming.function(call, request)
        row = _alias(tx, function, request)
        _check(tx, function, {"FunctionVersion": row.document["FunctionVersion"], **request})
        change = {name: request[name] for name in ("FunctionVersion", "Description") if name in request}
        row = resources.save(tx, row, {**change, "RevisionId": str(uuid.uuid4())}, now=call.now)
    return row.document


def get_alias(call: Call, request: JsonDict) -> JsonDict:
    """What a name stands for. https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html

    Errors: ResourceNotFoundException.
    """
    with call.read() as tx:
        return _alias(tx, naming.function(call, request), request).document


def list_aliases(call: Call, request: JsonDict) -> JsonDict:
    """Page through a function's aliases. https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html

    Errors: ResourceNotFoundException.
    """
    function = naming.function(call, request)
    asked = {"MaxResults": min(request.get("MaxItems", PAGE_MAX), PAGE_MAX), "NextToken": request.get("Marker")}
    rows, more = ALIASES.rows(call, {**asked, "SortBy": "Name"}, table.c.kind == ALIAS, parent=function.arn)
    wanted = request.get("FunctionVersion")
    shown = [row.document for row in rows if wanted in (None, row.document["FunctionVersion"])]
    return {"Aliases": shown, **({"NextMarker": more["NextToken"]} if more else {})}


def delete_alias(call: Call, request: JsonDict) -> JsonDict:
    """Forget a name; nothing happens when it is not there. https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html

    Errors: ResourceNotFoundException for the function.
    """
    with call.write() as tx:
        row = functions.alias_of(tx, naming.function(call, request), request["Name"])
        if row is not None:
            resources.delete(tx, row.arn)
    return {}


def _alias(tx: Tx, function: Row, request: JsonDict) -> Row:
    row = functions.alias_of(tx, function, request["Name"])
    if row is None:
        raise not_found(f"Cannot find alias arn: {function.arn}:{request['Name']}")
    return row


def _check(tx: Tx, function: Row, request: JsonDict) -> None:
    if request.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
        raise invalid("An alias stands for one version here: leave RoutingConfig out.")
    version = request["FunctionVersion"]
    if version != LATEST and functions.version_of(tx, function, version) is None:
        raise not_found(f"Function not found: {function.arn}:{version}")
