"""What a definition is checked for once its steps are known: references, arguments, conditions, circles.

Every refusal names the step and says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws.models import Models
from ormer.engines.pipelines import conditions, expressions
from ormer.engines.pipelines.arguments import JOBS, UNNAMED, faults
from ormer.engines.pipelines.declared_steps import CHECK_TYPES, Step, functions_of, references_of, refuse
from ormer.engines.pipelines.expressions import PROPERTY_FILES, Reference
from ormer.engines.pipelines.parameters import Parameter

CHECK_PROPERTIES = frozenset(
    {
        "CalculatedBaselineConstraints",
        "CalculatedBaselineStatistics",
        "BaselineUsedForDriftCheckConstraints",
        "BaselineUsedForDriftCheckStatistics",
    }
)

# What steps of a type give besides what Describe answers.
GIVEN = {"Tuning": "TrainingJobSummaries", "AutoML": "BestCandidateProperties"}


def check_references(step: Step, steps: Mapping[str, Step], declared: Mapping[str, Parameter], models: Models) -> None:
    for name in step.raw.get("DependsOn") or []:
        if name not in steps:
            refuse(f"Step '{step.name}' depends on '{name}', which is no step of the pipeline. Correct its DependsOn.")
    for name in step.needs:
        # The words up to "FailStep" are AWS's; its SDK's tests read them.
        if name in steps and steps[name].type == "Fail":
            refuse(f"{step.name} can not depends on {name}, because a Fail step ends the execution.")
    for found in references_of(functions_of(step.raw), step.name):
        if found.scope != "Steps":
            check_outer(found, declared, f"step '{step.name}'")
        elif found.name not in steps:
            refuse(f"Step '{step.name}' refers to {found.text}, but no step is named '{found.name}'.")
        elif found.path[:1] != (PROPERTY_FILES,):
            _check_property(step, steps[found.name], found, models)
        elif len(found.path) != 2 or found.path[1] not in steps[found.name].property_files:
            refuse(
                f"Step '{step.name}' refers to {found.text}, but step '{found.name}' declares no such property file. "
                "Add it to that step's PropertyFiles."
            )


def check_outer(found: Reference, declared: Mapping[str, Parameter], where: str) -> None:
    if found.scope == "Parameters" and found.name not in declared:
        refuse(f"In {where}, {found.text} refers to the undeclared parameter '{found.name}'. Add it to Parameters.")
    if found.scope == "Execution" and found.name not in expressions.EXECUTION_VARIABLES:
        known = ", ".join(sorted(expressions.EXECUTION_VARIABLES))
        refuse(f"In {where}, {found.text} is no execution variable. Known ones are {known}.")
    if found.scope == "Steps" and where == "PipelineExperimentConfig":
        refuse(f"In {where}, {found.text} refers to a step; only parameters and execution variables are known there.")


def _check_property(step: Step, source: Step, found: Reference, models: Models) -> None:
    if not found.path:
        refuse(f"Step '{step.name}' refers to {found.text}, which names no property of step '{source.name}'.")
    first = str(found.path[0])
    if source.type == "Condition":
        known = first == "Outcome"
    elif source.type in CHECK_TYPES:
        known = first in CHECK_PROPERTIES or first in _outputs("Processing", models)
    elif source.type in GIVEN:
        known = first == GIVEN[source.type] or first in _outputs(source.type, models)
    elif source.type in JOBS:
        known = first in _outputs(source.type, models)
    else:
        known = True
    if not known:
        refuse(f"Step '{step.name}' refers to {found.text}, but a {source.type} step has no property '{first}'.")


def _outputs(kind: str, models: Models) -> frozenset[str]:
    shape = models.operation("sagemaker", JOBS[kind].describe).output_shape
    return frozenset(shape.members)


def check_members(step: Step, steps: Mapping[str, Step], models: Models) -> None:
    if step.type in JOBS:
        _check_arguments(step, models)
    if step.type in CHECK_TYPES and step.raw.get("CheckType") not in CHECK_TYPES[step.type]:
        refuse(
            f"Step '{step.name}' has the CheckType {step.raw.get('CheckType')!r}; a {step.type} step knows "
            f"{', '.join(CHECK_TYPES[step.type])}."
        )
    if step.type == "Condition":
        listed = step.arguments.get("Conditions")
        if not isinstance(listed, list):
            refuse(f"Expecting start of Json Array. Step '{step.name}' needs Conditions in its Arguments.")
        for condition in listed:
            _check_condition(step.name, condition)


def _check_arguments(step: Step, models: Models) -> None:
    job = JOBS[step.type]
    shape = models.operation("sagemaker", job.create).input_shape
    if step.type in UNNAMED and job.name in step.arguments:
        refuse(f"Unknown Argument member '{job.name}'. Step '{step.name}' of type {step.type} takes no name.")
    for text in faults(step.arguments, shape, given=frozenset({job.name, "ClientToken"})):
        refuse(f"{text} See the Arguments of step '{step.name}' of type {step.type}.")


def _check_condition(step: str, condition: Any) -> None:
    if not isinstance(condition, dict):
        refuse(f"Expecting start of Json Object. Every condition of step '{step}' must be an object.")
    kind = str(condition.get("Type"))
    if kind not in conditions.MEMBERS:
        refuse(
            f"Step '{step}' has a condition of the unknown type {kind!r}. "
            f"Known types are {', '.join(sorted(conditions.MEMBERS))}."
        )
    for member in conditions.MEMBERS[kind]:
        if member not in condition:
            refuse(f"Step '{step}' has a condition of type {kind} without {member}.")
    inner = [condition["Condition"]] if kind == "Not" else condition["Conditions"] if kind in ("Or", "And") else []
    for one in inner:
        _check_condition(step, one)


def check_cycles(steps: Mapping[str, Step]) -> None:
    """Refuse dependencies that wait for each other, naming the circle."""
    waiting = {name: len(step.needs) for name, step in steps.items()}
    dependents: dict[str, list[str]] = {name: [] for name in steps}
    for name, step in steps.items():
        for need in step.needs:
            dependents[need].append(name)
    free = [name for name, count in waiting.items() if not count]
    while free:
        done = free.pop()
        del waiting[done]
        for name in dependents[done]:
            waiting[name] -= 1
            if not waiting[name]:
                free.append(name)
    if waiting:
        refuse(f"The steps depend on each other in a circle: {' -> '.join(_circle(steps, waiting))}.")


def _circle(steps: Mapping[str, Step], waiting: Mapping[str, int]) -> list[str]:
    path = [next(iter(waiting))]
    while True:
        following = next(need for need in sorted(steps[path[-1]].needs) if need in waiting)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
