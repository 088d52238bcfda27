"""The step cache: whether an earlier run of a step had the same signature, and if not, why not.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html lists the attributes of each step type.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ormer.engines.pipelines.definitions import Cache
from ormer.stores.runs.steps import StepRow

JsonDict = dict[str, Any]
CHECKS = ("SkipCheck", "RegisterNewBaseline", "ModelPackageGroupName", "SuppliedBaselineConstraints")
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "ClarifyCheck": ("AppSpecification", "Environment", "ProcessingInputs", "CheckType", "ModelName", *CHECKS),
    "QualityCheck": (
        "AppSpecification",
        "Environment",
        "ProcessingInputs",
        "CheckType",
        *CHECKS,
        "SuppliedBaselineStatistics",
    ),
}


@dataclass(frozen=True)
class Verdict:
    """hit: the run whose outputs are used again, or None. reason: why there is none."""

    hit: StepRow | None
    reason: str = ""


def digests(kind: str, resolved: JsonDict) -> dict[str, str]:
    """{attribute: digest of its value} of a resolved step; {} for kinds that are never cached."""
    return {name: _digest(resolved.get(name)) for name in ATTRIBUTES.get(kind, ())}


def key_of(parts: Mapping[str, str]) -> str:
    """One key for all attributes."""
    return _digest(dict(parts))


def verdict(cache: Cache, parts: Mapping[str, str], earlier: Sequence[StepRow], now: float) -> Verdict:
    """Decide over the successful earlier runs, newest first."""
    if not earlier:
        return Verdict(None, "No earlier execution of this pipeline has run this step with caching and succeeded.")
    key = key_of(parts)
    same = [row for row in earlier if row.cache_key == key]
    if not same:
        latest: JsonDict = earlier[0].facts.get("digests", {})
        changed = [name for name, digest in parts.items() if latest.get(name) != digest]
        return Verdict(None, f"Changed since the latest run ({earlier[0].execution_arn}): {', '.join(changed)}.")
    newest = same[0]
    age = now - (newest.ended or 0.0)
    if cache.seconds_max is not None and age > cache.seconds_max:
        return Verdict(
            None,
            f"The latest equal run ({newest.execution_arn}) ended {age:.0f} s ago, longer than ExpireAfter "
            f"'{cache.text}' allows.",
        )
    return Verdict(newest)


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
