"""The training jobs of AutoML, `run.py automl train`: a data processor that is fitted, or one trial of ensembles.

The hyperparameter `automl_task` says which: `features` or `ensemble`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple

import pandas as pd

from ..toolkit.contract import DEFAULT_ROOT, Contract, base_dir
from ..toolkit.failures import UserError
from ..toolkit.script import report_failure
from .features import Featurizer
from .mistakes import ClientError
from .schemas import Schema, encoded
from .tables import numbers, read_rows

TASKS = ("features", "ensemble")
OBJECTIVE = "_tuning_objective_metric"
WEIGHT = "weight"


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Train the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    variables = os.environ if environ is None else environ
    try:
        job = Contract.read(root, variables)
        task = job.raw.get("automl_task", "")
        if task not in TASKS:
            raise UserError("The hyperparameter automl_task is {!r}; it must be one of {}.".format(task, TASKS))
        return fit_features(job) if task == "features" else fit_ensemble(job)
    except (UserError, ClientError) as error:
        return report_failure(base_dir(root, variables), UserError(str(error)))


def fit_features(job: Contract) -> int:
    """Fit the data processor on the channel train and save it."""
    schema = schema_of(job)
    table, _, _ = rows_of(job, "train", schema)
    Featurizer(schema).fit(table).save(job.model_dir)
    print("Fitted on {} rows of {} columns.".format(len(table), len(schema.columns)), flush=True)
    return 0


def fit_ensemble(job: Contract) -> int:
    """Fit the trial's models on train, weigh them by validation, and print how good they are together."""
    from . import ensembles
    from .quality import qualities

    schema = schema_of(job)
    metric = job.raw.get(OBJECTIVE, "validation:Accuracy").split(":")[-1]
    algorithms = [name for name in job.raw.get("algorithms", "").split(",") if name] or list(ensembles.ALGORITHMS)
    table, truth, weights = rows_of(job, "train", schema)
    featurizer = Featurizer(schema).fit(table)
    features = featurizer.transform(table)
    models = ensembles.models_of(schema.problem, algorithms, int(job.raw.get("trial", "0")))
    for name, model in models.items():
        model.fit(features, truth, sample_weight=weights)
        print("Fitted {}.".format(name), flush=True)
    judged, truth, weights = rows_of(job, "validation", schema)
    features = featurizer.transform(judged)
    answered = {name: ensembles.answers_of(model, features, schema) for name, model in models.items()}
    for name, answers in answered.items():
        alone = qualities(schema.problem, truth, answers, weights)
        print("{} alone: {} {:.6g}".format(name, metric, alone.get(metric, float("nan"))), flush=True)
    shares = ensembles.weighed(schema.problem, answered, truth, metric, weights)
    print("{}: {}".format(ensembles.NAME, {name: round(share, 3) for name, share in shares.items()}), flush=True)
    ensemble = ensembles.Ensemble(featurizer, models, shares)
    for name, value in qualities(schema.problem, truth, ensembles.mixed(answered, shares), weights).items():
        print("#quality validation-{}={!r}".format(name, value), flush=True)
    ensemble.save(job.model_dir)
    return 0


def schema_of(job: Contract) -> Schema:
    """Return what the first job found. Raises UserError without the channel schema."""
    path = job.channel("schema") / "schema.json"
    if not path.exists():
        raise UserError("The channel schema with schema.json is missing: the columns' types are not known.")
    return Schema.read(path)


def rows_of(job: Contract, channel: str, schema: Schema) -> Tuple[pd.DataFrame, Any, Any]:
    """Return a channel's features as texts, its target encoded, and its rows' weights or None."""
    files = sorted(path for path in job.channel(channel).rglob("*") if path.is_file())
    if not files:
        raise UserError("The channel {} holds no data.".format(channel))
    extra = [WEIGHT] if schema.is_weighted else []
    # Features may have any name, so the two that are ours stand in places, not under names.
    names = ["{}".format(place) for place in range(1 + len(extra) + len(schema.columns))]
    table = pd.concat([read_rows(path.read_text(encoding="utf-8"), names) for path in files], ignore_index=True)
    weights = numbers(table.iloc[:, 1]).to_numpy() if extra else None
    return table.iloc[:, 1 + len(extra) :], encoded(table.iloc[:, 0], schema), weights
