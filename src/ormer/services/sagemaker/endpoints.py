"""Endpoints: the operations. What makes them true is the hosting engine.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html

An operation leaves what it asks for in the row's facts, as `wanted`; the engine takes it from there. A configuration
and its models are copied at that moment, so that deleting them later changes no endpoint.
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.errors import validation
from ormer.services.sagemaker import deployment_configs, production_variants
from ormer.services.sagemaker.endpoint_configs import ENDPOINT_CONFIG
from ormer.stores import model_activity, resources
from ormer.stores.monitoring import schedules
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

ENDPOINT = Noun(
    "Endpoint",
    name="EndpointName",
    arn="endpoint/{name}",
    plural="Endpoints",
    missing=("ValidationException", 'Could not find endpoint "{arn}".'),
    taken=("ValidationException", 'Cannot create already existing endpoint "{arn}".'),
)
# From these an endpoint can be changed. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
SETTLED = ("InService", "OutOfService", "UpdateRollbackFailed")
ID_CHARACTERS = 12


def create_endpoint(call: Call, request: JsonDict) -> JsonDict:
    """Serve what a configuration names. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html

    Errors: ValidationException for a taken name, a missing configuration, and a DeploymentConfig that contradicts it.
    """
    config = ENDPOINT_CONFIG.get(call, request["EndpointConfigName"])
    if request.get("DeploymentConfig"):
        deployment_configs.check(request["DeploymentConfig"], config.document["ProductionVariants"])
    document = {"EndpointConfigName": config.name, **_first_words(config.document)}
    if request.get("DeploymentConfig"):
        document["LastDeploymentConfig"] = request["DeploymentConfig"]
    row = ENDPOINT.create(
        call,
        {key: value for key, value in request.items() if key != "DeploymentConfig"},
        document=document,
        status="Creating",
        facts={
            "id": uuid.uuid4().hex[:ID_CHARACTERS],
            **_asked(_wanted(call, config, request.get("DeploymentConfig") or {})),
        },
    )
    return {"EndpointArn": row.arn}


(describe_endpoint, list_endpoints) = ENDPOINT.crud("describe list")


def update_endpoint(call: Call, request: JsonDict) -> JsonDict:
    """Move an endpoint to another configuration while it serves.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html

    Errors: ValidationException for a missing endpoint or configuration, for one that is being changed, and for a
    DeploymentConfig that contradicts the configuration.
    """
    excluded = [each["VariantPropertyType"] for each in request.get("ExcludeRetainedVariantProperties") or ()]
    if excluded and not request.get("RetainAllVariantProperties"):
        raise validation("ExcludeRetainedVariantProperties needs RetainAllVariantProperties to be true.")
    with call.write():
        row = _settled(call, request["EndpointName"])
        config = ENDPOINT_CONFIG.get(call, request["EndpointConfigName"])
        deployment = request.get("DeploymentConfig") or {}
        if not deployment and request.get("RetainDeploymentConfig"):
            deployment = row.document.get("LastDeploymentConfig") or {}
        if deployment:
            deployment_configs.check(deployment, config.document["ProductionVariants"])
        wanted = _wanted(call, config, deployment)
        if request.get("RetainAllVariantProperties"):
            wanted["config"] = _retaining(row, wanted["config"], set(excluded))
            wanted["retain_capture"] = "DataCaptureConfig" not in excluded
        _ask(call, row, wanted)
    return {"EndpointArn": row.arn}


def update_endpoint_weights_and_capacities(call: Call, request: JsonDict) -> JsonDict:
    """Change variants' weights, instance counts and serverless capacity.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpointWeightsAndCapacities.html

    Errors: ValidationException for a missing endpoint, one that is being changed, or a variant it does not have;
    ResourceLimitExceeded for more instances than this machine can stand for.
    """
    with call.write():
        row = _settled(call, request["EndpointName"])
        known = {
            each["VariantName"]: each
            for each in (*row.document["ProductionVariants"], *row.document.get("ShadowProductionVariants", ()))
        }
        for change in request["DesiredWeightsAndCapacities"]:
            _check_change(row, known, change)
        _ask(call, row, {"scale": request["DesiredWeightsAndCapacities"]})
    return {"EndpointArn": row.arn}


def delete_endpoint(call: Call, request: JsonDict) -> JsonDict:
    """Stop serving and forget the endpoint. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpoint.html

    Differs: an endpoint may be deleted while it is being made or changed; AWS lets one wait for that.
    Errors: ValidationException when there is none, and while monitoring schedules watch it.
    """
    with call.write() as tx:
        row = ENDPOINT.get(call, request["EndpointName"])
        watching = schedules.having(tx, call.account, call.region, EndpointName=row.name)
        if watching:
            raise validation(
                f'Cannot delete endpoint "{row.arn}" because it has monitoring schedules: {", ".join(watching)}. '
                "Delete them by DeleteMonitoringSchedule first."
            )
        if row.status != "Deleting":
            states = {*SETTLED, "Creating", "Updating", "SystemUpdating", "RollingBack", "Failed"}
            resources.advance(tx, row.arn, "Deleting", now=call.now, expect=states, actor=call.identity.arn)
    return {}


def _settled(call: Call, name: str) -> Row:
    """The endpoint when it can be changed now; ValidationException says why not."""
    row = ENDPOINT.get(call, name)
    if row.status == "Failed":
        raise validation(
            f'Cannot update endpoint "{row.arn}" because it is in state "Failed". Delete it and create it again.'
        )
    if row.status not in SETTLED:
        raise validation(
            f'Cannot update in-progress endpoint "{row.arn}": it is in state "{row.status}". Wait for InService.'
        )
    return row


def _ask(call: Call, row: Row, wanted: JsonDict) -> None:
    with call.write() as tx:
        resources.advance(
            tx,
            row.arn,
            "Updating",
            now=call.now,
            expect=SETTLED,
            change={"LastModifiedBy": call.actor},
            facts=_asked(wanted, row),
            actor=call.identity.arn,
        )


def _asked(wanted: JsonDict, row: Row | None = None) -> JsonDict:
    """The facts of a wish: what is wanted, and which versions the configurations that may come to serve are made of."""
    if "config" not in wanted:
        return {"wanted": wanted}
    served = [wanted["models"][each["ModelName"]] for each in wanted["config"]["ProductionVariants"]]
    packages = {wanted["config"]["EndpointConfigName"]: model_activity.packages_of(served)}
    if row is not None:
        # A deployment that fails goes back to this one.
        now = row.document["EndpointConfigName"]
        packages = {now: row.facts.get(model_activity.PACKAGES, {}).get(now, []), **packages}
    return {"wanted": wanted, model_activity.PACKAGES: packages}


def _wanted(call: Call, config: Row, deployment: JsonDict) -> JsonDict:
    """What the engine is asked to serve: the configuration, its models, and how to get there."""
    document = config.document
    variants = [*document["ProductionVariants"], *document.get("ShadowProductionVariants", ())]
    models = {each["ModelName"]: production_variants.model_of(call, each).document for each in variants}
    return {"config": document, "models": models, "deployment": deployment}


def _first_words(config: JsonDict) -> JsonDict:
    """What DescribeEndpoint says of a configuration before anything runs."""
    words: JsonDict = {
        "ProductionVariants": [production_variants.summary(each) for each in config["ProductionVariants"]]
    }
    if config.get("ShadowProductionVariants"):
        words["ShadowProductionVariants"] = [
            production_variants.summary(each) for each in config["ShadowProductionVariants"]
        ]
    return words


def _retaining(row: Row, config: JsonDict, excluded: set[str]) -> JsonDict:
    """The configuration with the counts and weights that the endpoint's variants of the same name have now.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VariantProperty.html
    """
    now = {each["VariantName"]: each for each in row.document["ProductionVariants"]}
    variants = []
    for variant in config["ProductionVariants"]:
        held = now.get(variant["VariantName"], {})
        kept = dict(variant)
        if "DesiredInstanceCount" not in excluded and held.get("DesiredInstanceCount") and "InstanceType" in variant:
            kept["InitialInstanceCount"] = held["DesiredInstanceCount"]
        if "DesiredWeight" not in excluded and "DesiredWeight" in held:
            kept["InitialVariantWeight"] = held["DesiredWeight"]
        variants.append(kept)
    return {**config, "ProductionVariants": variants}


def _check_change(row: Row, known: JsonDict, change: JsonDict) -> None:
    name = change["VariantName"]
    held = known.get(name)
    if held is None:
        raise validation(
            f'The variant "{name}" does not exist in endpoint "{row.arn}". Its variants are: {", ".join(known)}.'
        )
    serverless = held.get("CurrentServerlessConfig")
    if change.get("ServerlessUpdateConfig") and not serverless:
        raise validation(f'ServerlessUpdateConfig cannot be used: the variant "{name}" is not serverless.')
    if change.get("DesiredInstanceCount") is not None:
        if serverless:
            raise validation(f'DesiredInstanceCount cannot be used: the variant "{name}" is serverless.')
        production_variants.check_count(name, change["DesiredInstanceCount"])
    # Only what waits in a queue can wait for an instance.
    if change.get("DesiredInstanceCount") == 0 and not row.document.get("AsyncInferenceConfig"):
        raise validation(
            f'DesiredInstanceCount of the variant "{name}" must be at least 1; delete the endpoint to stop it.'
        )
