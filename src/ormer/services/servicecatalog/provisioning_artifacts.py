"""Versions of products, what they ask for, and the paths they are launched by.

https://docs.aws.amazon.com/servicecatalog/latest/userguide/enduser-launch.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.servicecatalog.products import TYPE, artifact, offer_of
from ormer.stores import catalogs
from ormer.stores.offers import Offer
from ormer.stores.port import Call
from ormer.stores.products import Product

JsonDict = dict[str, Any]
CONSTRAINTS = ("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue")


def list_provisioning_artifacts(call: Call, request: JsonDict) -> JsonDict:
    """List a product's versions, oldest first; a built-in template has one.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListProvisioningArtifacts.html
    Errors: ResourceNotFoundException.
    """
    offer = offer_of(call, request["ProductId"], None)
    return {"ProvisioningArtifactDetails": [version_detail(one) for one in offer.versions]}


def describe_provisioning_artifact(call: Call, request: JsonDict) -> JsonDict:
    """Answer one version of a product, with its parameters when they are asked for.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningArtifact.html
    Errors: ResourceNotFoundException.
    """
    _, product = _asked(call, request)
    answer: JsonDict = {"ProvisioningArtifactDetail": version_detail(product), "Info": {}, "Status": "AVAILABLE"}
    if request.get("IncludeProvisioningArtifactParameters"):
        answer["ProvisioningArtifactParameters"] = _parameters(product)
    return answer


def describe_provisioning_parameters(call: Call, request: JsonDict) -> JsonDict:
    """Tell what a version of a product asks for; SageMaker itself gives a project's name and id.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningParameters.html
    Errors: ResourceNotFoundException.
    """
    offer, product = _asked(call, request)
    _path(offer, request)
    outputs = product.document.get("Outputs") or {}
    return {
        "ProvisioningArtifactParameters": _parameters(product),
        "ConstraintSummaries": [],
        "UsageInstructions": [],
        "TagOptions": [],
        "ProvisioningArtifactOutputKeys": [
            {"Key": name, "Description": str(declared.get("Description", ""))} for name, declared in outputs.items()
        ],
    }


def list_launch_paths(call: Call, request: JsonDict) -> JsonDict:
    """List the paths by which the caller may launch a product.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListLaunchPaths.html
    Errors: ResourceNotFoundException.
    """
    offer = offer_of(call, request["ProductId"], None)
    return {
        "LaunchPathSummaries": [
            {"Id": key, "Name": name, "ConstraintSummaries": [], "Tags": []} for key, name in offer.paths.items()
        ]
    }


def version_detail(product: Product) -> JsonDict:
    """One version with what its owner says of it."""
    shown = artifact(product)
    own = product.own[catalogs.VERSIONS] if product.own else []
    is_active = all(one["Active"] for one in own if one["Id"] == product.artifact_id)
    return {**shown, "Type": TYPE, "Active": is_active}


def _asked(call: Call, request: JsonDict) -> tuple[Offer, Product]:
    """The product and version that a request names."""
    offer = offer_of(call, request.get("ProductId"), request.get("ProductName"))
    identifier, name = request.get("ProvisioningArtifactId"), request.get("ProvisioningArtifactName")
    version = offer.version(identifier, name)
    if version is None:
        raise AwsError("ResourceNotFoundException", f"ProvisioningArtifact {identifier or name} not found.")
    return offer, version


def _path(offer: Offer, request: JsonDict) -> None:
    """Raise ResourceNotFoundException for a launch path that the caller does not have."""
    identifier, name = request.get("PathId"), request.get("PathName")
    if not any(identifier in (None, key) and name in (None, title) for key, title in offer.paths.items()):
        raise AwsError("ResourceNotFoundException", f"LaunchPath {identifier or name} not found.")


def _parameters(product: Product) -> list[JsonDict]:
    return [_parameter(name, declared) for name, declared in (product.document.get("Parameters") or {}).items()]


def _parameter(name: str, declared: JsonDict) -> JsonDict:
    shown = {
        "ParameterKey": name,
        "ParameterType": declared.get("Type", "String"),
        "IsNoEcho": str(declared.get("NoEcho", False)).lower() == "true",
        "Description": declared.get("Description", ""),
    }
    constraints = {key: str(declared[key]) for key in CONSTRAINTS if key in declared}
    if "AllowedValues" in declared:
        constraints["AllowedValues"] = [_text(value) for value in declared["AllowedValues"]]
    shown["ParameterConstraints"] = constraints
    return shown | ({"DefaultValue": _text(declared["Default"])} if "Default" in declared else {})


def _text(value: Any) -> str:
    """A value as CloudFormation spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
