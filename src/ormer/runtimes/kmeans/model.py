"""Clusters and their file, which is Amazon's own: `model_algo-1`, the centers as one MXNet array."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..toolkit.failures import UserError
from ..vectors import mxnet_arrays
from ..vectors.bodies import Answers
from ..vectors.model_files import MODEL_NAME, file_of, write_file
from ..vectors.nearest import squares_between


@dataclass(frozen=True)
class Clusters:
    """centers: clusters × features."""

    centers: Any

    @property
    def feature_dim(self) -> int:
        return int(self.centers.shape[1])

    def distances(self, features: Any) -> tuple[Any, Any]:
        """Returns each row's nearest center, by its number, and how far it is."""
        squares = squares_between(features, self.centers)
        nearest = squares.argmin(axis=1)
        return nearest, np.sqrt(squares[np.arange(len(nearest)), nearest])

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns {closest_cluster, distance_to_cluster} of each row."""
        nearest, far = self.distances(features)
        return [
            {"closest_cluster": float(cluster), "distance_to_cluster": distance}
            for cluster, distance in zip(nearest.tolist(), far.tolist())
        ]


def save(folder: Path, model: Clusters) -> None:
    """Writes the model's file."""
    write_file(folder, mxnet_arrays.write({"centers": model.centers}, named=False))


def load(folder: Path) -> Clusters:
    """Returns the model of a folder, Amazon's or ours. Raises UserError when there is none."""
    try:
        (centers,) = mxnet_arrays.read(file_of(folder).read_bytes()).values()
    except (ValueError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise UserError(f"{MODEL_NAME} is no model of kmeans: {error}") from error
    if centers.ndim != 2:
        raise UserError(f"{MODEL_NAME} is no model of kmeans: its array has {centers.ndim} dimensions, not 2")
    return Clusters(centers.astype("f8"))
