"""Partial dependence: the mean prediction when one feature is set to the same value in every record.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-partial-dependence-plots.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .features import FeatureCoding
from .shap import Score

# More records than this change a mean little and cost a prediction for every point of the grid.
RECORDS_MAX = 20_000
SAMPLE_SEED = 0


def dependence_entry(
    name: str, records: np.ndarray, coding: FeatureCoding, score: Score, grid_resolution: int, label_headers: list[str]
) -> dict[str, Any]:
    """Return one entry of the `pdp` section.

    feature_values are the centres of equally wide buckets, or the categories; model_predictions is one list for each
    label; data_distribution is the fraction of records in each bucket or category.
    """
    column = coding.names.index(name)
    points, shares = _points(records[:, column], grid_resolution, coding.is_categorical(name))
    sample = records
    if len(records) > RECORDS_MAX:
        chosen = np.random.default_rng(SAMPLE_SEED).choice(len(records), RECORDS_MAX, replace=False)
        sample = records[np.sort(chosen)]
    means = np.array([_mean_with(sample, column, point, score) for point in points])
    return {
        "feature_name": name,
        "data_type": "categorical" if coding.is_categorical(name) else "numerical",
        "feature_values": _shown(name, points, coding),
        "model_predictions": means.T.tolist(),
        "data_distribution": shares.tolist(),
        "label_headers": label_headers,
    }


def _mean_with(records: np.ndarray, column: int, point: float, score: Score) -> np.ndarray:
    changed = records.copy()
    changed[:, column] = point
    distinct, counts = np.unique(changed, axis=0, return_counts=True)
    return np.average(score(distinct), axis=0, weights=counts)


def _points(cells: np.ndarray, buckets: int, categorical: bool) -> tuple[np.ndarray, np.ndarray]:
    present = cells[~np.isnan(cells)]
    if not len(present):
        return np.array([np.nan]), np.array([1.0])
    if categorical or present.min() == present.max():
        points, counts = np.unique(present, return_counts=True)
        return points, counts / len(present)
    counts, edges = np.histogram(present, bins=buckets)
    return (edges[:-1] + edges[1:]) / 2, counts / len(present)


def _shown(name: str, points: np.ndarray, coding: FeatureCoding) -> list[Any]:
    if coding.is_text(name):
        return [coding.texts[name][int(point)] for point in points if not np.isnan(point)]
    if coding.is_categorical(name):
        return [bool(point) for point in points]
    return [None if np.isnan(point) else point for point in points.tolist()]
