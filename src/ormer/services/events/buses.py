"""Event buses: the default one is always there, others are made."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.events.pages import page_of
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.events import DEFAULT_BUS
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

EVENT_BUS = Noun(
    "EventBus",
    name="Name",
    arn="event-bus/{name}",
    service="events",
    arn_member="Arn",
    missing=("ResourceNotFoundException", "Event bus {name} does not exist."),
    taken=("ResourceAlreadyExistsException", "Event bus {name} already exists."),
)
CHANGEABLE = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
POLICY_BYTES_MAX = 10_240


def create_event_bus(call: Call, request: JsonDict) -> JsonDict:
    """Make an event bus. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html

    Errors: ResourceAlreadyExistsException; ValidationException for partner buses and names with a slash.
    """
    name = request["Name"]
    if request.get("EventSourceName"):
        raise AwsError("ValidationException", "Partner event sources do not exist here; leave EventSourceName out.")
    if name == DEFAULT_BUS:
        raise AwsError("ResourceAlreadyExistsException", f"Event bus {name} already exists.")
    if "/" in name:
        raise AwsError("ValidationException", "Event bus name must not contain '/'.")
    row = EVENT_BUS.create(call, request, event=False)
    return {"EventBusArn": row.arn, **row.document}


def describe_event_bus(call: Call, request: JsonDict) -> JsonDict:
    """Answer a bus, the default one without a name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html"""
    return _shown(call, bus_named(call, request.get("Name")))


def list_event_buses(call: Call, request: JsonDict) -> JsonDict:
    """Page through buses by name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html"""
    c = table.c
    where = (c.account == call.account, c.region == call.region, c.service == "events", c.kind == EVENT_BUS.kind)
    with call.read() as tx:
        made = [row.name for row in resources.select(tx, *where)]
    names = sorted(name for name in {DEFAULT_BUS, *made} if name.startswith(request.get("NamePrefix", "")))
    shown, more = page_of(names, request)
    return {"EventBuses": [_shown(call, name) for name in shown], **more}


def update_event_bus(call: Call, request: JsonDict) -> JsonDict:
    """Change a bus's description and settings. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html"""
    with call.write():
        row = bus_row(call, bus_named(call, request.get("Name")))
        saved = EVENT_BUS.save(call, row, {name: request[name] for name in CHANGEABLE if name in request})
    return saved.document


def delete_event_bus(call: Call, request: JsonDict) -> JsonDict:
    """Delete a bus that has no rules; one that is not there is gone already. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html

    Errors: ValidationException for the default bus and for a bus that has rules.
    """
    if request["Name"] == DEFAULT_BUS:
        raise AwsError("ValidationException", "Cannot delete event bus default.")
    with call.write() as tx:
        row = EVENT_BUS.find(call, request["Name"])
        if row is not None:
            if _has_rules(tx, call, row.name):
                raise AwsError("ValidationException", f"Event bus {row.name} has rules; delete them first.")
            EVENT_BUS.remove(call, row)
    return {}


def put_permission(call: Call, request: JsonDict) -> JsonDict:
    """Store a bus's resource policy, or add one statement to it. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html

    Differs: kept and shown; a bus takes events of its own account only.
    """
    with call.write():
        row = bus_row(call, bus_named(call, request.get("EventBusName")))
        policy = _policy_of(request.get("Policy")) if request.get("Policy") else _with_statement(row, request)
        text = json.dumps(policy)
        if len(text.encode()) > POLICY_BYTES_MAX:
            raise AwsError("PolicyLengthExceededException", f"The policy is longer than {POLICY_BYTES_MAX} bytes.")
        EVENT_BUS.save(call, row, {"Policy": text})
    return {}


def remove_permission(call: Call, request: JsonDict) -> JsonDict:
    """Remove one statement of a bus's policy, or all. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html

    Errors: ResourceNotFoundException when there is no such statement.
    """
    with call.write():
        row = bus_row(call, bus_named(call, request.get("EventBusName")))
        policy = json.loads(row.document.get("Policy", "{}"))
        kept = [one for one in policy.get("Statement", ()) if one.get("Sid") != request.get("StatementId")]
        if request.get("RemoveAllPermissions"):
            kept = []
        elif len(kept) == len(policy.get("Statement", ())):
            raise AwsError("ResourceNotFoundException", "Statement with the provided id does not exist.")
        change = {"Policy": json.dumps({**policy, "Statement": kept})} if kept else {}
        EVENT_BUS.save(call, row, change, drop=() if kept else ("Policy",))
    return {}


def bus_named(call: Call, name_or_arn: str | None) -> str:
    """The name of a bus that is there; ResourceNotFoundException otherwise. Without a name: the default bus."""
    name = name_or_arn or DEFAULT_BUS
    if arns.is_arn(name):
        parts = arns.parse(name)
        if (parts.account, parts.region) != (call.account, call.region):
            raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")
        name = parts.name
    if name != DEFAULT_BUS and EVENT_BUS.find(call, name) is None:
        raise EVENT_BUS.not_found(call, name)
    return name


def bus_row(call: Call, name: str) -> Row:
    """The row of a bus that is there; the default bus gets its own the first time something is kept with it."""
    row = EVENT_BUS.find(call, name)
    return row if row is not None else EVENT_BUS.create(call, {"Name": name}, event=False)


def _shown(call: Call, name: str) -> JsonDict:
    row = EVENT_BUS.find(call, name)
    known = row.document if row is not None else {}
    return {**known, "Name": name, "Arn": EVENT_BUS.arn_of(call, name)}


def _has_rules(tx: Tx, call: Call, bus: str) -> bool:
    c = table.c
    where = (c.account == call.account, c.region == call.region, c.service == "events", c.kind == "Rule")
    return tx.one(sa.select(c.arn).where(*where, c.parent == bus).limit(1)) is not None


def _policy_of(text: str) -> JsonDict:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if not isinstance(statements, list) or not all(isinstance(one, dict) for one in statements):
        raise AwsError("ValidationException", "The policy must be a JSON object with a list of Statement objects.")
    assert isinstance(policy, dict)
    return policy


def _with_statement(row: Row, request: JsonDict) -> JsonDict:
    for member in ("Action", "Principal", "StatementId"):
        if not request.get(member):
            raise AwsError("ValidationException", f"Parameter {member} must be specified, or give Policy as a whole.")
    policy = json.loads(row.document.get("Policy", '{"Version": "2012-10-17", "Statement": []}'))
    principal = request["Principal"]
    statement: JsonDict = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": request["Action"],
        "Resource": row.arn,
    }
    if "Condition" in request:
        condition = request["Condition"]
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    others = [one for one in policy["Statement"] if one.get("Sid") != statement["Sid"]]
    return {**policy, "Statement": [*others, statement]}
