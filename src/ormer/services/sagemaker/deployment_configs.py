"""Deployment configurations: how traffic may move to a new fleet, checked when the deployment is asked for.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation

JsonDict = dict[str, Any]

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html
PART_PERCENT_MAX = 50
STEP_PERCENT_MIN = 10
BATCH_PERCENT_MIN = 5


def check(config: JsonDict, variants: list[JsonDict]) -> None:
    """Raise ValidationException for a configuration that says nothing, or too much, for these variants."""
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise validation("Give either a BlueGreenUpdatePolicy or a RollingUpdatePolicy, not both.")
    if any(variant.get("ServerlessConfig") for variant in variants):
        raise validation(
            "A DeploymentConfig cannot be used with a serverless variant: it has no fleet to move between."
        )
    if rolling:
        _check_size("MaximumBatchSize", rolling["MaximumBatchSize"], variants, BATCH_PERCENT_MIN)
        return
    if blue_green:
        _check_routing(blue_green["TrafficRoutingConfiguration"], variants)


def _check_routing(routing: JsonDict, variants: list[JsonDict]) -> None:
    kind, canary, step = routing["Type"], routing.get("CanarySize"), routing.get("LinearStepSize")
    if kind != "CANARY" and canary:
        raise validation(f"CanarySize belongs to traffic routing of the type CANARY, not {kind}.")
    if kind != "LINEAR" and step:
        raise validation(f"LinearStepSize belongs to traffic routing of the type LINEAR, not {kind}.")
    if kind == "CANARY":
        if not canary:
            raise validation("Traffic routing of the type CANARY needs a CanarySize.")
        _check_size("CanarySize", canary, variants, 1)
    if kind == "LINEAR":
        if not step:
            raise validation("Traffic routing of the type LINEAR needs a LinearStepSize.")
        _check_size("LinearStepSize", step, variants, STEP_PERCENT_MIN)


def _check_size(name: str, size: JsonDict, variants: list[JsonDict], percent_min: int) -> None:
    value = size["Value"]
    if size["Type"] == "CAPACITY_PERCENT":
        if not percent_min <= value <= PART_PERCENT_MAX:
            raise validation(
                f"{name} must be from {percent_min} to {PART_PERCENT_MAX} percent of a variant's capacity, not {value}."
            )
        return
    for variant in variants:
        count = variant["InitialInstanceCount"]
        if value * 100 > count * PART_PERCENT_MAX:
            raise validation(
                f"{name} must be at most {PART_PERCENT_MAX} percent of the instances: the variant "
                f"{variant['VariantName']} has {count}, {value} is too many. Give a CAPACITY_PERCENT instead."
            )
