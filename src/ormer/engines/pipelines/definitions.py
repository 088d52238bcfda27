"""A pipeline definition taken apart into steps, parameters and their dependencies; wrong ones are refused in words.

The language: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
Steps inside a condition's branches are flattened: each knows its branch, and needs its condition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ormer.aws.models import Models
from ormer.engines.pipelines import durations, expressions, parameters, retries
from ormer.engines.pipelines.arguments import JOBS
from ormer.engines.pipelines.declared_steps import (
    Cache,
    PropertyFile,
    Step,
    functions_of,
    references_of,
    refuse,
)
from ormer.engines.pipelines.definition_checks import check_cycles, check_members, check_outer, check_references
from ormer.engines.pipelines.parameters import Parameter

__all__ = ["Cache", "Definition", "PropertyFile", "Step", "functions_of", "parse"]
JsonDict = dict[str, Any]
VERSIONS = ("2020-12-01",)
DEFINITIONS_KEPT = 32
STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
# Step types AWS knows. Those that ormer does not run are accepted, and fail with a reason when they are reached.
TYPES = frozenset(
    {
        *("Processing", "Training", "Model", "Transform", "QualityCheck", "ClarifyCheck", "Condition", "RegisterModel"),
        *("Fail", "Callback", "Tuning", "Lambda", "EMR", "EMRServerless", "AutoML", "NotebookJob", "Endpoint", "Job"),
        *("EndpointConfig", "InferenceComponent", "Lineage", "Athena", "ForEach", "Cleanup", "BedrockCustomModel"),
        *("BedrockCustomModelDeployment", "BedrockProvisionedModelThroughput", "BedrockModelImport"),
    }
)


@dataclass(frozen=True)
class Definition:
    """A whole pipeline. `experiment` is its PipelineExperimentConfig, still with functions, or None."""

    steps: Mapping[str, Step]
    parameters: Mapping[str, Parameter]
    experiment: JsonDict | None


@lru_cache(DEFINITIONS_KEPT)
def parse(text: str, models: Models) -> Definition:
    """Take a definition apart. Raises ValidationException that names the step and says what to do.

    Definitions are values that nobody changes, so the last ones are kept: an execution looks at its own at every step.
    """
    raw = _loaded(text)
    declared = _parameters(raw.get("Parameters") or [])
    placed = list(_flattened(raw.get("Steps"), None))
    names: set[str] = set()
    for step, _ in placed:
        _check_outline(step, names)
    steps: dict[str, Step] = {}
    for position, (step, branch) in enumerate(placed):
        _check_functions(step)
        steps[step["Name"]] = _step(step, branch, position)
    for one in steps.values():
        check_references(one, steps, declared, models)
        check_members(one, steps, models)
    check_cycles(steps)
    experiment = raw.get("PipelineExperimentConfig")
    for found in references_of(experiment, "PipelineExperimentConfig"):
        check_outer(found, declared, "PipelineExperimentConfig")
    return Definition(steps, declared, experiment)


def _loaded(text: str) -> JsonDict:
    try:
        raw = json.loads(text)
    except ValueError as error:
        refuse(f"It is not valid JSON: {error}.")
    if not isinstance(raw, dict):
        refuse("Expecting start of Json Object.")
    if raw.get("Version") not in VERSIONS:
        refuse(f"Version is {raw.get('Version')!r}; it must be '{VERSIONS[0]}'.")
    return raw


def _parameters(raw: Any) -> dict[str, Parameter]:
    if not isinstance(raw, list):
        refuse("Expecting start of Json Array. Parameters must be a list.")
    found: dict[str, Parameter] = {}
    for one in raw:
        try:
            parameter = parameters.declared(one if isinstance(one, dict) else {})
        except ValueError as error:
            refuse(f"In Parameters, {error}.")
        if parameter.name in found:
            refuse(f"Parameter '{parameter.name}' is declared twice.")
        found[parameter.name] = parameter
    return found


def _flattened(steps: Any, branch: tuple[str, bool] | None) -> Iterator[tuple[JsonDict, tuple[str, bool] | None]]:
    if not isinstance(steps, list):
        refuse("Expecting start of Json Array. Steps, IfSteps and ElseSteps must be lists.")
    for step in steps:
        if not isinstance(step, dict):
            refuse("Expecting start of Json Object. Every step must be an object.")
        _read_container_arguments(step)
        yield step, branch
        arguments = step.get("Arguments")
        if step.get("Type") == "Condition" and isinstance(arguments, dict):
            name = str(step.get("Name"))
            yield from _flattened(arguments.get("IfSteps") or [], (name, True))
            yield from _flattened(arguments.get("ElseSteps") or [], (name, False))


def _read_container_arguments(step: JsonDict) -> None:
    """Make functions of those that stand as JSON texts among a processing step's container arguments.

    SDK 2.243, the last one for Python 3.8, writes them so: docs/decisions/0024-functions-in-container-arguments.md.
    """
    arguments = step.get("Arguments")
    specification = arguments.get("AppSpecification") if isinstance(arguments, dict) else None
    words = specification.get("ContainerArguments") if isinstance(specification, dict) else None
    if step.get("Type") == "Processing" and isinstance(words, list):
        assert isinstance(specification, dict), "it holds the words"
        specification["ContainerArguments"] = [expressions.unquoted(word) for word in words]


def _check_functions(raw: JsonDict) -> None:
    for text in expressions.faults(functions_of(raw)):
        refuse(f"In step '{raw['Name']}', {text}.")


def _check_outline(step: JsonDict, names: set[str]) -> None:
    name = step.get("Name")
    if not isinstance(name, str) or not STEP_NAME.fullmatch(name):
        refuse(f"Step name {name!r} must be 1 to 64 letters, digits, hyphens and underscores.")
    if name in names:
        refuse(f"Step names must be unique, but '{name}' occurs more than once.")
    names.add(name)
    if step.get("Type") not in TYPES:
        refuse(f"Step '{name}' has the unknown type {step.get('Type')!r}. Known types are {', '.join(sorted(TYPES))}.")
    needs_arguments = step["Type"] in JOBS or step["Type"] == "Condition"
    if not isinstance(step.get("Arguments"), dict) and (needs_arguments or step.get("Arguments") is not None):
        refuse(f"Expecting start of Json Object. Step '{name}' of type {step['Type']} needs Arguments.")


def _step(raw: JsonDict, branch: tuple[str, bool] | None, position: int) -> Step:
    name = raw["Name"]
    depends = raw.get("DependsOn") or []
    if not isinstance(depends, list) or not all(isinstance(one, str) for one in depends):
        refuse(f"DependsOn of step '{name}' must be a list of step names.")
    needs = {*depends, *(found.name for found in references_of(functions_of(raw), name) if found.scope == "Steps")}
    if branch is not None:
        needs.add(branch[0])
    try:
        return Step(
            name,
            raw["Type"],
            position,
            raw,
            frozenset(needs),
            branch,
            _property_files(raw.get("PropertyFiles") or []),
            _cache(raw.get("CacheConfig")),
            tuple(retries.policy(one) for one in raw.get("RetryPolicies") or []),
        )
    except ValueError as error:
        refuse(f"Step '{name}': {error}.")


def _property_files(raw: Any) -> dict[str, PropertyFile]:
    found = {}
    for one in raw:
        if not all(isinstance(one.get(member), str) for member in ("PropertyFileName", "OutputName", "FilePath")):
            raise ValueError("every one of its PropertyFiles needs PropertyFileName, OutputName and FilePath")
        found[one["PropertyFileName"]] = PropertyFile(one["PropertyFileName"], one["OutputName"], one["FilePath"])
    return found


def _cache(raw: Any) -> Cache | None:
    if raw is None:
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("Enabled"), bool):
        raise ValueError("its CacheConfig needs Enabled, true or false")
    text = raw.get("ExpireAfter")
    return Cache(raw["Enabled"], durations.seconds_of(text) if text else None, text or "")
