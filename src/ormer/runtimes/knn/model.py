"""A sample of rows with their labels, and what its nearest rows say of others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..vectors import model_files
from ..vectors.bodies import Answers
from ..vectors.nearest import squares_between

ALGORITHM = "knn"
CLASSIFIER = "classifier"
INNER_PRODUCT, COSINE = "INNER_PRODUCT", "COSINE"
ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Neighbours:
    """sample: rows × columns, after the projection (features × columns) if there is one; labels: one a row."""

    sample: Any
    labels: Any
    projection: Any
    k: int
    predictor_type: str
    metric: str

    @property
    def feature_dim(self) -> int:
        return int((self.sample if self.projection is None else self.projection.T).shape[1])

    def predict(self, features: Any) -> tuple[Any, Any, Any]:
        """Returns each row's label (the most frequent one, or the mean), and its neighbours' labels and distances,
        rows × k, the nearest first."""
        rows = features if isinstance(features, np.ndarray) else features.toarray()
        parts = [self._nearest(rows[at : at + ROWS_AT_ONCE]) for at in range(0, len(rows), ROWS_AT_ONCE)]
        labels, distances = np.vstack([part[0] for part in parts]), np.vstack([part[1] for part in parts])
        said = _votes(labels) if self.predictor_type == CLASSIFIER else labels.mean(axis=1)
        return said, labels, distances

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns {predicted_label} of each row; verbose: also the neighbours' labels and distances."""
        said, labels, distances = self.predict(features)
        if not verbose:
            return [{"predicted_label": label} for label in said.tolist()]
        return [
            {"predicted_label": label, "labels": near, "distances": far}
            for label, near, far in zip(said.tolist(), labels.tolist(), distances.tolist())
        ]

    def _nearest(self, rows: Any) -> tuple[Any, Any]:
        if self.projection is not None:
            rows = rows @ self.projection
        if self.metric == INNER_PRODUCT:
            far = -(rows @ self.sample.T)
        elif self.metric == COSINE:
            far = 1 - _unit(rows) @ _unit(self.sample).T
        else:
            far = np.sqrt(squares_between(rows, self.sample))
        # By distance and then by place, so that equal distances give the same neighbours each time.
        order = np.argsort(far, axis=1, kind="stable")[:, : self.k]
        distances = np.take_along_axis(far, order, axis=1)
        return self.labels[order], -distances if self.metric == INNER_PRODUCT else distances


def save(folder: Path, model: Neighbours) -> None:
    """Writes the model's file."""
    about = {"k": model.k, "predictor_type": model.predictor_type, "index_metric": model.metric}
    projection = {} if model.projection is None else {"projection": model.projection}
    model_files.save(folder, ALGORITHM, about, sample=model.sample, labels=model.labels, **projection)


def load(folder: Path) -> Neighbours:
    """Returns the model of a folder. Raises UserError when there is none."""
    arrays, about = model_files.load(folder, ALGORITHM)
    return Neighbours(
        arrays["sample"],
        arrays["labels"],
        arrays.get("projection"),
        about["k"],
        about["predictor_type"],
        about["index_metric"],
    )


def _votes(labels: Any) -> Any:
    """Returns the most frequent label of each row; of equally frequent ones that of the nearest neighbour."""
    counts = (labels[:, :, None] == labels[:, None, :]).sum(axis=2)
    return labels[np.arange(len(labels)), counts.argmax(axis=1)]


def _unit(rows: Any) -> Any:
    sizes = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(sizes > 0, sizes, 1.0)
