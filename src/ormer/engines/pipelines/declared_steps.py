"""A step as a definition declares it, and how a definition is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ormer.aws.errors import AwsError, validation
from ormer.engines.pipelines import expressions
from ormer.engines.pipelines.expressions import Reference
from ormer.engines.pipelines.retries import RetryPolicy

JsonDict = dict[str, Any]
# What check steps have besides their arguments, and where functions may stand too.
# https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-quality-check
CHECK_MEMBERS = (
    "CheckType",
    "ModelPackageGroupName",
    "SkipCheck",
    "FailOnViolation",
    "RegisterNewBaseline",
    "SuppliedBaselineStatistics",
    "SuppliedBaselineConstraints",
    "ModelName",
)
CHECK_TYPES: Mapping[str, tuple[str, ...]] = {
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file that a processing step leaves in one of its outputs."""

    name: str
    output: str
    path: str


@dataclass(frozen=True)
class Cache:
    """A step's CacheConfig; `seconds_max` is None when an earlier run never grows too old."""

    enabled: bool
    seconds_max: float | None
    text: str = ""


@dataclass(frozen=True)
class Step:
    """One step. `needs` are the steps that must have succeeded before; `branch` is its condition and the outcome
    under which it runs."""

    name: str
    type: str
    position: int
    raw: JsonDict
    needs: frozenset[str]
    branch: tuple[str, bool] | None = None
    property_files: Mapping[str, PropertyFile] = field(default_factory=dict)
    cache: Cache | None = None
    retries: tuple[RetryPolicy, ...] = ()

    @property
    def arguments(self) -> JsonDict:
        return self.raw.get("Arguments") or {}


def functions_of(raw: JsonDict) -> JsonDict:
    """The parts of a step in which functions may stand; a condition's branches are steps of their own."""
    arguments = raw.get("Arguments") or {}
    if raw["Type"] == "Condition":
        arguments = {"Conditions": arguments.get("Conditions")}
    if raw["Type"] in CHECK_TYPES:
        return {"Arguments": arguments, **{name: raw.get(name) for name in CHECK_MEMBERS}}
    return {"Arguments": arguments}


def references_of(value: Any, where: str) -> Iterator[Reference]:
    try:
        yield from expressions.references(value)
    except ValueError as error:
        refuse(f"In '{where}', {error}.")


def refuse(text: str) -> NoReturn:
    """Raise what AWS answers to a definition it cannot take."""
    raise unparsable(text)


def unparsable(text: str) -> AwsError:
    return validation(f"Unable to parse pipeline definition. {text}")
