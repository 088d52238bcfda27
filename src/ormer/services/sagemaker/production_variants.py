"""Production variants: what an endpoint configuration may say of them, and what DescribeEndpoint says at first.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError, validation
from ormer.services.sagemaker import job_requests
from ormer.services.sagemaker.models import MODEL
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

DEFAULT_WEIGHT = 1.0
INSTANCE_MEMBERS = ("InstanceType", "InitialInstanceCount")
# What a serverless variant has no use for. https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
NOT_SERVERLESS = ("AcceleratorType", "CoreDumpConfig", "ManagedInstanceScaling", "VolumeSizeInGB", "InstancePools")


def described(variant: JsonDict) -> JsonDict:
    """A variant as DescribeEndpointConfig answers it: its own words and AWS's default weight."""
    return {"InitialVariantWeight": DEFAULT_WEIGHT, **variant}


def check(call: Call, request: JsonDict) -> None:
    """Raise ValidationException for variants that cannot be served, alone or beside each other."""
    variants = request["ProductionVariants"]
    shadows = request.get("ShadowProductionVariants") or []
    names = [variant["VariantName"] for variant in (*variants, *shadows)]
    for name in names:
        if names.count(name) > 1:
            raise validation(
                f"Variant names must be unique within an endpoint configuration, {name} is given more than once."
            )
    for variant in (*variants, *shadows):
        _check_variant(call, variant)
    serverless = [variant for variant in (*variants, *shadows) if variant.get("ServerlessConfig")]
    if serverless:
        _check_serverless(call, request, names)
    if shadows:
        _check_shadows(variants, shadows)
    if all(variant.get("InitialVariantWeight", DEFAULT_WEIGHT) == 0 for variant in variants):
        raise validation("At least one production variant must have an InitialVariantWeight above 0.")


def model_of(call: Call, variant: JsonDict) -> Row:
    """The model a variant serves. Raises ValidationException when it is gone."""
    return MODEL.get(call, variant["ModelName"])


def _check_variant(call: Call, variant: JsonDict) -> None:
    name = variant["VariantName"]
    if not variant.get("ModelName"):
        raise AwsError(
            "ValidationException",
            f"The variant {name} names no model. Give a ModelName: endpoints of inference components are not there.",
        )
    model_of(call, variant)
    given = [member for member in INSTANCE_MEMBERS if variant.get(member) is not None]
    if variant.get("ServerlessConfig"):
        extra = given + [member for member in NOT_SERVERLESS if variant.get(member)]
        if extra:
            raise validation(
                f"The variant {name} has a ServerlessConfig and must not have {', '.join(extra)}: "
                "a serverless variant has no instances of its own."
            )
        config = variant["ServerlessConfig"]
        if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
            raise validation(
                f"ProvisionedConcurrency of the variant {name} must not be above its MaxConcurrency of "
                f"{config['MaxConcurrency']}."
            )
        return
    missing = [member for member in INSTANCE_MEMBERS if member not in given]
    if missing:
        raise validation(
            f"The variant {name} lacks {' and '.join(missing)}. Give InstanceType and InitialInstanceCount, or a "
            "ServerlessConfig."
        )
    check_count(name, variant["InitialInstanceCount"])


def check_count(name: str, count: int) -> None:
    """Raise AWS's limit error for more instances than one machine can stand for."""
    if count > job_requests.INSTANCES_MAX:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The variant {name} asks for {count} instances; ormer runs up to {job_requests.INSTANCES_MAX} of a "
            "variant. Ask for fewer.",
        )


def _check_serverless(call: Call, request: JsonDict, names: list[str]) -> None:
    if len(names) > 1:
        raise validation("An endpoint configuration with a ServerlessConfig can have one production variant only.")
    if request.get("AsyncInferenceConfig"):
        raise validation("AsyncInferenceConfig cannot be combined with a ServerlessConfig.")
    capture = request.get("DataCaptureConfig")
    if capture and capture.get("EnableCapture", True):
        raise validation("DataCaptureConfig cannot be combined with a ServerlessConfig: switch EnableCapture off.")
    model = model_of(call, request["ProductionVariants"][0]).document
    containers = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    if any(container.get("Mode") == "MultiModel" for container in containers):
        raise validation("A multi-model container cannot be served by a serverless variant.")


def _check_shadows(variants: list[JsonDict], shadows: list[JsonDict]) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html"""
    if len(variants) > 1 or len(shadows) > 1:
        raise validation(
            "An endpoint configuration with ShadowProductionVariants must have exactly one production variant and one "
            f"shadow variant, this one has {len(variants)} and {len(shadows)}."
        )


def summary(variant: JsonDict) -> JsonDict:
    """A variant of an endpoint that is being made, as DescribeEndpoint answers it before anything runs."""
    found: JsonDict = {"VariantName": variant["VariantName"], "CurrentWeight": 0.0}
    found["DesiredWeight"] = variant.get("InitialVariantWeight", DEFAULT_WEIGHT)
    if variant.get("ServerlessConfig"):
        return {**found, "DesiredServerlessConfig": variant["ServerlessConfig"]}
    return {**found, "CurrentInstanceCount": 0, "DesiredInstanceCount": variant["InitialInstanceCount"]}
