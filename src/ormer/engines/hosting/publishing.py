"""From what is kept and what is true to the route that the invoke lane reads."""

from __future__ import annotations

from typing import Any

from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.records import Fleet, State
from ormer.engines.hosting.routes import AsyncOutput, Capture, Route, Variant
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def route_of(row: Row, state: State, crew: Crew) -> Route | None:
    """The endpoint's route; None while no fleet has a part in its traffic."""
    serving = [fleet for fleet in state.fleets if fleet.share > 0]
    if not serving:
        return None
    config = state.config
    if not config and state.deployment is not None and state.deployment.config:
        config = state.deployment.config
    return Route(
        arn=row.arn,
        account=row.account,
        region=row.region,
        name=row.name,
        config_name=config["EndpointConfigName"],
        variants=tuple(_variant(fleet, crew) for fleet in serving if not fleet.shadow),
        shadows=tuple(_variant(fleet, crew) for fleet in serving if fleet.shadow),
        capture=_capture(config.get("DataCaptureConfig")),
        async_output=_async_output(config.get("AsyncInferenceConfig")),
        role_arn=serving[0].role_arn,
    )


def _variant(fleet: Fleet, crew: Crew) -> Variant:
    evaluator = crew.evaluators.get(fleet.number)
    serverless = fleet.serverless
    return Variant(
        name=fleet.name,
        weight=fleet.weight * fleet.share,
        instances=tuple(process.instance for process in crew.serving(fleet)),
        evaluator=evaluator,
        model_name=fleet.variant["ModelName"],
        multi_model=fleet.multi_model,
        wake=crew.wakes.get(fleet.number) if serverless or evaluator is not None else None,
        concurrency_max=serverless["MaxConcurrency"] if serverless else None,
    )


def _capture(config: JsonDict | None) -> Capture | None:
    if not config or not config.get("EnableCapture", True):
        return None
    modes = {each["CaptureMode"] for each in config["CaptureOptions"]}
    types = config.get("CaptureContentTypeHeader") or {}
    return Capture(
        destination_uri=config["DestinationS3Uri"],
        percentage=config["InitialSamplingPercentage"],
        inputs=bool(modes & {"Input", "InputAndOutput"}),
        outputs=bool(modes & {"Output", "InputAndOutput"}),
        csv_types=frozenset(each.lower() for each in types.get("CsvContentTypes", ())),
        json_types=frozenset(each.lower() for each in types.get("JsonContentTypes", ())),
        kms_key_id=config.get("KmsKeyId", ""),
    )


def _async_output(config: JsonDict | None) -> AsyncOutput | None:
    if not config:
        return None
    output, topics = config["OutputConfig"], config["OutputConfig"].get("NotificationConfig") or {}
    return AsyncOutput(
        output_uri=output.get("S3OutputPath", ""),
        failure_uri=output.get("S3FailurePath", ""),
        success_topic=topics.get("SuccessTopic", ""),
        error_topic=topics.get("ErrorTopic", ""),
        topics_with_response=frozenset(topics.get("IncludeInferenceResponseIn", ())),
        concurrency_max=(config.get("ClientConfig") or {}).get("MaxConcurrentInvocationsPerInstance"),
        kms_key_id=output.get("KmsKeyId", ""),
    )
