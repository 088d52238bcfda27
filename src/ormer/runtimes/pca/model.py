"""Components and their file, which is Amazon's own: `model_algo-1`, the MXNet arrays `mean`, `s` and `v`."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..toolkit.failures import UserError
from ..vectors import mxnet_arrays
from ..vectors.bodies import Answers
from ..vectors.model_files import MODEL_NAME, file_of, write_file


@dataclass(frozen=True)
class Components:
    """mean: one a feature; sizes: singular values, the largest last; directions: features × components."""

    mean: Any
    sizes: Any
    directions: Any

    @property
    def feature_dim(self) -> int:
        return int(self.directions.shape[0])

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns {projection} of each row; as in the model, the largest component stands last."""
        moved = features @ self.directions - self.mean @ self.directions
        return [{"projection": row} for row in moved.tolist()]


def save(folder: Path, model: Components) -> None:
    """Writes the model's file."""
    arrays = {"mean": model.mean.reshape(1, -1), "s": model.sizes, "v": model.directions}
    write_file(folder, mxnet_arrays.write(arrays))


def load(folder: Path) -> Components:
    """Returns the model of a folder, Amazon's or ours. Raises UserError when there is none."""
    try:
        arrays = mxnet_arrays.read(file_of(folder).read_bytes())
        mean, sizes, directions = (arrays[name].astype("f8") for name in ("mean", "s", "v"))
    except (ValueError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise UserError(f"{MODEL_NAME} is no model of pca: {error}") from error
    return Components(mean.reshape(-1), sizes.reshape(-1), directions)
