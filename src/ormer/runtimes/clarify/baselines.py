"""The rows that SHAP compares with: given in the configuration, read from a file, or found by clustering."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from . import tables
from .datasets import Dataset
from .errors import ClientError
from .features import FeatureCoding
from .places import Places
from .queries import search

CLUSTERS_MAX = 12
# How many predictions one record may cost when nobody asked for a number of clusters.
PREDICTIONS_PER_RECORD_MAX = 1536
CLUSTERED_ROWS_MAX = 5_000
ROUNDS_MAX = 50
MISMATCH = "The SHAP baseline does not have the format of the dataset."
# Huang's weight of one category mismatch against numeric distance: half the mean deviation, on scaled columns 0.5.
CATEGORY_WEIGHT = 0.5


def given_baseline(config: dict[str, Any], dataset: Dataset, places: Places) -> pl.DataFrame | None:
    """Return the configured baseline as rows of the model's features, or None when clustering has to find one."""
    baseline = config["methods"]["shap"].get("baseline")
    if baseline is None:
        return None
    if isinstance(baseline, str):
        return _from_files(places.local(baseline, "SHAP baseline"), config, dataset)
    rows = baseline if isinstance(baseline, list) else [baseline]
    cells = [row if isinstance(row, list) else _json_row(row, config) for row in rows]
    return _as_features([pair for row in cells for pair in (row if _is_matrix(row) else [row])], dataset)


def _is_matrix(row: list[Any]) -> bool:
    return bool(row) and isinstance(row[0], list)


def _json_row(row: dict[str, Any], config: dict[str, Any]) -> list[Any]:
    found = search(config.get("features", "features"), row)
    if not isinstance(found, list):
        raise ClientError(f"{MISMATCH} Data must contain features.")
    return found


def _from_files(place: Any, config: dict[str, Any], dataset: Dataset) -> pl.DataFrame:
    files, kind = tables.data_files(place), config["dataset_type"]
    if kind in ("application/jsonlines", "application/json"):
        documents = tables.read_json_documents(files, lines=kind == "application/jsonlines")
        rows = [_json_row(document, config) for document in documents]
        return _as_features([pair for row in rows for pair in (row if _is_matrix(row) else [row])], dataset)
    read = (
        tables.read_parquet(files, None)
        if kind == "application/x-parquet"
        else tables.read_csv(files, None, set(dataset.features))
    )
    if set(dataset.features) <= set(read.columns):
        return read.select(dataset.features)
    return _as_features([list(row) for row in read.iter_rows()], dataset)


def _as_features(rows: list[list[Any]], dataset: Dataset) -> pl.DataFrame:
    names = dataset.features
    if any(len(row) != len(names) for row in rows):
        raise ClientError(f"{MISMATCH} Each row must have the {len(names)} features {', '.join(names)}, in this order.")
    return pl.DataFrame([tables.column(name, [row[at] for row in rows]) for at, name in enumerate(names)])


def clustered_baseline(
    records: np.ndarray, coding: FeatureCoding, clusters: int | None, seed: int | None, coalitions: int = 1
) -> np.ndarray:
    """Return clusters x features: the centres of k-means, or of k-prototypes where a feature is a category.

    records: rows x features as encoded. Without `clusters` the number is chosen between 1 and 12, where one more
    stops helping and the model is not asked too much: each cluster costs every record its `coalitions` predictions.
    Each numeric cell of a centre is moved to the nearest value that occurs, so that whole and binary features stay so.
    """
    random = np.random.default_rng(0 if seed is None else seed)
    known = records[np.sort(random.permutation(len(records))[:CLUSTERED_ROWS_MAX])]
    categorical = np.array([coding.is_categorical(name) for name in coding.names])
    filled = _without_gaps(known, categorical)
    space = _Space(filled, categorical)
    distinct = len(np.unique(filled, axis=0))
    if clusters is not None:
        centres = space.cluster(min(clusters, distinct), random)[0]
    else:
        most = max(1, min(CLUSTERS_MAX, distinct, PREDICTIONS_PER_RECORD_MAX // coalitions))
        tries = [space.cluster(count, random) for count in range(1, most + 1)]
        centres = tries[_elbow([cost for _, cost in tries])][0]
    return _on_data(centres, filled, categorical)


def _without_gaps(records: np.ndarray, categorical: np.ndarray) -> np.ndarray:
    """Missing cells become the column's mean, or its most frequent category; an empty column becomes nothing."""
    filled = records.copy()
    for index in range(records.shape[1]):
        cells = records[:, index]
        present = cells[~np.isnan(cells)]
        if len(present) < len(cells):
            filled[np.isnan(cells), index] = (
                0.0 if not len(present) else (_mode(present) if categorical[index] else present.mean())
            )
    return filled


def _mode(cells: np.ndarray) -> float:
    values, counts = np.unique(cells, return_counts=True)
    return float(values[counts.argmax()])


def _elbow(costs: list[float]) -> int:
    """Return the index of the point farthest below the line from the first cost to the last."""
    if len(costs) < 3 or costs[0] <= 0:
        return 0
    line = np.linspace(costs[0], costs[-1], len(costs))
    return int(np.argmax(line - np.array(costs)))


def _on_data(centres: np.ndarray, records: np.ndarray, categorical: np.ndarray) -> np.ndarray:
    moved = centres.copy()
    for index in np.flatnonzero(~categorical):
        values = np.unique(records[:, index])
        moved[:, index] = values[np.abs(values[None, :] - centres[:, index, None]).argmin(axis=1)]
    return moved


class _Space:
    """Records with numeric features scaled to unit deviation; categories count by mismatch (k-prototypes)."""

    def __init__(self, records: np.ndarray, categorical: np.ndarray) -> None:
        self.records = records
        self.categorical = categorical
        deviation = records[:, ~categorical].std(axis=0)
        self.scale = np.where(deviation > 0, deviation, 1.0)

    def distances(self, centres: np.ndarray) -> np.ndarray:
        numeric, category = ~self.categorical, self.categorical
        left = self.records[:, numeric] / self.scale
        right = centres[:, numeric] / self.scale
        distances = ((left[:, None, :] - right[None, :, :]) ** 2).sum(axis=2)
        mismatches = (self.records[:, None, category] != centres[None, :, category]).sum(axis=2)
        return distances + CATEGORY_WEIGHT * mismatches

    def cluster(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return (centres, cost) after Lloyd's rounds from a k-means++ start."""
        centres = self._start(count, random)
        member = np.full(len(self.records), -1)
        for _ in range(ROUNDS_MAX):
            distances = self.distances(centres)
            nearest = distances.argmin(axis=1)
            if (nearest == member).all():
                break
            member = nearest
            occupied = [index for index in range(len(centres)) if (member == index).any()]
            centres[occupied] = [self._centre(self.records[member == index]) for index in occupied]
        return centres, float(self.distances(centres).min(axis=1).sum())

    def _start(self, count: int, random: np.random.Generator) -> np.ndarray:
        centres = self.records[[random.integers(len(self.records))]].copy()
        while len(centres) < count:
            weights = self.distances(centres).min(axis=1)
            chosen = random.choice(len(self.records), p=weights / weights.sum())
            centres = np.vstack([centres, self.records[chosen]])
        return centres

    def _centre(self, members: np.ndarray) -> np.ndarray:
        centre = members.mean(axis=0)
        for index in np.flatnonzero(self.categorical):
            centre[index] = _mode(members[:, index])
        return centre
