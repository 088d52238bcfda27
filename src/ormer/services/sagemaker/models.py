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
    Differs: AdditionalModelDataSources are refused: put such files into the model's own archive.
    Errors: ValidationException for a taken name, for a missing model package, for an image that is not mapped, and for
    containers that contradict each other.
    """
    primary, several = request.get("PrimaryContainer"), request.get("Containers")
    if bool(primary) == bool(several):
        raise validation("Give either PrimaryContainer or Containers.")
    if request.get("ExecutionRoleArn"):
        job_requests.check_role(call, request["ExecutionRoleArn"])
    containers = several or [primary]
    for container in containers:
        _check_container(call, container)
    _check_together(request, containers)
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
    if container.get("ModelPackageName") and container.get("Image"):
        raise validation("Give either an Image or a ModelPackageName for a container, not both.")
    if container.get("ModelDataUrl") and container.get("ModelDataSource"):
        raise validation("Give either a ModelDataUrl or a ModelDataSource for a container, not both.")
    if container.get("AdditionalModelDataSources"):
        raise validation("AdditionalModelDataSources are not there: put the files into the model's own archive.")
    if container.get("Mode") == "MultiModel" and not container.get("ModelDataUrl"):
        raise validation("A container of the mode MultiModel needs the ModelDataUrl below which its models lie.")
    if container.get("ModelPackageName"):
        call.api("sagemaker", "DescribeModelPackage", {"ModelPackageName": container["ModelPackageName"]})
    elif container.get("Image"):
        job_requests.mapped_image(call, container["Image"])
    else:
        raise validation("Every container needs an Image or a ModelPackageName.")


def _check_together(request: JsonDict, containers: list[JsonDict]) -> None:
    if len(containers) > 1 and any(container.get("Mode") == "MultiModel" for container in containers):
        raise validation("A container of the mode MultiModel must be a model's only container.")
    execution = request.get("InferenceExecutionConfig")
    if not execution:
        return
    if len(containers) < 2:
        raise validation("InferenceExecutionConfig is for models of several Containers.")
    names = [container.get("ContainerHostname") for container in containers]
    if execution["Mode"] == "Direct" and (None in names or len(set(names)) < len(names)):
        raise validation("To be invoked directly, every container needs a ContainerHostname of its own.")


def _described(container: JsonDict) -> JsonDict:
    """A container as DescribeModel answers it: its own words and AWS's defaults."""
    if container.get("ModelPackageName"):
        return {"Environment": {}, **container}
    return {"Mode": "SingleModel", "Environment": {}, **container}
