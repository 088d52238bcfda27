"""Data quality: statistics, suggested constraints and, given a baseline, violations.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-statistics.html
"""

from typing import Any

from .baselines import Baseline, generated_config, read_baseline
from .checks import Violation, check_dataset
from .choices import CATEGORIES_MAX
from .cloudwatch import data_metrics, write_metrics
from .column_profiles import ColumnProfile
from .datasets import open_dataset
from .documents import number_or_text, read_document
from .literals import Kind
from .profiles import DatasetProfile, profile_dataset
from .settings import Settings
from .value_stores import Storage

Document = dict[str, Any]


def analyze(settings: Settings) -> tuple[Document, Document, list[Violation] | None]:
    """Statistics, constraints and violations (None without a baseline) of the data set the settings name."""
    baseline = _baseline(settings)
    with Storage() as storage:
        profile = profile_dataset(open_dataset(settings), baseline, storage, settings.excluded)
        statistics = statistics_document(profile)
    if baseline is not None:
        baseline = baseline.without(profile.excluded)
    constraints = constraints_document(profile, statistics, settings.categorical_drift_method)
    checked = check_dataset(profile, statistics, baseline) if baseline else None
    if settings.publish_cloudwatch_metrics:
        distances = checked.distances if checked else {}
        silent = {name for name in profile.columns if baseline and not baseline.config_of(name).emit_metrics}
        write_metrics(settings, data_metrics(profile.item_count, statistics, distances, silent))
    return statistics, constraints, checked.violations if checked else None


def statistics_document(profile: DatasetProfile) -> Document:
    """The statistics.json of a profiled data set."""
    features = [_feature_statistics(column, profile.item_count) for column in profile.columns.values()]
    return {"version": 0.0, "dataset": {"item_count": profile.item_count}, "features": features}


def constraints_document(profile: DatasetProfile, statistics: Document, drift_method: str | None) -> Document:
    """The constraints.json that AWS would suggest from these statistics."""
    features = []
    for column, described in zip(profile.columns.values(), statistics["features"], strict=True):
        feature = {
            "name": column.name,
            "inferred_type": column.kind.inferred_type,
            "completeness": column.present / profile.item_count,
        }
        numbers = described.get("numerical_statistics")
        if numbers is not None and column.present:
            feature["num_constraints"] = {"is_non_negative": numbers["min"] >= 0}
        if column.kind == Kind.STRING and _is_categorical(column):
            feature["string_constraints"] = {"domains": sorted(column.texts or {})}
        features.append(feature)
    return {"version": 0.0, "features": features, "monitoring_config": generated_config(drift_method)}


def _baseline(settings: Settings) -> Baseline | None:
    if settings.baseline_constraints is None:
        return None
    statistics = settings.baseline_statistics
    return read_baseline(
        read_document(settings.baseline_constraints, "baseline constraints"),
        read_document(statistics, "baseline statistics") if statistics else None,
        settings.categorical_drift_method,
    )


def _is_categorical(column: ColumnProfile) -> bool:
    return column.texts is not None and 0 < len(column.texts) <= CATEGORIES_MAX


def _feature_statistics(column: ColumnProfile, item_count: int) -> Document:
    described: Document = {"name": column.name, "inferred_type": column.kind.inferred_type}
    common = {"num_present": column.present, "num_missing": item_count - column.present}
    completeness = column.present / item_count
    if column.kind.is_number:
        described["numerical_statistics"] = {"common": common, **_numbers(column, completeness)}
    else:
        described["string_statistics"] = {"common": common, **_texts(column, completeness)}
    return described


def _numbers(column: ColumnProfile, completeness: float) -> Document:
    summary = column.summary()
    if summary is None:
        return {"completeness": completeness}
    buckets = [{"lower_bound": low, "upper_bound": high, "count": float(count)} for low, high, count in summary.buckets]
    return {
        "mean": number_or_text(summary.mean),
        "sum": number_or_text(summary.total),
        "std_dev": number_or_text(summary.std_dev),
        "min": summary.minimum,
        "max": summary.maximum,
        "approximate_num_distinct_values": summary.distinct,
        "completeness": completeness,
        "distribution": {"kll": {"buckets": buckets, "sketch": summary.sketch.document()}},
    }


def _texts(column: ColumnProfile, completeness: float) -> Document:
    described: Document = {"distinct_count": float(column.distinct_texts()), "completeness": completeness}
    if _is_categorical(column):
        ordered = sorted((column.texts or {}).items(), key=lambda item: (-item[1], item[0]))
        buckets = [{"value": text, "count": count} for text, count in ordered]
        described["distribution"] = {"categorical": {"buckets": buckets}}
    return described
