"""Training: trees of random cuts, each through a sample of the rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/rcf_hyperparameters.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..toolkit.contract import DEFAULT_ROOT
from ..toolkit.failures import UserError
from ..toolkit.ranges import Integer, Interval
from ..vectors.hyperparameters import AUTO, Names, Or, Parameters
from ..vectors.training import Algorithm, Training, run

FEATURES_MAX = 10_000
ACCURACY, SCORES = "accuracy", "precision_recall_fscore"
DEVIATIONS = 3
"""A row of channel test counts as an anomaly from so many standard deviations above the training rows' mean score."""
ROWS_JUDGED_MAX = 10_000

PARAMETERS = Parameters(
    algorithm="randomcutforest",
    kinds={
        "feature_dim": Or(AUTO, Integer(Interval(low=1, high=FEATURES_MAX))),
        "eval_metrics": Names((ACCURACY, SCORES)),
        "num_samples_per_tree": Integer(Interval(low=1, high=2048)),
        "num_trees": Integer(Interval(low=50, high=1000)),
    },
    defaults={"eval_metrics": (ACCURACY, SCORES), "num_samples_per_tree": 256, "num_trees": 100},
    required={},
    idle=("mini_batch_size",),
)


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    return run(Algorithm(PARAMETERS, fit, labels=("test",), label_sizes={"train": 0}), root, environ)


def fit(training: Training) -> None:
    """Grows the forest and writes it; with channel test it tells how well its scores find the rows of label 1."""
    from .model import grow, save

    values, rows = training.values, training.train.dense
    forest = grow(rows, values["num_trees"], values["num_samples_per_tree"])
    if "test" in training.tables:
        table = training.tables["test"]
        if not set(table.labels.tolist()) <= {0.0, 1.0}:
            raise UserError("Channel test has labels other than 0 and 1; 1 stands for an anomaly.")
        usual = forest.scores(rows[:ROWS_JUDGED_MAX])
        found = forest.scores(table.dense) > usual.mean() + DEVIATIONS * usual.std()
        for name, value in _measured(found, table.labels == 1, values["eval_metrics"]).items():
            training.tell("test", name, value, "score")
    save(training.model_dir, forest)


def _measured(found: Any, true: Any, wanted: tuple[str, ...]) -> dict[str, float]:
    hits = float((found & true).sum())
    precision, recall = hits / max(float(found.sum()), 1.0), hits / max(float(true.sum()), 1.0)
    both = precision + recall
    scores = {"precision": precision, "recall": recall, "f1": 2 * precision * recall / both if both else 0.0}
    accuracy = {"accuracy": float((found == true).mean())} if ACCURACY in wanted else {}
    return {**accuracy, **(scores if SCORES in wanted else {})}
