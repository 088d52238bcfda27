"""AWS::Events::Rule with its targets: Ref gives its name, `bus|name` on a bus of one's own."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws import arns
from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.stores import resources
from ormer.stores.rules.names import rule_path

JsonDict = dict[str, Any]
NAME, BUS = "Name", "EventBusName"
RULE = ("Description", BUS, "RoleArn", "ScheduleExpression", "State")
DEFAULT_BUS = "default"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(64))
    bus = text_of(properties.get(BUS, DEFAULT_BUS))
    _check_free(site, name, properties)
    arn = _put(site, name, properties)
    _target(site, name, {}, properties)
    physical = name if bus == DEFAULT_BUS else f"{bus}|{name}"
    return Made(physical, {NAME: name, "Arn": arn, "RuleName": name}, arn)


def _check_free(site: Site, name: str, properties: JsonDict) -> None:
    """Putting a rule that is there changes it: a stack takes over nobody's.

    Looked up and not asked for: who may put rules need not be allowed to list them.
    """
    path = rule_path(name, text_of(properties.get(BUS, DEFAULT_BUS)))
    if resources.get(site.tx, arns.arn("events", site.region, site.account, path)) is not None:
        site.refuse_taken(name)


def _put(site: Site, name: str, properties: JsonDict) -> str:
    pattern = properties.get("EventPattern")
    given = {"EventPattern": pattern if isinstance(pattern, str) else json.dumps(pattern)} if pattern else {}
    # The tags are stamped on once the rule is there.
    return str(site.make("events", "PutRule", {**pick(properties, RULE), NAME: name, **given})["RuleArn"])


def _target(site: Site, name: str, before: JsonDict, after: JsonDict) -> None:
    """Put the targets of `after`, and take away those that only `before` had."""
    bus = pick({**before, **after}, (BUS,))
    kept = {_id(site, each) for each in after.get("Targets", ())}
    gone = sorted({_id(site, each) for each in before.get("Targets", ())} - kept)
    if gone:
        _all_done(site.make("events", "RemoveTargets", {"Rule": name, "Ids": gone, **bus}))
    if after.get("Targets"):
        targets = [{**each, "Id": _id(site, each)} for each in after["Targets"]]
        _all_done(site.make("events", "PutTargets", {"Rule": name, "Targets": targets, **bus}))


def _id(site: Site, target: Any) -> str:
    if not isinstance(target, dict) or "Id" not in target:
        raise Refused(f"{site.logical_id}: every target needs an Id and an Arn.")
    return text_of(target["Id"])


def _all_done(answer: JsonDict) -> None:
    failed = answer.get("FailedEntries") or ()
    if failed:
        raise Refused(f"Target {failed[0].get('TargetId')}: {failed[0].get('ErrorMessage')}")


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    name = held.attributes[NAME]
    _put(site, name, properties)
    _target(site, name, held.properties, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    name = held.attributes[NAME]
    _target(site, name, held.properties, {})
    site.make("events", "DeleteRule", {NAME: name, **pick(held.properties, (BUS,))})


TYPE = ResourceType(
    "AWS::Events::Rule",
    _create,
    _delete,
    words("EventPattern Targets", NAME, *RULE),
    _update,
    words(NAME, BUS),
    attributes=words("Arn RuleName", NAME),
    named_by=NAME,
)
