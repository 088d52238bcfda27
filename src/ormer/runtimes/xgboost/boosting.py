"""The boosting loop: one round after the other, with metrics printed, checkpoints, early stopping and a graceful stop.

The loop is our own over Booster.update and Booster.eval_set: every xgboost since 0.90 has these two alike, while its
callbacks changed twice.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import xgboost

from .metrics import custom_metrics, evaluate, is_maximized
from .model_files import BEST_ITERATION, save_model

CHECKPOINT_NAME = "xgboost-checkpoint"
CHECKPOINTS_KEPT = 5
TRAIN, VALIDATION = "train", "validation"

History = Dict[str, Dict[str, List[float]]]
"""{data: {metric: [value per round]}}"""


@dataclass(frozen=True)
class Plan:
    """What to train: xgboost's parameters, rounds, the metrics to print, when to stop early, where checkpoints go."""

    parameters: Dict[str, Any]
    rounds: int
    metrics: Tuple[str, ...] = ()
    stopping_metric: Optional[str] = None
    stopping_rounds: int = 0
    keeps_best_only: bool = True
    checkpoint_dir: Optional[Path] = None


@dataclass
class Outcome:
    """The trained Booster, the metrics of every round, and whether a stop cut the training short."""

    booster: Any
    history: History = field(default_factory=dict)
    stopped: bool = False


@dataclass
class BestRound:
    """Follows one metric of the validation data and says when it has not improved for a number of rounds."""

    patience: int
    metric: str = ""
    value: Optional[float] = None
    round_index: int = -1

    def exhausted_after(self, round_index: int, metric: str, value: float) -> bool:
        more_is_better = is_maximized(metric)
        if self.value is None or (value > self.value if more_is_better else value < self.value):
            self.metric, self.value, self.round_index = metric, value, round_index
        return round_index - self.round_index >= self.patience

    def __str__(self) -> str:
        return "{}-{}:{:.5f}".format(VALIDATION, self.metric, self.value)


def boost(plan: Plan, train: Any, validation: Optional[Any], stop: threading.Event) -> Outcome:
    """Trains and returns the outcome; a set stop event ends it after the round under way.

    Raises xgboost.core.XGBoostError when xgboost does not accept the data or the parameters.
    """
    watched = [(train, TRAIN)] + ([(validation, VALIDATION)] if validation is not None else [])
    own = custom_metrics(plan.metrics)
    booster, first = _new_booster(plan, watched, own)
    outcome = Outcome(booster)
    best = BestRound(plan.stopping_rounds) if plan.stopping_rounds and validation is not None else None
    for number in range(first, plan.rounds):
        booster.update(train, number)
        scores = _scores(booster, watched, number, own)
        _record(outcome.history, scores)
        print(metric_line(number, scores), flush=True)
        if plan.checkpoint_dir is not None:
            _write_checkpoint(booster, plan.checkpoint_dir, number)
        if best is not None and best.exhausted_after(number, *_watched_score(scores, plan.stopping_metric)):
            print("Stopping. Best iteration:\n[{}]\t{}".format(best.round_index, best), flush=True)
            break
        outcome.stopped = stop.is_set()
        if outcome.stopped:
            break
    if best is not None and best.value is not None:
        outcome.booster = _keep_best(booster, best, plan)
    return outcome


def _new_booster(plan: Plan, watched: List[Tuple[Any, str]], own: List[str]) -> Tuple[Any, int]:
    """Returns a Booster and its first round: a new one and 0, or what the newest checkpoint holds."""
    checkpoint, first = latest_checkpoint(plan.checkpoint_dir)
    settings = list(plan.parameters.items()) + [("eval_metric", name) for name in plan.metrics if name not in own]
    if checkpoint is not None:
        print("Checkpoint loaded from {}\nResuming from iteration {}".format(checkpoint, first), flush=True)
    return xgboost.Booster(settings, [matrix for matrix, _ in watched], model_file=checkpoint), first


def metric_line(round_number: int, scores: List[Tuple[str, str, float]]) -> str:
    """Returns `[round]\\tdata-metric:value…`, the form that AWS's metric expressions look for."""
    return "[{}]".format(round_number) + "".join("\t{}-{}:{:.5f}".format(*score) for score in scores)


def latest_checkpoint(folder: Optional[Path]) -> Tuple[Optional[str], int]:
    """Returns the newest checkpoint file and the round to go on with; (None, 0) when there is none."""
    numbers = _checkpoint_numbers(folder)
    if folder is None or not numbers:
        return None, 0
    return str(folder / "{}.{}".format(CHECKPOINT_NAME, numbers[-1])), numbers[-1] + 1


def _checkpoint_numbers(folder: Optional[Path]) -> List[int]:
    if folder is None or not folder.is_dir():
        return []
    matches = [re.match(re.escape(CHECKPOINT_NAME) + r"\.(\d+)$", path.name) for path in folder.iterdir()]
    return sorted(int(match.group(1)) for match in matches if match)


def _write_checkpoint(booster: Any, folder: Path, number: int) -> None:
    save_model(booster, folder / "{}.{}".format(CHECKPOINT_NAME, number), pickled=False)
    outdated = folder / "{}.{}".format(CHECKPOINT_NAME, number - CHECKPOINTS_KEPT)
    if outdated.exists():
        outdated.unlink()


def _scores(booster: Any, watched: List[Tuple[Any, str]], number: int, own: List[str]) -> List[Tuple[str, str, float]]:
    """Returns (data, metric, value) of the round: xgboost's own metrics first, then ours."""
    scores = []
    for part in booster.eval_set(watched, number).split("\t")[1:]:
        name, _, value = part.strip().rpartition(":")
        data, _, metric = name.partition("-")
        scores.append((data, metric, float(value)))
    for matrix, data in watched if own else []:
        scores += [(data, metric, value) for metric, value in evaluate(own, booster, matrix)]
    return scores


def _watched_score(scores: List[Tuple[str, str, float]], metric: Optional[str]) -> Tuple[str, float]:
    """The named metric on the validation data, or its last one: what xgboost itself would look at."""
    found = [(name, value) for data, name, value in scores if data == VALIDATION and metric in (None, name)]
    return found[-1]


def _record(history: History, scores: List[Tuple[str, str, float]]) -> None:
    for data, metric, value in scores:
        history.setdefault(data, {}).setdefault(metric, []).append(value)


def _keep_best(booster: Any, best: BestRound, plan: Plan) -> Any:
    booster.set_attr(best_iteration=str(best.round_index), best_score=str(best.value))
    linear = plan.parameters.get("booster") == "gblinear"
    if not plan.keeps_best_only or linear or not hasattr(booster, "__getitem__"):
        return booster
    sliced = booster[: best.round_index + 1]
    sliced.set_attr(**{BEST_ITERATION: str(best.round_index), "best_score": str(best.value)})
    return sliced
