"""Rules: which events, or which times, go to which targets."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.pattern_tests import InvalidPattern
from ormer.aws.patterns import Pattern
from ormer.aws.schedules import Schedule
from ormer.services.events.buses import bus_named
from ormer.services.events.pages import page_of
from ormer.stores import events, resources, tasks
from ormer.stores.database import Tx
from ormer.stores.events import DEFAULT_BUS
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.rules import targets
from ormer.stores.rules.names import rule_path
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

RULE = Noun(
    "Rule",
    name="Name",
    arn="rule/{name}",
    service="events",
    arn_member="Arn",
    missing=("ResourceNotFoundException", "Rule {name} does not exist on EventBus default."),
)
WORDS = ("EventPattern", "ScheduleExpression", "Description", "RoleArn")
DISABLED = "DISABLED"
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
RULES_MAX = 300


def put_rule(call: Call, request: JsonDict) -> JsonDict:
    """Make a rule, or replace one whole; its targets and tags stay. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html

    A rule sees the events that come after it. A rate rule's first tick comes one period after it was made.
    Errors: InvalidEventPatternException; ValidationException for schedules; ResourceNotFoundException for a bus
    that is not there; LimitExceededException beyond 300 rules on a bus.
    """
    with call.write() as tx:
        bus = bus_named(call, request.get("EventBusName"))
        _check(request, bus)
        row = _find(call, request["Name"], bus)
        words = {name: request[name] for name in WORDS if request.get(name)}
        document = {**words, "State": request.get("State", "ENABLED")}
        row = _made(tx, call, request, bus, document) if row is None else _replaced(tx, call, row, document)
        tasks.wake(tx, targets.TICK_TASK, row.arn)
    return {"RuleArn": row.arn}


def describe_rule(call: Call, request: JsonDict) -> JsonDict:
    """Answer a rule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html"""
    return rule_of(call, request["Name"], request.get("EventBusName")).document


def list_rules(call: Call, request: JsonDict) -> JsonDict:
    """Page through a bus's rules by name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html"""
    bus = bus_named(call, request.get("EventBusName"))
    prefix = request.get("NamePrefix", "")
    shown, more = page_of([row for row in _rules(call, bus) if row.name.startswith(prefix)], request)
    return {"Rules": [row.document for row in shown], **more}


def list_rule_names_by_target(call: Call, request: JsonDict) -> JsonDict:
    """Page through names of rules that send to an ARN. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html"""
    bus = bus_named(call, request.get("EventBusName"))
    with call.read() as tx:
        senders = set(targets.rules_with(tx, request["TargetArn"]))
    shown, more = page_of([row.name for row in _rules(call, bus) if row.arn in senders], request)
    return {"RuleNames": list(shown), **more}


def enable_rule(call: Call, request: JsonDict) -> JsonDict:
    """Switch a rule on, for events from now on. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html"""
    return _switch(call, request, "ENABLED")


def disable_rule(call: Call, request: JsonDict) -> JsonDict:
    """Switch a rule off. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html"""
    return _switch(call, request, DISABLED)


def delete_rule(call: Call, request: JsonDict) -> JsonDict:
    """Delete a rule without targets; one that is not there is gone already. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html

    Errors: ValidationException while it has targets.
    """
    with call.write() as tx:
        bus = bus_named(call, request.get("EventBusName"))
        row = _find(call, request["Name"], bus)
        if row is not None:
            if targets.of(tx, row.arn):
                raise AwsError("ValidationException", "Rule can't be deleted since it has targets.")
            RULE.remove(call, row)
    return {}


def rule_of(call: Call, name: str, bus_name: str | None) -> Row:
    """The rule of this name on the bus. Errors: ResourceNotFoundException."""
    bus = bus_named(call, bus_name)
    row = _find(call, name, bus)
    if row is None:
        raise AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")
    return row


def _find(call: Call, name: str, bus: str) -> Row | None:
    with call.read() as tx:
        return resources.find(tx, call.account, call.region, RULE.service, RULE.kind, name, bus)


def _rules(call: Call, bus: str) -> list[Row]:
    c = table.c
    where = (c.account == call.account, c.region == call.region, c.service == RULE.service, c.kind == RULE.kind)
    with call.read() as tx:
        return resources.select(tx, *where, c.parent == bus, order=c.name)


def _check(request: JsonDict, bus: str) -> None:
    pattern, schedule = request.get("EventPattern"), request.get("ScheduleExpression")
    if not pattern and not schedule:
        raise AwsError("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if pattern:
        checked_pattern(pattern)
    if schedule and bus != DEFAULT_BUS:
        raise AwsError("ValidationException", "ScheduleExpression is supported only on the default event bus.")
    if schedule:
        _check_schedule(schedule)


def checked_pattern(text: str) -> Pattern:
    """The pattern. Errors: InvalidEventPatternException with AWS's reason."""
    try:
        return Pattern(text)
    except InvalidPattern as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from None


def _check_schedule(text: str) -> None:
    try:
        if text.startswith("at("):
            raise ValueError("at() is for EventBridge Scheduler")
        Schedule.parse(text)
    except ValueError as error:
        raise AwsError(
            "ValidationException",
            f"Parameter ScheduleExpression is not valid. {error}. Use rate(5 minutes) or cron(0 12 * * ? *).",
        ) from None


def _made(tx: Tx, call: Call, request: JsonDict, bus: str, document: JsonDict) -> Row:
    name = request["Name"]
    if len(_rules(call, bus)) >= RULES_MAX:
        raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return RULE.create(
        call,
        {"Name": name, "Tags": request.get("Tags", ())},
        arn=arns.arn("events", call.region, call.account, rule_path(name, bus)),
        document={**document, "EventBusName": bus, "CreatedBy": call.account},
        parent=bus,
        facts={"since": events.last(tx), "position": call.now},
        event=False,
    )


def _replaced(tx: Tx, call: Call, row: Row, document: JsonDict) -> Row:
    drop = tuple(name for name in WORDS if name not in document)
    facts: JsonDict = {}
    if row.document["State"] == DISABLED and document["State"] != DISABLED:
        facts["since"] = events.last(tx)
    if facts or row.document.get("ScheduleExpression") != document.get("ScheduleExpression"):
        facts["position"] = call.now
    return resources.save(tx, row, document, now=call.now, drop=drop, facts=facts, actor=call.identity.arn)


def _switch(call: Call, request: JsonDict, state: str) -> JsonDict:
    with call.write() as tx:
        row = rule_of(call, request["Name"], request.get("EventBusName"))
        if row.document["State"] != state:
            facts = {"since": events.last(tx), "position": call.now} if state != DISABLED else None
            resources.save(tx, row, {"State": state}, now=call.now, facts=facts, actor=call.identity.arn)
            tasks.wake(tx, targets.TICK_TASK, row.arn)
    return {}
