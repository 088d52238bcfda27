"""AWS::ApplicationAutoScaling::ScalingPolicy: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.application_auto_scaling_scalable_target import IDS, SERVICE

JsonDict = dict[str, Any]
NAME, TARGET = "PolicyName", "ScalingTargetId"


def _create(site: Site, properties: JsonDict) -> Made:
    request = {**without(properties, TARGET), **_ids(properties)}
    arn = str(site.make(SERVICE, "PutScalingPolicy", request)["PolicyARN"])
    return Made(arn, {NAME: text_of(properties[NAME]), "Arn": arn}, arn)


def _ids(properties: JsonDict) -> JsonDict:
    """What is scaled: by its three ids, or by the target's own."""
    if TARGET in properties:
        parts = text_of(properties[TARGET]).split("|")
        if len(parts) != len(IDS):
            raise Refused(f"{TARGET} is not the id of a scalable target.")
        return dict(zip(IDS, parts, strict=True))
    missing = [name for name in IDS if name not in properties]
    if missing:
        raise Refused(f"Give {TARGET}, or {', '.join(IDS)}; {', '.join(missing)} is missing.")
    return {name: properties[name] for name in IDS}


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return _create(site, properties)


def _delete(site: Site, held: Held) -> None:
    ids = _ids(held.properties)
    site.make(SERVICE, "DeleteScalingPolicy", {**ids, NAME: held.properties[NAME]})


TYPE = ResourceType(
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    _create,
    _delete,
    words(
        "PolicyType PredictiveScalingPolicyConfiguration StepScalingPolicyConfiguration "
        "TargetTrackingScalingPolicyConfiguration",
        NAME,
        TARGET,
        *IDS,
    ),
    _update,
    words(NAME, TARGET, *IDS),
    (NAME, "PolicyType"),
    words("Arn", NAME),
    taggable=False,
)
