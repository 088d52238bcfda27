"""Runs the bias metrics over every facet and shapes the two sections of analysis.json.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-analysis-results.html
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from .bias import POST_TRAINING, PRE_TRAINING, Case, Metric, Undefined
from .datasets import LABEL_MISSING, Dataset
from .errors import ClientError
from .outcomes import Selection, facet_selections, positive_labels, positive_predictions


def pre_training_section(dataset: Dataset, config: dict[str, Any]) -> dict[str, Any]:
    """Return the `pre_training_bias_metrics` section."""
    metrics = chosen(PRE_TRAINING, config["methods"]["pre_training_bias"]["methods"], "pre_training_bias")
    return _section(dataset, config, metrics, None)


def post_training_section(dataset: Dataset, config: dict[str, Any], predicted: pl.Series) -> dict[str, Any]:
    """Return the `post_training_bias_metrics` section; `predicted` has one label for each row."""
    metrics = chosen(POST_TRAINING, config["methods"]["post_training_bias"]["methods"], "post_training_bias")
    return _section(dataset, config, metrics, predicted)


def chosen(known: tuple[Metric, ...], asked: str | list[str], section: str) -> list[Metric]:
    """Return the metrics that `methods` names; "all" means every one. Raises ClientError for an unknown name."""
    names = [asked] if isinstance(asked, str) else asked
    if names == ["all"]:
        return list(known)
    unknown = set(names) - {metric.name for metric in known}
    if unknown:
        valid = ", ".join(metric.name for metric in known)
        raise ClientError(
            f"Invalid metric_name: {', '.join(sorted(unknown))} in {section}; it must be all, or some of {valid}."
        )
    return [metric for metric in known if metric.name in names]


def value_of(metric: Metric, case: Case) -> dict[str, Any]:
    """Return the metric's entry: name, description, value, and an error beside a null value where it has none."""
    entry: dict[str, Any] = {"name": metric.name, "description": metric.description}
    try:
        value = metric.compute(case)
    except Undefined as reason:
        return {**entry, "value": None, "error": str(reason)}
    return {**entry, "value": value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")}


def _section(
    dataset: Dataset, config: dict[str, Any], metrics: list[Metric], predicted: pl.Series | None
) -> dict[str, Any]:
    label_name = _label_of(dataset)
    label = dataset.rows[label_name]
    values = config["label_values_or_threshold"]
    positive = positive_labels(label, values)
    selections = [
        (name, facet_selections(dataset.rows[name], facet.get("value_or_threshold")))
        for facet in config["facet"]
        for name in [dataset.facet_name(facet["name_or_index"])]
    ]
    predictions = None if predicted is None else positive_predictions(predicted, label, values)
    group = None if dataset.group is None else _group_values(dataset.rows[dataset.group])
    facets: dict[str, Any] = {}
    for name, chosen_rows in selections:
        numeric = _numeric_features(dataset, {name, label_name}) if predictions is not None else None
        entries = [_facet_entry(metrics, selection, positive, predictions, group, numeric) for selection in chosen_rows]
        facets.setdefault(name, []).extend(entries)
    return {"label": label_name, "facets": facets, "label_value_or_threshold": positive.shown}


def _label_of(dataset: Dataset) -> str:
    if dataset.label is None:
        raise ClientError(f"{LABEL_MISSING} The dataset has no ground truth to compare with.")
    return dataset.label


def _facet_entry(
    metrics: Iterable[Metric],
    selection: Selection,
    positive: Selection,
    predictions: np.ndarray | None,
    group: np.ndarray | None,
    numeric: np.ndarray | None,
) -> dict[str, Any]:
    case = Case(selection.mask, positive.mask, predictions, group, numeric)
    return {"value_or_threshold": selection.shown, "metrics": [value_of(metric, case) for metric in metrics]}


def _group_values(series: pl.Series) -> np.ndarray:
    """Return the number of each row's group; a row whose cell is missing is in none."""
    cells = series.fill_nan(None) if series.dtype.is_float() else series
    return cells.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1


def _numeric_features(dataset: Dataset, left_out: set[str]) -> np.ndarray | None:
    """Return rows x features as floats for the Flip Test, or None when a feature holds texts."""
    aside = left_out | {dataset.predicted_label}
    names = [name for name in dataset.rows.columns if name not in aside and name != dataset.joinsource]
    columns = dataset.rows.select(names)
    if any(dtype == pl.String for dtype in columns.dtypes):
        return None
    return columns.cast(pl.Float64).to_numpy()
