"""Endpoint configurations: which models an endpoint serves, on what, and what it captures.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.services.sagemaker import job_requests, production_variants
from ormer.stores.nouns import Noun
from ormer.stores.port import Call

JsonDict = dict[str, Any]

ENDPOINT_CONFIG = Noun(
    "EndpointConfig",
    name="EndpointConfigName",
    arn="endpoint-config/{name}",
    plural="EndpointConfigs",
    missing=("ValidationException", 'Could not find endpoint configuration "{arn}".'),
    taken=("ValidationException", 'Cannot create already existing endpoint configuration "{arn}".'),
)


def create_endpoint_config(call: Call, request: JsonDict) -> JsonDict:
    """Say how models are to be served. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html

    Errors: ValidationException for a taken name, a missing model, and for variants that contradict each other;
    ResourceLimitExceeded for more instances than this machine can stand for.
    """
    production_variants.check(call, request)
    _check_async(request)
    _check_explainer(request)
    if request.get("ExecutionRoleArn"):
        job_requests.check_role(call, request["ExecutionRoleArn"])
    document: JsonDict = {"EnableNetworkIsolation": request.get("EnableNetworkIsolation", False)}
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        if request.get(member):
            document[member] = [production_variants.described(variant) for variant in request[member]]
    return {"EndpointConfigArn": ENDPOINT_CONFIG.create(call, request, document=document).arn}


(describe_endpoint_config, list_endpoint_configs) = ENDPOINT_CONFIG.crud("describe list")


def delete_endpoint_config(call: Call, request: JsonDict) -> JsonDict:
    """Delete a configuration. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpointConfig.html

    An endpoint that was made of it goes on: it keeps what it needs.
    Errors: ValidationException when there is none.
    """
    with call.write():
        ENDPOINT_CONFIG.remove(call, ENDPOINT_CONFIG.get(call, request["EndpointConfigName"]))
    return {}


def _check_async(request: JsonDict) -> None:
    config = request.get("AsyncInferenceConfig")
    if not config:
        return
    if request.get("ShadowProductionVariants"):
        raise validation("ShadowProductionVariants cannot be combined with an AsyncInferenceConfig.")
    if len(request["ProductionVariants"]) > 1:
        raise validation("An endpoint configuration with an AsyncInferenceConfig can have one production variant only.")
    topics = config["OutputConfig"].get("NotificationConfig") or {}
    if topics.get("IncludeInferenceResponseIn") and not (topics.get("SuccessTopic") or topics.get("ErrorTopic")):
        raise validation("IncludeInferenceResponseIn needs a SuccessTopic or an ErrorTopic to send the response to.")


def _check_explainer(request: JsonDict) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClarifyExplainerConfig.html"""
    config = (request.get("ExplainerConfig") or {}).get("ClarifyExplainerConfig")
    if not config:
        return
    if any(variant.get("ServerlessConfig") for variant in request["ProductionVariants"]):
        raise validation("An ExplainerConfig needs instances: it cannot be combined with a ServerlessConfig.")
    shap = config["ShapConfig"]
    baseline = shap["ShapBaselineConfig"]
    if bool(baseline.get("ShapBaseline")) == bool(baseline.get("ShapBaselineUri")):
        raise validation("ShapBaselineConfig must have either a ShapBaseline or a ShapBaselineUri, and not both.")
    kinds = (config.get("InferenceConfig") or {}).get("FeatureTypes") or []
    if "text" in kinds and not shap.get("TextConfig"):
        raise validation("FeatureTypes names a text: ShapConfig needs a TextConfig that says what it is made up of.")
