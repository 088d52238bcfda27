"""Training: L-BFGS over all rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines-hyperparameters.html

Differs: the method has no learning rate. What steers AWS's stochastic optimiser alone (idle) is checked and has no
effect.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..toolkit.contract import DEFAULT_ROOT
from ..toolkit.failures import UserError
from ..toolkit.ranges import Categorical
from ..vectors.hyperparameters import ANY_NUMBER, COUNT, FROM_ZERO, Parameters
from ..vectors.training import Algorithm, Training, run

BINARY, REGRESSOR = "binary_classifier", "regressor"
PARTS = ("bias", "linear", "factors")
_STEERING = {
    **{f"{part}_lr": FROM_ZERO for part in PARTS},
    **{f"{part}_init_method": Categorical(("normal", "uniform", "constant")) for part in PARTS},
    **{f"{part}_init_scale": FROM_ZERO for part in PARTS},
    **{f"{part}_init_sigma": FROM_ZERO for part in PARTS},
    **{f"{part}_init_value": ANY_NUMBER for part in PARTS},
    "clip_gradient": ANY_NUMBER,
    "eps": ANY_NUMBER,
    "rescale_grad": ANY_NUMBER,
}

PARAMETERS = Parameters(
    algorithm="factorization-machines",
    kinds={
        "num_factors": COUNT,
        "predictor_type": Categorical((BINARY, REGRESSOR)),
        "epochs": COUNT,
        **{f"{part}_wd": FROM_ZERO for part in PARTS},
        **_STEERING,
    },
    defaults={"epochs": 1, "bias_wd": 0.01, "linear_wd": 0.001, "factors_wd": 0.00001},
    required={
        "num_factors": "it is the number of factors of each feature",
        "predictor_type": f"set it to {BINARY} or {REGRESSOR}",
    },
    idle=(*_STEERING, "mini_batch_size"),
)


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    return run(Algorithm(PARAMETERS, fit, labels=("train", "test")), root, environ)


def fit(training: Training) -> None:
    """Finds the weights and writes them, telling the metrics of every epoch and, at the end, of every channel."""
    from .fitting import find
    from .model import save

    binary = training.values["predictor_type"] == BINARY
    for name, table in training.tables.items():
        if binary and not set(table.labels.tolist()) <= {0.0, 1.0}:
            raise UserError(f"Channel {name} has labels other than 0 and 1, which a {BINARY} needs.")

    def told(epoch: int, model: Any) -> None:
        for name, (sort, value) in model.measured(training.train.features, training.train.labels).items():
            training.tell("train", name, value, sort, epoch)

    model = find(training.train, training.values, told)
    for channel, table in training.tables.items():
        for name, (sort, value) in model.measured(table.features, table.labels).items():
            training.tell(channel, name, value, sort)
    save(training.model_dir, model)
