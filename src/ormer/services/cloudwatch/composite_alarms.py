"""Alarms on alarms: stored here, evaluated by the alarms engine."""

from __future__ import annotations

from typing import Any

from ormer.aws import alarm_rules, arns
from ormer.aws.errors import AwsError
from ormer.services.cloudwatch.alarm_rows import COMPOSITE_ALARM, checked_actions, find, put
from ormer.stores.port import Call

JsonDict = dict[str, Any]
SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def put_composite_alarm(call: Call, request: JsonDict) -> JsonDict:
    """Create an alarm on other alarms or replace its rule. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html

    Differs: actions suppressors are refused. Errors: ValidationError.
    """
    given = [member for member in SUPPRESSION if member in request]
    if given:
        raise AwsError("ValidationError", f"{given[0]} is not answered here: write the suppressor into the AlarmRule.")
    try:
        rule = alarm_rules.parse(request["AlarmRule"])
    except ValueError as error:
        raise AwsError("ValidationError", str(error)) from None
    checked_actions(call, request)
    document = {"ActionsEnabled": True, "OKActions": [], "AlarmActions": [], "InsufficientDataActions": [], **request}
    with call.write() as tx:
        named = {name: find(call, name) for name in set(alarm_rules.alarms_of(rule))}
        absent = [name for name, row in named.items() if row is None]
        if absent:
            raise AwsError(
                "ValidationError",
                f"AlarmRule must not contain alarms that do not exist: {', '.join(sorted(absent))}. Create them first.",
            )
        own = request["AlarmName"]
        if any(name == own or (arns.is_arn(name) and name.endswith(f":alarm:{own}")) for name in named):
            raise AwsError("ValidationError", "AlarmRule must not contain the composite alarm itself.")
        put(call, tx, COMPOSITE_ALARM, document)
    return {}
