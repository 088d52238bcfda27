"""AWS::ApplicationAutoScaling::ScalableTarget: Ref gives `resource|dimension|namespace`."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "application-autoscaling"
IDS = ("ResourceId", "ScalableDimension", "ServiceNamespace")


def _create(site: Site, properties: JsonDict) -> Made:
    if properties.get("ScheduledActions"):
        raise Refused("ScheduledActions: ormer scales by policies; leave them out.")
    made = site.make(SERVICE, "RegisterScalableTarget", without(properties, "ScheduledActions"))
    physical = "|".join(text_of(properties[name]) for name in IDS)
    return Made(physical, {"Id": physical}, str(made.get("ScalableTargetARN") or ""))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _create(site, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DeregisterScalableTarget", pick(held.properties, IDS))


TYPE = ResourceType(
    "AWS::ApplicationAutoScaling::ScalableTarget",
    _create,
    _delete,
    words("MaxCapacity MinCapacity RoleARN ScheduledActions SuspendedState", *IDS),
    _update,
    words(*IDS),
    (*IDS, "MaxCapacity", "MinCapacity"),
    words("Id"),
)
