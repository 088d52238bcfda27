"""The six checks of data quality.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .baselines import Baseline, Distribution, Feature
from .choices import (
    CHI_SQUARED_VIOLATES_BELOW,
    DATA_TYPE_TEXT,
    DRIFT_TEXT,
    EXTRA_TEXT,
    MISSING_TEXT,
    P_VALUE_TEXT,
    STRICT_FRACTIONAL,
    VALUE_TEXT,
)
from .column_profiles import ColumnProfile
from .distances import categorical_distance, chi_squared_p_value, numerical_distance
from .documents import java_text
from .literals import Kind
from .profiles import DatasetProfile
from .sketches import read_sketch

Violation = dict[str, str]


@dataclass
class Checked:
    """What the checks found: violations, and the drift distance of each compared feature."""

    violations: list[Violation] = field(default_factory=list)
    distances: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Drift:
    """A distance and whether it is too far."""

    distance: float
    violation: str | None


def check_dataset(profile: DatasetProfile, statistics: dict[str, Any], baseline: Baseline) -> Checked:
    """Check every feature of the baseline, then the set of columns."""
    checked = Checked()
    described = {feature["name"]: feature for feature in statistics["features"]}
    for feature in baseline.features:
        column = profile.columns.get(feature.name)
        if column is None or not feature.config.evaluate_constraints:
            continue
        for check, text in _feature_violations(feature, column, profile.item_count):
            checked.violations.append(_violation(feature.name, check, text))
        drift = _drift(feature, column, described[feature.name], baseline.distributions.get(feature.name))
        if drift is not None:
            checked.distances[feature.name] = drift.distance
            if drift.violation:
                checked.violations.append(_violation(feature.name, "baseline_drift_check", drift.violation))
    if baseline.config.evaluate_constraints:
        checked.violations.extend(_column_violations(list(profile.columns), baseline.names))
    return checked


def _violation(feature: str, check: str, text: str) -> Violation:
    return {"feature_name": feature, "constraint_check_type": check, "description": text}


def _feature_violations(feature: Feature, column: ColumnProfile, item_count: int) -> Iterator[tuple[str, str]]:
    config = feature.config
    share = matching_share(feature.inferred_type, column)
    if share is not None and share < config.datatype_check_threshold:
        wanted, observed = java_text(config.datatype_check_threshold * 100), java_text(share * 100)
        text = DATA_TYPE_TEXT.format(expected=feature.inferred_type, wanted=wanted, observed=observed)
        yield "data_type_check", text
    completeness = column.present / item_count
    if feature.completeness is not None and completeness < feature.completeness:
        yield "completeness_check", VALUE_TEXT.format(value=java_text(completeness))
    if feature.domains is not None and column.kind == Kind.STRING and column.present:
        inside = column.in_domain / column.present
        if inside < config.domain_content_threshold:
            yield "categorical_values_check", VALUE_TEXT.format(value=java_text(inside))


def matching_share(expected: str, column: ColumnProfile) -> float | None:
    """The share of present cells of the expected type, 0..1; None where there is nothing to compare.

    Text reaches widest: a text column matches text whole, and a column of numbers does not at all."""
    literals = column.literals
    if not column.present or column.kind == Kind.UNKNOWN:
        return None
    if expected == "String":
        return 1.0 if column.kind == Kind.STRING else 0.0
    cells = literals.integral + literals.fractional + literals.text
    if expected == "Integral":
        return literals.integral / cells
    if expected == "Fractional":
        return (literals.fractional + (0 if STRICT_FRACTIONAL else literals.integral)) / cells
    return None


def _drift(
    feature: Feature, column: ColumnProfile, described: dict[str, Any], was: Distribution | None
) -> Drift | None:
    config = feature.config
    if was is None or not config.perform_comparison:
        return None
    numbers = (described.get("numerical_statistics") or {}).get("distribution")
    if was.sketch is not None and numbers:
        distance = numerical_distance(read_sketch(numbers["kll"]["sketch"]), was.sketch, config.robust)
        return _judged(distance, config.comparison_threshold, DRIFT_TEXT, below=False)
    if was.categories is None or not column.texts or column.kind != Kind.STRING:
        return None
    threshold = config.comparison_threshold if config.categorical_threshold is None else config.categorical_threshold
    if config.chi_squared:
        p_value = chi_squared_p_value(column.texts, was.categories)
        return _judged(p_value, threshold, P_VALUE_TEXT, below=CHI_SQUARED_VIOLATES_BELOW)
    return _judged(
        categorical_distance(column.texts, was.categories, config.robust), threshold, DRIFT_TEXT, below=False
    )


def _judged(distance: float, threshold: float, text: str, below: bool) -> Drift | None:
    if math.isnan(distance):
        return None
    is_far = distance < threshold if below else distance > threshold
    words = text.format(distance=java_text(distance), threshold=java_text(threshold))
    return Drift(distance, words if is_far else None)


def _column_violations(current: list[str], expected: list[str]) -> Iterator[Violation]:
    missing = [name for name in expected if name not in current]
    extra = [name for name in current if name not in expected]
    counts = {"current": len(current), "baseline": len(expected)}
    if missing:
        yield _violation(",".join(missing), "missing_column_check", MISSING_TEXT.format(**counts))
    if extra:
        yield _violation(",".join(extra), "extra_column_check", EXTRA_TEXT.format(**counts))
