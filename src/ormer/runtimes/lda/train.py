"""Training: scikit-learn's variational inference over all documents.

https://docs.aws.amazon.com/sagemaker/latest/dg/lda-api-config.html

Differs: AWS decomposes moments of the word counts; what steers that alone (idle) is checked and has no effect. Topics
come in no order of their own in either.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..toolkit.contract import DEFAULT_ROOT
from ..toolkit.failures import UserError
from ..vectors.hyperparameters import ABOVE_ZERO, COUNT, Parameters
from ..vectors.training import Algorithm, Training, run

PASSES = 50
"""Passes over the documents; the likelihood of usual data changes little after these."""

PARAMETERS = Parameters(
    algorithm="lda",
    kinds={
        "num_topics": COUNT,
        "alpha0": ABOVE_ZERO,
        "max_restarts": COUNT,
        "max_iterations": COUNT,
        "tol": ABOVE_ZERO,
    },
    defaults={"alpha0": 0.1},
    required={"num_topics": "it is the number of topics"},
    idle=("max_restarts", "max_iterations", "tol", "mini_batch_size"),
)


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    return run(Algorithm(PARAMETERS, fit), root, environ)


def fit(training: Training) -> None:
    """Finds the topics and writes them; with channel test it tells how likely its words are."""
    import numpy as np
    from sklearn import config_context
    from sklearn.decomposition import LatentDirichletAllocation

    from .model import Topics, save

    values = training.values
    for name, table in training.tables.items():
        _check_counts(name, table)
    share = values["alpha0"] / values["num_topics"]
    # scikit-learn's own check refuses priors above 1, which its method has no trouble with.
    with config_context(skip_parameter_validation=True):
        found = LatentDirichletAllocation(
            n_components=values["num_topics"],
            doc_topic_prior=share,
            learning_method="batch",
            max_iter=PASSES,
            random_state=0,
        ).fit(training.train.features)
    words = found.components_ / found.components_.sum(axis=1, keepdims=True)
    model = Topics(np.full(values["num_topics"], share), words)
    if "test" in training.tables:
        training.tell("test", "pwll", model.likelihood(training.tables["test"].features), "score")
    save(training.model_dir, model)


def _check_counts(name: str, table: Any) -> None:
    cells = table.features.data if table.is_sparse else table.features
    if cells.size and cells.min() < 0:
        raise UserError(f"Channel {name} has the number {cells.min():g}; features of lda are counts of words.")
    if not cells.sum() > 0:
        raise UserError(f"Channel {name} has no words: all its counts are 0.")
