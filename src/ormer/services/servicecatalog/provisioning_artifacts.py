"""Versions of products, what they ask for, and the paths they are launched by.

https://docs.aws.amazon.com/servicecatalog/latest/userguide/enduser-launch.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.servicecatalog.products import TYPE, artifact, product_of
from ormer.stores import products
from ormer.stores.port import Call
from ormer.stores.products import Product

JsonDict = dict[str, Any]
CONSTRAINTS = ("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue")


def list_provisioning_artifacts(call: Call, request: JsonDict) -> JsonDict:
    """List a product's versions: there is one.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListProvisioningArtifacts.html
    Errors: ResourceNotFoundException.
    """
    return {"ProvisioningArtifactDetails": [_detail(product_of(request["ProductId"], None))]}


def describe_provisioning_artifact(call: Call, request: JsonDict) -> JsonDict:
    """Answer one version of a product, with its parameters when they are asked for.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningArtifact.html
    Errors: ResourceNotFoundException.
    """
    product = _asked(request)
    answer: JsonDict = {"ProvisioningArtifactDetail": _detail(product), "Info": {}, "Status": "AVAILABLE"}
    if request.get("IncludeProvisioningArtifactParameters"):
        answer["ProvisioningArtifactParameters"] = _parameters(product)
    return answer


def describe_provisioning_parameters(call: Call, request: JsonDict) -> JsonDict:
    """Tell what a version of a product asks for; SageMaker itself gives a project's name and id.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningParameters.html
    Errors: ResourceNotFoundException.
    """
    product = _asked(request)
    for member, only in (("PathId", product.path_id), ("PathName", products.LAUNCH_PATH)):
        if request.get(member, only) != only:
            raise AwsError("ResourceNotFoundException", f"LaunchPath {request[member]} not found.")
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
    """List the paths by which a product is launched: there is one.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListLaunchPaths.html
    Errors: ResourceNotFoundException.
    """
    product = product_of(request["ProductId"], None)
    path = {"Id": product.path_id, "Name": products.LAUNCH_PATH, "ConstraintSummaries": [], "Tags": []}
    return {"LaunchPathSummaries": [path]}


def _asked(request: JsonDict) -> Product:
    """The product whose version a request names."""
    product = product_of(request.get("ProductId"), request.get("ProductName"))
    names = {"ProvisioningArtifactId": product.artifact_id, "ProvisioningArtifactName": products.VERSION}
    for member, only in names.items():
        if request.get(member, only) != only:
            raise AwsError("ResourceNotFoundException", f"ProvisioningArtifact {request[member]} not found.")
    return product


def _detail(product: Product) -> JsonDict:
    return {**artifact(product), "Type": TYPE, "Active": True}


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
