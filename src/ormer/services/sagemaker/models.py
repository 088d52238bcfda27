"""Models: what is served, as containers with their archives.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.services.sagemaker import job_requests
from ormer.stores.nouns import Noun
from ormer.stores.port import Call

JsonDict = dict[str, Any]

MODEL = Noun(
    "Model",
    name="ModelName",
    arn="model/{name}",
    plural="Models",
    missing=("ValidationException", 'Could not find model "{arn}".'),
    taken=("ValidationException", 'Cannot create already existing model "{arn}".'),
)


def create_model(call: Call, request: JsonDict) -> JsonDict:
    """Name what can be served. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html

    The form that was given is kept: PrimaryContainer or Containers, an image or a ModelPackageName.
    Differs: the model data is looked for when it is served, not here.
    Errors: ValidationException for a taken name, for a missing model package, and for an image that is not mapped.
    """
    primary, several = request.get("PrimaryContainer"), request.get("Containers")
    if bool(primary) == bool(several):
        raise validation("Give either PrimaryContainer or Containers.")
    if request.get("ExecutionRoleArn"):
        job_requests.check_role(call, request["ExecutionRoleArn"])
    for container in several or [primary]:
        _check_container(call, container)
    document: JsonDict = {"EnableNetworkIsolation": request.get("EnableNetworkIsolation", False)}
    if primary:
        document["PrimaryContainer"] = _described(primary)
    else:
        document["Containers"] = [_described(each) for each in several or ()]
    return {"ModelArn": MODEL.create(call, request, document=document).arn}


(describe_model, list_models) = MODEL.crud("describe list")


def delete_model(call: Call, request: JsonDict) -> JsonDict:
    """Delete a model; what was made of it stays. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModel.html

    Errors: ValidationException when there is none.
    """
    with call.write():
        MODEL.remove(call, MODEL.get(call, request["ModelName"]))
    return {}


def _check_container(call: Call, container: JsonDict) -> None:
    if container.get("ModelPackageName"):
        call.api("sagemaker", "DescribeModelPackage", {"ModelPackageName": container["ModelPackageName"]})
    elif container.get("Image"):
        job_requests.mapped_image(call, container["Image"])
    else:
        raise validation("Every container needs an Image or a ModelPackageName.")


def _described(container: JsonDict) -> JsonDict:
    """A container as DescribeModel answers it: its own words and AWS's defaults."""
    if container.get("ModelPackageName"):
        return {"Environment": {}, **container}
    return {"Mode": "SingleModel", "Environment": {}, **container}
