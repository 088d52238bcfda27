"""Training: scikit-learn's Lloyd iterations over all rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html

Differs: all rows lie in memory, so the clusters are sought in all of them at once. What steers AWS's passes over a
stream alone (idle) is checked and has no effect.
"""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from ..toolkit.contract import DEFAULT_ROOT
from ..toolkit.failures import UserError
from ..toolkit.ranges import Categorical, Continuous, Integer, Interval
from ..vectors.hyperparameters import AUTO, COUNT, FROM_ZERO, Names, Or, Parameters
from ..vectors.training import Algorithm, Training, run

METHODS = Categorical(("random", "kmeans++"))
TRIALS = 3
"""How often the search begins where local_lloyd_num_trials is auto; the best result is kept."""

PARAMETERS = Parameters(
    algorithm="kmeans",
    kinds={
        "k": COUNT,
        "epochs": COUNT,
        "eval_metrics": Names(("msd", "ssd")),
        "extra_center_factor": Or(AUTO, COUNT),
        "half_life_time_size": FROM_ZERO,
        "init_method": METHODS,
        "local_lloyd_init_method": METHODS,
        "local_lloyd_max_iter": Integer(Interval(low=1)),
        "local_lloyd_num_trials": Or(AUTO, COUNT),
        "local_lloyd_tol": Continuous(Interval(low=0, high=1)),
    },
    defaults={
        "eval_metrics": ("msd",),
        "local_lloyd_init_method": "kmeans++",
        "local_lloyd_max_iter": 300,
        "local_lloyd_num_trials": AUTO,
        "local_lloyd_tol": 0.0001,
    },
    required={"k": "it is the number of clusters"},
    idle=("epochs", "extra_center_factor", "half_life_time_size", "init_method", "mini_batch_size"),
)


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    return run(Algorithm(PARAMETERS, fit), root, environ)


def fit(training: Training) -> None:
    """Finds the centers, tells how near they are, and writes them."""
    from sklearn.cluster import KMeans

    from .model import Clusters, save

    values, rows = training.values, training.train.features
    if rows.shape[0] < values["k"]:
        raise UserError(
            f"Hyperparameter k: {values['k']} clusters need as many records; channel train has {rows.shape[0]}."
        )
    trials = values["local_lloyd_num_trials"]
    found = KMeans(
        n_clusters=values["k"],
        init=values["local_lloyd_init_method"].replace("kmeans++", "k-means++"),
        n_init=TRIALS if trials == AUTO else trials,
        max_iter=values["local_lloyd_max_iter"],
        tol=values["local_lloyd_tol"],
        random_state=0,
    ).fit(rows)
    model = Clusters(found.cluster_centers_)
    for channel, table in training.tables.items():
        squares = model.distances(table.features)[1] ** 2
        for name in values["eval_metrics"]:
            value = squares.mean() if name == "msd" else squares.sum()
            training.tell(channel, name, value, epoch=0 if channel == "train" else None)
    save(training.model_dir, model)
