"""Targets of rules: what a matching event starts."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns, event_inputs, event_targets
from ormer.aws.errors import AwsError
from ormer.services.events.pages import page_of
from ormer.services.events.rules import rule_of
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.events import DEFAULT_BUS
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.rules import targets

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
TARGETS_MAX = 5


def put_targets(call: Call, request: JsonDict) -> JsonDict:
    """Add targets to a rule or replace those of the same Ids. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html

    Differs: log groups, topics, functions and buses of the account take its rules' events without a resource policy;
    queues need theirs. A target that cannot be reached here (Kinesis, ECS, …) is refused instead of failing at every
    event. Dead letters without a queue of their own go to the log group /aws/events/dead-letters.
    Errors: ResourceNotFoundException; ValidationException; LimitExceededException beyond 5 targets.
    """
    with call.write() as tx:
        rule = rule_of(call, request["Rule"], request.get("EventBusName"))
        for target in request["Targets"]:
            _check(tx, call, rule, target)
            targets.put(tx, rule.arn, target)
        if len(targets.of(tx, rule.arn)) > TARGETS_MAX:
            raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return {"FailedEntryCount": 0, "FailedEntries": []}


def list_targets_by_rule(call: Call, request: JsonDict) -> JsonDict:
    """Page through a rule's targets. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html"""
    rule = rule_of(call, request["Rule"], request.get("EventBusName"))
    with call.read() as tx:
        shown, more = page_of(targets.of(tx, rule.arn), request)
    return {"Targets": list(shown), **more}


def remove_targets(call: Call, request: JsonDict) -> JsonDict:
    """Remove targets from a rule; Ids it does not have are told as failed entries. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html"""
    with call.write() as tx:
        rule = rule_of(call, request["Rule"], request.get("EventBusName"))
        missing = [one for one in request["Ids"] if not targets.remove(tx, rule.arn, one)]
    failed = [
        {
            "TargetId": one,
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": f"Rule {rule.name} does not have a target with the Id {one}.",
        }
        for one in missing
    ]
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


def _check(tx: Tx, call: Call, rule: Row, target: JsonDict) -> None:
    arn = target["Arn"]
    try:
        kind = event_targets.kind_of(arn)
        event_inputs.check(target)
    except ValueError as error:
        raise AwsError("ValidationException", f"Parameter {arn} is not valid. Reason: {error}") from None
    if kind == event_targets.UNIVERSAL:
        raise AwsError(
            "ValidationException", f"Parameter {arn} is not valid. Reason: only schedules have such targets."
        )
    _check_role(call, kind, arn, target.get("RoleArn") or rule.document.get("RoleArn"))
    parts = arns.parse(arn)
    if parts.account != call.account:
        raise AwsError("ValidationException", f"Parameter {arn} is not valid. Reason: it is in another account.")
    if kind in (event_targets.EVENT_BUS, event_targets.API_DESTINATION):
        _check_there(tx, arn, parts)


def _check_role(call: Call, kind: str, arn: str, role: str | None) -> None:
    if role is None:
        if kind in event_targets.AS_ROLE:
            raise AwsError("ValidationException", f"RoleArn is required for target {arn}.")
    elif not arns.is_arn(role) or arns.parse(role).account != call.account:
        raise AwsError("ValidationException", f"The role {role} of target {arn} is not in the account {call.account}.")


def _check_there(tx: Tx, arn: str, parts: arns.Arn) -> None:
    if resources.get(tx, arn) is None and not (parts.kind == "event-bus" and parts.name == DEFAULT_BUS):
        raise AwsError("ValidationException", f"Parameter {arn} is not valid. Reason: it does not exist.")
