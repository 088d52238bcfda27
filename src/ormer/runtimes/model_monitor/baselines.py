"""Constraints and statistics that a run is compared with: AWS's files of 2019, 2021 and 2024, and ours."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .choices import (
    CATEGORICAL_DRIFT_METHOD,
    COMPARISON_METHOD,
    COMPARISON_THRESHOLD,
    DATATYPE_CHECK_THRESHOLD,
    DOMAIN_CONTENT_THRESHOLD,
)
from .mistakes import ClientError
from .sketches import Sketch, read_sketch

OVERRIDE_KEYS = ("monitoringConfigOverrides", "monitoring_config_overrides")


@dataclass(frozen=True)
class MonitoringConfig:
    """Thresholds and switches, of a data set or of one feature."""

    evaluate_constraints: bool = True
    emit_metrics: bool = True
    datatype_check_threshold: float = DATATYPE_CHECK_THRESHOLD
    domain_content_threshold: float = DOMAIN_CONTENT_THRESHOLD
    perform_comparison: bool = True
    comparison_threshold: float = COMPARISON_THRESHOLD
    robust: bool = True
    categorical_threshold: float | None = None
    chi_squared: bool = False

    def widened(self, document: Mapping[str, Any]) -> "MonitoringConfig":
        """This configuration with what `document` (a monitoring_config or an override of one) says."""
        flat = {**document, **(document.get("distribution_constraints") or {})}
        changes: dict[str, Any] = {}
        for name in ("evaluate_constraints", "emit_metrics", "perform_comparison"):
            if name in flat:
                changes[name] = str(flat[name]).lower() == "enabled"
        for name in ("datatype_check_threshold", "domain_content_threshold", "comparison_threshold"):
            if name in flat:
                changes[name] = _number(name, flat[name])
        if "comparison_method" in flat:
            changes["robust"] = str(flat["comparison_method"]).lower() in ("robust", "linf_robust")
        if "categorical_comparison_threshold" in flat:
            name = "categorical_comparison_threshold"
            changes["categorical_threshold"] = _number(name, flat[name])
        if "categorical_drift_method" in flat:
            changes["chi_squared"] = str(flat["categorical_drift_method"]).lower() == "chisquared"
        return replace(self, **changes)


@dataclass(frozen=True)
class Feature:
    """What the baseline expects of one column."""

    name: str
    inferred_type: str
    completeness: float | None
    domains: list[str] | None
    config: MonitoringConfig


@dataclass(frozen=True)
class Distribution:
    """How a column's values were spread: a sketch of numbers, or counts of categories."""

    sketch: Sketch | None = None
    categories: dict[str, int] | None = None


@dataclass(frozen=True)
class Baseline:
    """Features in their order, and the distributions there are statistics for."""

    features: list[Feature]
    config: MonitoringConfig
    distributions: dict[str, Distribution] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The columns that are expected."""
        return [feature.name for feature in self.features]

    def config_of(self, name: str) -> MonitoringConfig:
        """The thresholds and switches of one column, which need not be expected."""
        return next((feature.config for feature in self.features if feature.name == name), self.config)

    def without(self, names: Container[str]) -> "Baseline":
        """The same expectations but for some columns."""
        return replace(self, features=[feature for feature in self.features if feature.name not in names])


def read_baseline(
    constraints: Mapping[str, Any], statistics: Mapping[str, Any] | None, categorical_drift_method: str | None
) -> Baseline:
    """The baseline in the two parsed files. Raises ClientError where a member has the wrong form."""
    config = MonitoringConfig().widened(constraints.get("monitoring_config") or {})
    if categorical_drift_method:
        config = config.widened({"categorical_drift_method": categorical_drift_method})
    try:
        features = [_feature(item, config) for item in constraints["features"]]
        described = (statistics or {}).get("features") or []
        return Baseline(features, config, {item["name"]: _distribution(item) for item in described})
    except (KeyError, TypeError, AttributeError) as error:
        raise ClientError(
            f"The baseline is not a constraints and statistics file of data quality: {error!r}."
        ) from error


def generated_config(categorical_drift_method: str | None) -> dict[str, Any]:
    """The monitoring_config of freshly suggested constraints."""
    return {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": DATATYPE_CHECK_THRESHOLD,
        "domain_content_threshold": DOMAIN_CONTENT_THRESHOLD,
        "distribution_constraints": {
            "perform_comparison": "Enabled",
            "comparison_threshold": COMPARISON_THRESHOLD,
            "comparison_method": COMPARISON_METHOD,
            "categorical_comparison_threshold": COMPARISON_THRESHOLD,
            "categorical_drift_method": categorical_drift_method or CATEGORICAL_DRIFT_METHOD,
        },
    }


def _feature(item: Mapping[str, Any], config: MonitoringConfig) -> Feature:
    for key in OVERRIDE_KEYS:
        config = config.widened(item.get(key) or {})
    domains = (item.get("string_constraints") or {}).get("domains")
    completeness = item.get("completeness")
    return Feature(
        name=item["name"],
        inferred_type=item.get("inferred_type", "Unknown"),
        completeness=None if completeness is None else _number("completeness", completeness),
        domains=None if domains is None else [str(domain) for domain in domains],
        config=config,
    )


def _distribution(item: Mapping[str, Any]) -> Distribution:
    numbers = (item.get("numerical_statistics") or {}).get("distribution") or {}
    texts = (item.get("string_statistics") or {}).get("distribution") or {}
    sketch = (numbers.get("kll") or {}).get("sketch")
    buckets = (texts.get("categorical") or {}).get("buckets")
    return Distribution(
        sketch=read_sketch(sketch) if sketch else None,
        categories={bucket["value"]: int(bucket["count"]) for bucket in buckets} if buckets else None,
    )


def _number(name: str, value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise ClientError(f"{name} in the baseline constraints must be a number, not {value!r}.") from error
