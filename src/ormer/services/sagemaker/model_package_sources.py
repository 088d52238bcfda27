"""What a version takes over from the model or the package that its SourceUri names."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.stores import resources
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# What a model's container tells that a package's container tells by the same name.
CONTAINER = ("ContainerHostname", "Image", "ModelDataUrl", "ModelDataSource", "Environment")


def taken_over(call: Call, request: JsonDict) -> JsonDict:
    """The InferenceSpecification of the source, {} when the request has one or its SourceUri is no ARN of the two.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html: a package's ARN clones the
    package, a model's ARN registers the model. ValidationException when the ARN leads to nothing.
    """
    source = request.get("SourceUri", "")
    if "InferenceSpecification" in request or not source.startswith("arn:"):
        return {}
    with call.read() as tx:
        row = resources.get(tx, source)
    if row is None or row.kind not in ("Model", "ModelPackage"):
        raise validation(f"SourceUri {source} leads to no model and to no model package. List what there is and retry.")
    if row.kind == "ModelPackage":
        names = ("InferenceSpecification", "AdditionalInferenceSpecifications")
        return {name: row.document[name] for name in names if name in row.document}
    containers = row.document.get("Containers") or [row.document.get("PrimaryContainer", {})]
    return {"InferenceSpecification": {"Containers": [each for one in containers for each in _containers(call, one)]}}


def _containers(call: Call, container: JsonDict) -> list[JsonDict]:
    """A model's container as those of a package: one that is a package itself is that package's."""
    if "ModelPackageName" not in container:
        return [{name: container[name] for name in CONTAINER if name in container}]
    with call.read() as tx:
        package = resources.get(tx, container["ModelPackageName"])
    if package is None:
        raise validation(f"The model's package {container['ModelPackageName']} does not exist any more.")
    found: list[JsonDict] = package.document.get("InferenceSpecification", {}).get("Containers", [])
    return found
