"""Arguments of a step against the request they become: structure when a pipeline is made, types when a step starts.

A step's Arguments are a CreateXJob request without the job's name, in which functions may stand for values. What AWS's
model can tell before a run is told before the run: unknown members, missing ones, objects where lists belong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.engines.pipelines.expressions import GET, is_function, text_of


@dataclass(frozen=True)
class Job:
    """The operations behind a kind of step, and the members they name the job by.

    name: the member of its name, "" where AWS numbers it. arn: the member of its ARN in Create's answer.
    status: the member of its status, "" for what is made at once. metadata: the step's member in Metadata.
    """

    create: str
    describe: str
    stop: str
    name: str
    arn: str
    status: str
    metadata: str


PROCESSING = Job(
    "CreateProcessingJob",
    "DescribeProcessingJob",
    "StopProcessingJob",
    "ProcessingJobName",
    "ProcessingJobArn",
    "ProcessingJobStatus",
    "ProcessingJob",
)
JOBS: Mapping[str, Job] = {
    "Processing": PROCESSING,
    "QualityCheck": PROCESSING,
    "ClarifyCheck": PROCESSING,
    "Training": Job(
        "CreateTrainingJob",
        "DescribeTrainingJob",
        "StopTrainingJob",
        "TrainingJobName",
        "TrainingJobArn",
        "TrainingJobStatus",
        "TrainingJob",
    ),
    "Transform": Job(
        "CreateTransformJob",
        "DescribeTransformJob",
        "StopTransformJob",
        "TransformJobName",
        "TransformJobArn",
        "TransformJobStatus",
        "TransformJob",
    ),
    "Tuning": Job(
        "CreateHyperParameterTuningJob",
        "DescribeHyperParameterTuningJob",
        "StopHyperParameterTuningJob",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobArn",
        "HyperParameterTuningJobStatus",
        "TuningJob",
    ),
    "AutoML": Job(
        "CreateAutoMLJob",
        "DescribeAutoMLJob",
        "StopAutoMLJob",
        "AutoMLJobName",
        "AutoMLJobArn",
        "AutoMLJobStatus",
        "AutoMLJob",
    ),
    "Model": Job("CreateModel", "DescribeModel", "", "ModelName", "ModelArn", "", "Model"),
    "RegisterModel": Job(
        "CreateModelPackage", "DescribeModelPackage", "", "ModelPackageName", "ModelPackageArn", "", "RegisterModel"
    ),
}
# AWS's registering step takes no name: versions are numbered in their group.
UNNAMED = frozenset({"RegisterModel"})


def faults(value: Any, shape: Shape, given: frozenset[str] = frozenset(), where: str = "") -> Iterator[str]:
    """What is wrong with the structure of Arguments, in AWS's words where they are known.

    given: required members that the engine supplies itself.
    """
    if value is None:
        return
    if is_function(value):
        if _holds_many(shape) and str(value.get(GET, "")).startswith(("Parameters.", "Execution.")):
            yield _expected(shape, where)
        return
    if isinstance(shape, StructureShape):
        yield from _structure_faults(value, shape, given, where)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield _expected(shape, where)
            return
        for index, inner in enumerate(value):
            yield from faults(inner, shape.member, where=f"{where}[{index}]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield _expected(shape, where)
            return
        for key, inner in value.items():
            yield from faults(inner, shape.value, where=f"{where}['{key}']")
    elif isinstance(value, dict | list):
        yield f"Expecting a {shape.type_name} at {where or 'the top of Arguments'}, found {type(value).__name__}."


def coerce(value: Any, shape: Shape) -> Any:
    """Resolved arguments in the model's types: a number that stands where AWS wants text becomes text, and back.

    Parameters and properties have types of their own; AWS converts them by the member they are put in.
    """
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            key: coerce(inner, shape.members[key]) if key in shape.members else inner for key, inner in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [coerce(inner, shape.member) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: coerce(inner, shape.value) for key, inner in value.items()}
    if shape.type_name == "string" and isinstance(value, bool | int | float):
        return text_of(value)
    if isinstance(value, str):
        return _from_text(value, shape.type_name)
    if shape.type_name in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _from_text(text: str, type_name: str) -> Any:
    try:
        if type_name in ("integer", "long"):
            return int(text)
        if type_name in ("float", "double"):
            return float(text)
    except ValueError:
        # The operation's own check names the member and the value.
        return text
    if type_name == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def _structure_faults(value: Any, shape: StructureShape, given: frozenset[str], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _expected(shape, where)
        return
    for name, inner in value.items():
        if name not in shape.members:
            yield f"Unknown Argument member '{name}'{' in ' + where if where else ''}."
        else:
            yield from faults(inner, shape.members[name], where=f"{where}.{name}".lstrip("."))
    for name in shape.required_members:
        if name not in given and value.get(name) is None:
            yield f"Missing required Argument member '{name}'{' in ' + where if where else ''}."


def _holds_many(shape: Shape) -> bool:
    return shape.type_name in ("structure", "list", "map")


def _expected(shape: Shape, where: str) -> str:
    what = "Array" if shape.type_name == "list" else "Object"
    return f"Expecting start of Json {what}.{' (' + where + ')' if where else ''}"
