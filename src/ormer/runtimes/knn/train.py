"""Training: a sample of the rows, with fewer dimensions where that is asked.

https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_hyperparameters.html

Differs: neighbours are found exactly, whatever index_type says; what divides AWS's approximate indexes has no effect.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..toolkit.contract import DEFAULT_ROOT
from ..toolkit.failures import UserError
from ..toolkit.ranges import Categorical
from ..vectors.hyperparameters import AUTO, COUNT, Or, Parameters
from ..vectors.training import Algorithm, Training, run

CLASSIFIER, REGRESSOR = "classifier", "regressor"
SIGN, FJLT = "sign", "fjlt"
L2, INNER_PRODUCT, COSINE = "L2", "INNER_PRODUCT", "COSINE"


def _check(values: dict[str, Any], own: Mapping[str, str]) -> None:
    if ("dimension_reduction_type" in own) != ("dimension_reduction_target" in own):
        raise UserError("Hyperparameters dimension_reduction_type and dimension_reduction_target come together.")
    if values["k"] > values["sample_size"]:
        raise UserError(f"Hyperparameter k: {values['k']} is more than sample_size, {values['sample_size']}.")


PARAMETERS = Parameters(
    algorithm="knn",
    kinds={
        "k": COUNT,
        "predictor_type": Categorical((CLASSIFIER, REGRESSOR)),
        "sample_size": COUNT,
        "dimension_reduction_type": Categorical((SIGN, FJLT)),
        "dimension_reduction_target": COUNT,
        "index_type": Categorical(("faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ")),
        "index_metric": Categorical((L2, INNER_PRODUCT, COSINE)),
        "faiss_index_ivf_nlists": Or(AUTO, COUNT),
        "faiss_index_pq_m": COUNT,
    },
    defaults={"index_metric": L2},
    required={
        "k": "it is the number of neighbours",
        "predictor_type": f"set it to {CLASSIFIER} or {REGRESSOR}",
        "sample_size": "it is the number of rows that the model keeps",
    },
    idle=("index_type", "faiss_index_ivf_nlists", "faiss_index_pq_m", "mini_batch_size"),
    check=_check,
)


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    return run(Algorithm(PARAMETERS, fit, labels=("train", "test")), root, environ)


def fit(training: Training) -> None:
    """Keeps a sample and writes it; with channel test it tells how good it is."""
    import numpy as np

    from .model import Neighbours, save

    values, rows, labels = training.values, training.train.dense, training.train.labels
    if len(rows) < values["k"]:
        raise UserError(
            f"Hyperparameter k: {values['k']} neighbours need as many records; channel train has {len(rows)}."
        )
    random = np.random.default_rng(0)
    if len(rows) > values["sample_size"]:
        kept = np.sort(random.choice(len(rows), values["sample_size"], replace=False))
        rows, labels = rows[kept], labels[kept]
    projection = _projection(rows.shape[1], values, random)
    sample = rows if projection is None else rows @ projection
    model = Neighbours(sample, labels, projection, values["k"], values["predictor_type"], values["index_metric"])
    if "test" in training.tables:
        table = training.tables["test"]
        found = model.predict(table.dense)[0]
        if values["predictor_type"] == CLASSIFIER:
            training.tell("test", "accuracy", float((found == table.labels).mean()), "score")
        else:
            training.tell("test", "mse", float(((found - table.labels) ** 2).mean()))
    save(training.model_dir, model)


def _projection(width: int, values: Mapping[str, Any], random: Any) -> Any:
    """Returns width × fewer columns that keep distances nearly as they are, or None.

    sign: columns of random signs; fjlt: random signs, then a cosine transform, then some of its columns.
    """
    import numpy as np

    target = values.get("dimension_reduction_target")
    if target is None:
        return None
    if target >= width:
        raise UserError(f"Hyperparameter dimension_reduction_target: {target} is not below the {width} features.")
    if values["dimension_reduction_type"] == SIGN:
        return random.choice([-1.0, 1.0], (width, target)) / np.sqrt(target)
    from scipy.fft import dct

    signs, chosen = random.choice([-1.0, 1.0], width), random.choice(width, target, replace=False)
    return (signs[:, None] * dct(np.eye(width), norm="ortho", axis=1))[:, chosen] * np.sqrt(width / target)
