"""Training: the directions in which rows differ most.

https://docs.aws.amazon.com/sagemaker/latest/dg/PCA-reference.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..toolkit.contract import DEFAULT_ROOT
from ..toolkit.failures import UserError
from ..toolkit.ranges import Categorical, Integer, Interval
from ..vectors.hyperparameters import COUNT, Flag, Parameters
from ..vectors.training import Algorithm, Training, run

REGULAR, RANDOMIZED = "regular", "randomized"
EXTRA_AUTO = -1
EXTRA_LEAST = 10

PARAMETERS = Parameters(
    algorithm="pca",
    kinds={
        "num_components": COUNT,
        "algorithm_mode": Categorical((REGULAR, RANDOMIZED)),
        "extra_components": Integer(Interval(low=EXTRA_AUTO)),
        "subtract_mean": Flag(),
    },
    defaults={"algorithm_mode": REGULAR, "extra_components": EXTRA_AUTO, "subtract_mean": True},
    required={"num_components": "it is the number of principal components"},
    idle=("mini_batch_size",),
)


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    return run(Algorithm(PARAMETERS, fit), root, environ)


def fit(training: Training) -> None:
    """Finds the components and writes them."""
    from .model import Components, save

    values, rows = training.values, training.train.dense
    count = values["num_components"]
    if count > rows.shape[1]:
        raise UserError(f"Hyperparameter num_components: {count} is more than the {rows.shape[1]} features.")
    mean = rows.mean(axis=0) if values["subtract_mean"] else rows[0] * 0
    sizes, directions = components(rows - mean, count, values["algorithm_mode"], values["extra_components"])
    save(training.model_dir, Components(mean, sizes, directions))


def components(rows: Any, count: int, mode: str, extra: int) -> tuple[Any, Any]:
    """Returns the largest singular values, the largest last, and their directions as columns in the same order.

    The largest number of each direction is positive, so that the same rows give the same components.
    """
    import numpy as np

    more = max(EXTRA_LEAST, count) if extra == EXTRA_AUTO else extra
    if mode == RANDOMIZED and count + more <= min(rows.shape):
        from sklearn.utils.extmath import randomized_svd

        _, sizes, found = randomized_svd(rows, count, n_oversamples=more, random_state=0)
        sizes, directions = sizes[::-1], found[::-1].T
    else:
        squares, directions = np.linalg.eigh(rows.T @ rows)
        sizes, directions = np.sqrt(np.maximum(squares[-count:], 0.0)), directions[:, -count:]
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(count)]
    return sizes, directions * np.where(largest < 0, -1.0, 1.0)
