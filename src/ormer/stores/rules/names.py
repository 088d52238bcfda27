"""The ARNs that EventBridge's and the scheduler's requests are about, for the caller's policies.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ormer.aws import arns
from ormer.stores.events import DEFAULT_BUS

# The noun at the end of an operation, and what its ARN begins with.
NOUNS = {"EventBus": "event-bus", "Archive": "archive", "Connection": "connection", "ApiDestination": "api-destination"}
NOUNS |= {"Replay": "replay"}
VERB = re.compile(r"^(?:Create|Describe|Update|Delete|Start|Cancel|Deauthorize)(\w+)$")
OF_RULES = ("PutRule", "DescribeRule", "DeleteRule", "EnableRule", "DisableRule")
OF_BUSES = ("PutPermission", "RemovePermission")


def named(service: str, operation: str, region: str, account: str, params: Mapping[str, Any]) -> list[str]:
    """The ARNs, `["*"]` where the request names none."""
    if params.get("ResourceARN"):
        return [str(params["ResourceARN"])]
    found = _of_events(operation, params) if service == "events" else _of_schedules(operation, params)
    return [one if arns.is_arn(one) else arns.arn(service, region, account, one) for one in found] or ["*"]


def rule_path(name: str, bus: str) -> str:
    """The resource part of a rule's ARN; the default bus is not named in it."""
    plain = bus.rpartition("/")[2] if arns.is_arn(bus) else bus
    return f"rule/{name}" if plain == DEFAULT_BUS else f"rule/{plain}/{name}"


def _of_events(operation: str, params: Mapping[str, Any]) -> list[str]:
    bus = str(params.get("EventBusName") or DEFAULT_BUS)
    if operation == "PutEvents":
        buses = (str(entry.get("EventBusName") or DEFAULT_BUS) for entry in params.get("Entries", ()))
        return list(dict.fromkeys(_bus(one) for one in buses))
    if operation in OF_RULES:
        return [rule_path(str(params.get("Name")), bus)]
    if params.get("Rule"):
        return [rule_path(str(params["Rule"]), bus)]
    if operation in OF_BUSES:
        return [_bus(bus)]
    verb = VERB.match(operation)
    noun = verb.group(1) if verb is not None else ""
    name = params.get("Name") or params.get(f"{noun}Name")
    return [_bus(name) if noun == "EventBus" else f"{NOUNS[noun]}/{name}"] if noun in NOUNS and name else []


def _bus(name: str) -> str:
    return name if arns.is_arn(name) else f"event-bus/{name}"


def _of_schedules(operation: str, params: Mapping[str, Any]) -> list[str]:
    name = params.get("Name")
    if not name:
        return []
    if operation.endswith("ScheduleGroup"):
        return [f"schedule-group/{name}"]
    return [f"schedule/{params.get('GroupName') or 'default'}/{name}"]
