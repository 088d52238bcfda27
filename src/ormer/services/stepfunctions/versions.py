"""Versions of state machines, and aliases that stand for one or two of them."""

from __future__ import annotations

import random
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.stepfunctions.refusals import machine_of, of_kind, page, validation
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.state_machines import machines
from ormer.stores.state_machines.machines import Revision
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
WEIGHT_WHOLE = 100


def publish_state_machine_version(call: Call, request: JsonDict) -> JsonDict:
    """Keep the state machine as it is under the next number, unless the last number is the same.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
    Errors: StateMachineDoesNotExist; ConflictException for another revision than the one asked for.
    """
    with call.write() as tx:
        row = machine_of(tx, call, request["stateMachineArn"])
        wanted = request.get("revisionId")
        if wanted and wanted not in (row.facts["revision"], "INITIAL"):
            raise AwsError("ConflictException", f"The current revision is {row.facts['revision']}, not {wanted}.", 409)
        made = publish(tx, call, row, request.get("description"))
    return {"stateMachineVersionArn": made.arn, "creationDate": made.created}


def list_state_machine_versions(call: Call, request: JsonDict) -> JsonDict:
    """A state machine's versions, the newest first.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html
    """
    found = sorted(_children(call, request["stateMachineArn"], machines.VERSION), key=lambda row: -int(row.name))
    shown = [{"stateMachineVersionArn": row.arn, "creationDate": row.created} for row in found]
    return page(shown, "stateMachineVersions", request)


def delete_state_machine_version(call: Call, request: JsonDict) -> JsonDict:
    """Delete a version that no alias stands for.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html
    Errors: ConflictException while an alias does.
    """
    arn = request["stateMachineVersionArn"]
    with call.write() as tx:
        row = of_kind(tx, call, arn, machines.VERSION)
        if row is None:
            return {}
        for alias in _children(call, row.parent, machines.ALIAS):
            if arn in _versions(alias):
                text = (
                    f"Version to be deleted must not be referenced by an alias. Current list of aliases: [{alias.name}]"
                )
                raise AwsError("ConflictException", text, 409)
        resources.delete(tx, arn)
    return {}


def create_state_machine_alias(call: Call, request: JsonDict) -> JsonDict:
    """Let a name stand for a version, or for two of them by weight.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html
    Errors: ConflictException, ResourceNotFound, ValidationException.
    """
    with call.write() as tx:
        routes = _routes(tx, call, request["routingConfiguration"])
        machine = machine_of(tx, call, routes[0].parent)
        arn = f"{machine.arn}:{request['name']}"
        row = resources.create(
            tx,
            arn=arn,
            kind=machines.ALIAS,
            name=request["name"],
            parent=machine.arn,
            document={
                "stateMachineAliasArn": arn,
                "name": request["name"],
                "description": request.get("description"),
                "routingConfiguration": request["routingConfiguration"],
                "creationDate": call.now,
                "updateDate": call.now,
            },
            now=call.now,
            event=False,
        )
        if row is None:
            raise AwsError("ConflictException", f"Alias already exists: '{arn}'", 409)
    return {"stateMachineAliasArn": arn, "creationDate": row.created}


def describe_state_machine_alias(call: Call, request: JsonDict) -> JsonDict:
    """Answer what an alias stands for.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html
    Errors: ResourceNotFound.
    """
    with call.read() as tx:
        return _alias(tx, call, request).document


def update_state_machine_alias(call: Call, request: JsonDict) -> JsonDict:
    """Let an alias stand for other versions.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html
    Errors: ResourceNotFound, ValidationException.
    """
    with call.write() as tx:
        row = _alias(tx, call, request)
        if "routingConfiguration" in request:
            routes = _routes(tx, call, request["routingConfiguration"])
            if routes[0].parent != row.parent:
                raise validation(f"The versions of this alias must be of the state machine {row.parent}.")
        change = {name: request[name] for name in ("description", "routingConfiguration") if name in request}
        resources.save(tx, row, {**change, "updateDate": call.now}, now=call.now)
    return {"updateDate": call.now}


def delete_state_machine_alias(call: Call, request: JsonDict) -> JsonDict:
    """Delete an alias; its versions stay.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html
    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        resources.delete(tx, _alias(tx, call, request).arn)
    return {}


def list_state_machine_aliases(call: Call, request: JsonDict) -> JsonDict:
    """A state machine's aliases, or those that stand for a version.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html
    """
    arn = request["stateMachineArn"]
    with call.read() as tx:
        row = machines.find(tx, arn)
    version = arn if row is not None and row.kind == machines.VERSION else ""
    found = _children(call, row.parent if row is not None and version else arn, machines.ALIAS)
    shown = [
        {"stateMachineAliasArn": one.arn, "creationDate": one.created}
        for one in found
        if not version or version in _versions(one)
    ]
    return page(shown, "stateMachineAliases", request)


def publish(tx: Tx, call: Call, row: Row, description: str | None) -> Row:
    """The version that is as the state machine is now, made when there is none."""
    number = row.facts["versions"]
    last = resources.get(tx, f"{row.arn}:{number}")
    if last is not None and last.facts["revision"] == row.facts["revision"]:
        return last
    arn = f"{row.arn}:{number + 1}"
    made = resources.create(
        tx,
        arn=arn,
        kind=machines.VERSION,
        name=str(number + 1),
        parent=row.arn,
        document={"description": description},
        facts={"revision": row.facts["revision"]},
        now=call.now,
        event=False,
    )
    assert made is not None, "the number was never given before"
    resources.save(tx, row, {}, now=call.now, facts={"versions": number + 1}, touch=False)
    return made


def revision_of(tx: Tx, row: Row) -> Revision:
    """What a state machine, a version or an alias runs; an alias of two versions chooses one by their weights."""
    if row.kind == machines.ALIAS:
        routes = row.document["routingConfiguration"]
        weights = [route["weight"] for route in routes]
        chosen = random.choices(routes, weights)[0]["stateMachineVersionArn"]
        version = resources.get(tx, chosen)
        assert version is not None, "a version that an alias stands for is not deleted"
        row = version
    return machines.revision(tx, row.facts["revision"])


def _alias(tx: Tx, call: Call, request: JsonDict) -> Row:
    row = of_kind(tx, call, request["stateMachineAliasArn"], machines.ALIAS)
    if row is None:
        raise AwsError(
            "ResourceNotFound",
            f"Request references a resource that does not exist: '{request['stateMachineAliasArn']}'",
        )
    return row


def _routes(tx: Tx, call: Call, routes: list[JsonDict]) -> list[Row]:
    if sum(route["weight"] for route in routes) != WEIGHT_WHOLE:
        raise validation(f"Sum of routing configuration weights must equal {WEIGHT_WHOLE}.")
    found = [of_kind(tx, call, route["stateMachineVersionArn"], machines.VERSION) for route in routes]
    rows = [row for row in found if row is not None]
    if len(rows) != len(routes):
        raise AwsError("ResourceNotFound", "Request references a version that does not exist.")
    if len({row.parent for row in rows}) != 1:
        raise validation("The versions of an alias must be of one state machine.")
    return rows


def _versions(alias: Row) -> list[str]:
    return [route["stateMachineVersionArn"] for route in alias.document["routingConfiguration"]]


def _children(call: Call, machine: str, kind: str) -> list[Row]:
    c = table.c
    with call.read() as tx:
        return resources.select(tx, c.account == call.account, c.parent == machine, c.kind == kind)
