"""Repeated k-fold cross validation: `_kfold` models and the predictions each row got while it was held out."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, List, Tuple

import numpy as np

from .boosting import TRAIN, History, Outcome, Plan, boost

PREDICTIONS_NAME = "predictions.csv"
DECISION_THRESHOLD = 0.5


def cross_validate(plan: Plan, data: Any, folds: int, repeats: int, output: Path, stop: threading.Event) -> List[Any]:
    """Trains folds × repeats models, prints each repeat's mean metrics and returns the boosters.

    Writes predictions.csv into output: label, mean probability and most frequent class of a classification; label and
    mean prediction of a regression. A stop ends the training with the models finished so far.
    """
    labels = data.get_label()
    classifies = is_classification(plan)
    held_out: List[List[Any]] = [[] for _ in range(len(labels))]
    outcomes: List[Outcome] = []
    print("Run {}-round of {}-fold cross validation with {} rows".format(repeats, folds, len(labels)), flush=True)
    for train_rows, test_rows in repeated_folds(labels if classifies else np.zeros(len(labels)), folds, repeats):
        number = len(outcomes)
        print("Train cross validation fold {}".format(number % folds + 1), flush=True)
        own_plan = replace(plan, checkpoint_dir=plan.checkpoint_dir and plan.checkpoint_dir / "model-{}".format(number))
        test = data.slice(test_rows)
        outcomes.append(boost(own_plan, data.slice(train_rows), test, stop))
        for row, prediction in zip(test_rows, outcomes[-1].booster.predict(test)):
            held_out[row].append(prediction)
        if len(outcomes) % folds == 0:
            print("The metrics of round {} cross validation".format(len(outcomes) // folds))
            print(mean_metric_line(plan.rounds, [outcome.history for outcome in outcomes[-folds:]]), flush=True)
        if outcomes[-1].stopped:
            break
    if repeats > 1:
        print("The overall metrics of {}-round cross validation".format(repeats))
        print(mean_metric_line(plan.rounds, [outcome.history for outcome in outcomes]), flush=True)
    _write_predictions(output, labels, held_out, classifies)
    return [outcome.booster for outcome in outcomes]


def repeated_folds(strata: Any, folds: int, repeats: int) -> Iterator[Tuple[Any, Any]]:
    """Yields (rows to train on, rows held out), folds × repeats times; each fold has each stratum's share of rows."""
    random = np.random.default_rng()
    for _ in range(repeats):
        fold_of = np.empty(len(strata), dtype=int)
        dealt = 0
        for stratum in np.unique(strata):
            rows = random.permutation(np.flatnonzero(strata == stratum))
            fold_of[rows] = (dealt + np.arange(len(rows))) % folds
            dealt += len(rows)
        for fold in range(folds):
            yield np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


def is_classification(plan: Plan) -> bool:
    """Returns whether the folds keep the classes' shares."""
    return "num_class" in plan.parameters or str(plan.parameters.get("objective", "")).startswith("binary:")


def mean_metric_line(rounds: int, histories: List[History]) -> str:
    """Returns `[rounds]\\tdata-metric:mean…` of the last values of several trainings."""
    parts = ["[{}]".format(rounds)]
    for metric in histories[0].get(TRAIN, {}):
        for data in histories[0]:
            mean = float(np.mean([history[data][metric][-1] for history in histories]))
            parts.append("{}-{}:{:.5f}".format(data, metric, mean))
    return "\t".join(parts)


def _write_predictions(output: Path, labels: Any, held_out: List[List[Any]], classifies: bool) -> None:
    rows = [
        (label, *_aggregate(np.asarray(predictions), classifies))
        for label, predictions in zip(labels, held_out)
        if predictions
    ]
    output.mkdir(parents=True, exist_ok=True)
    np.savetxt(str(output / PREDICTIONS_NAME), np.asarray(rows, dtype=float), delimiter=",", fmt="%f")


def _aggregate(predictions: Any, classifies: bool) -> List[float]:
    """predictions: repeats, or repeats × classes."""
    if not classifies:
        return [float(predictions.mean())]
    if predictions.ndim > 1:
        classes, certainty = predictions.argmax(axis=-1), predictions.max(axis=-1)
    else:
        classes, certainty = (predictions > DECISION_THRESHOLD).astype(int), predictions
    values, counts = np.unique(classes, return_counts=True)
    return [float(certainty.mean()), float(values[counts.argmax()])]
