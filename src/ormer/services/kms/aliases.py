"""Aliases: names of keys that can be pointed elsewhere."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.kms.keys import ALIAS, AWS_ALIAS, key_of
from ormer.stores import properties
from ormer.stores.port import Call
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]


def create_alias(call: Call, request: JsonDict) -> JsonDict:
    """Name a key. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"""
    if not request["AliasName"].startswith("alias/"):
        raise AwsError("InvalidAliasNameException", 'Alias must start with the prefix "alias/".')
    if request["AliasName"].startswith(AWS_ALIAS):
        raise AwsError("NotAuthorizedException", f"Aliases that begin with {AWS_ALIAS} are AWS's own.")
    with call.write():
        key = key_of(call, request["TargetKeyId"])
        ALIAS.create(call, {"AliasName": request["AliasName"], "TargetKeyId": key.name})
    return {}


def update_alias(call: Call, request: JsonDict) -> JsonDict:
    """Point an alias at another key. https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html"""
    with call.write():
        key = key_of(call, request["TargetKeyId"])
        ALIAS.save(call, ALIAS.get(call, request["AliasName"]), {"TargetKeyId": key.name})
    return {}


def delete_alias(call: Call, request: JsonDict) -> JsonDict:
    """Forget an alias. https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html"""
    with call.write():
        ALIAS.remove(call, ALIAS.get(call, request["AliasName"]))
    return {}


def list_aliases(call: Call, request: JsonDict) -> JsonDict:
    """Page through aliases, of one key or all. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html"""
    where: list[sa.ColumnElement[bool]] = []
    if "KeyId" in request:
        where.append(table.c.arn.in_(properties.having("TargetKeyId", key_of(call, request["KeyId"]).name)))
    page = {"MaxResults": request.get("Limit", 100), "NextToken": request.get("Marker")}
    rows, more = ALIAS.rows(call, page, *where)
    shown = [{**row.document, "CreationDate": row.created, "LastUpdatedDate": row.modified} for row in rows]
    return {"Aliases": shown, "Truncated": bool(more), "NextMarker": more.get("NextToken")}
