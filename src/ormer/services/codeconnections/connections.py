"""Connections: made, answered, listed and deleted. What stands behind one is said on the command line.

https://docs.aws.amazon.com/dtconsole/latest/userguide/welcome-connections.html
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import connections, resources
from ormer.stores.nouns import page_of, unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 50
# https://docs.aws.amazon.com/dtconsole/latest/userguide/limits-connections.html
CONNECTIONS_MAX = 250


def create_connection(call: Call, request: JsonDict) -> JsonDict:
    """Make a connection. https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateConnection.html

    Differs: it becomes AVAILABLE by `ormer connection use`, not by a handshake in the browser; hosts are not there.
    Errors: ValidationException for a name that is taken; ResourceNotFoundException for a HostArn;
    LimitExceededException.
    """
    name = request["ConnectionName"]
    if request.get("HostArn"):
        raise AwsError("ResourceNotFoundException", f"Host {request['HostArn']} does not exist: give a ProviderType.")
    if not request.get("ProviderType"):
        raise AwsError("ValidationException", "Give the connection a ProviderType, such as GitHub.")
    arn = arns.arn(call.service, call.region, call.account, f"connection/{uuid.uuid4()}")
    document = {
        "ConnectionName": name,
        "ConnectionArn": arn,
        "ProviderType": request["ProviderType"],
        "OwnerAccountId": call.account,
    }
    tags = unique_tags(request.get("Tags", ()))
    with call.write() as tx:
        if connections.find(tx, call.account, call.region, name) is not None:
            raise AwsError("ValidationException", f"A connection with the name {name} exists already.")
        if len(connections.listed(tx, call.account, call.region)) >= CONNECTIONS_MAX:
            raise AwsError("LimitExceededException", f"An account may have {CONNECTIONS_MAX} connections in a region.")
        resources.create(
            tx,
            arn=arn,
            kind=connections.KIND,
            name=name,
            document=document,
            now=call.now,
            status=connections.PENDING,
            tag_list=tags,
        )
    return {"ConnectionArn": arn, "Tags": tags}


def get_connection(call: Call, request: JsonDict) -> JsonDict:
    """Answer a connection. https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_GetConnection.html

    Errors: ResourceNotFoundException.
    """
    return {"Connection": connection_of(call, request["ConnectionArn"]).document}


def list_connections(call: Call, request: JsonDict) -> JsonDict:
    """Page through connections. https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_ListConnections.html"""
    with call.read() as tx:
        found = [row.document for row in connections.listed(tx, call.account, call.region)]
    wanted = request.get("ProviderTypeFilter")
    found = [one for one in found if wanted in (None, one["ProviderType"]) and not request.get("HostArnFilter")]
    page, following = page_of(found, request.get("NextToken"), request.get("MaxResults") or PAGE)
    return {"Connections": page, **({"NextToken": following} if following else {})}


def delete_connection(call: Call, request: JsonDict) -> JsonDict:
    """Delete a connection. https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_DeleteConnection.html

    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        resources.delete(tx, connection_of(call, request["ConnectionArn"]).arn)
    return {}


def connection_of(call: Call, arn: str) -> Row:
    """The caller's connection. Raises ResourceNotFoundException."""
    with call.read() as tx:
        row = connections.find(tx, call.account, call.region, arn) if arns.is_arn(arn) else None
    if row is None:
        raise AwsError("ResourceNotFoundException", f"Connection {arn} not found.")
    return row
