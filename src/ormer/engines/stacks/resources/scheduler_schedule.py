"""AWS::Scheduler::Schedule: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE, NAME, GROUP = "scheduler", "Name", "GroupName"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(64))
    arn = str(site.make(SERVICE, "CreateSchedule", {**properties, NAME: name})["ScheduleArn"])
    return Made(name, {"Arn": arn, NAME: name})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make(SERVICE, "UpdateSchedule", {**properties, NAME: held.physical_id})
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    group = {GROUP: text_of(held.properties[GROUP])} if GROUP in held.properties else {}
    site.call(SERVICE, "DeleteSchedule", {NAME: held.physical_id, **group})


TYPE = ResourceType(
    "AWS::Scheduler::Schedule",
    _create,
    _delete,
    words(
        "Description EndDate FlexibleTimeWindow KmsKeyArn ScheduleExpression ScheduleExpressionTimezone StartDate "
        "State Target",
        NAME,
        GROUP,
    ),
    _update,
    words(NAME, GROUP),
    ("FlexibleTimeWindow", "ScheduleExpression", "Target"),
    words("Arn", NAME),
    NAME,
    taggable=False,
)
