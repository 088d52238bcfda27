"""One trial of the ensembling mode: several models of one table, and how much each of them counts.

The weights are found as in ensemble selection: again and again the model is taken up that makes the mean better.
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-model-support-validation.html
https://dl.acm.org/doi/10.1145/1015330.1015432
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from xgboost import XGBClassifier, XGBRegressor

from ..toolkit.variables import cpu_count
from .features import Featurizer
from .quality import is_better, qualities
from .schemas import REGRESSION, Schema

FILE = "ensemble.joblib"
NAME = "WeightedEnsemble_L2"
ALGORITHMS = ("xgboost", "randomforest", "extra-trees", "linear-learner")
ROUNDS = 25


class Ensemble:
    """Fitted models of one featurizer and their weights, which sum to 1."""

    def __init__(self, featurizer: Featurizer, models: Dict[str, Any], weights: Dict[str, float]) -> None:
        self.featurizer = featurizer
        self.models = {name: model for name, model in models.items() if weights.get(name)}
        self.weights = {name: weights[name] for name in self.models}

    @property
    def schema(self) -> Schema:
        return self.featurizer.schema

    def answers(self, table: pd.DataFrame) -> Any:
        """Return rows of a regression, or rows × classes probabilities, of a table of texts."""
        features = self.featurizer.transform(table)
        answered = {name: answers_of(model, features, self.schema) for name, model in self.models.items()}
        return mixed(answered, self.weights)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        joblib.dump(self, folder / FILE)


def load(folder: Path) -> Ensemble:
    """Return the ensemble of a model's folder."""
    found: Ensemble = joblib.load(folder / FILE)
    return found


def models_of(problem: str, algorithms: Sequence[str], trial: int) -> Dict[str, Any]:
    """Return models to be fitted. Trial 0 has each algorithm as it is; the others vary it, by their number."""
    chance = np.random.default_rng(trial)
    made = {name: _model(name, problem, chance if trial else None, trial) for name in algorithms}
    return {name: model for name, model in made.items() if model is not None}


def answers_of(model: Any, features: Any, schema: Schema) -> Any:
    """Return rows of a regression, or rows × classes probabilities; classes that a model never met get none."""
    if schema.problem == REGRESSION:
        return np.asarray(model.predict(features), dtype=float)
    found = np.zeros((len(features), len(schema.classes)))
    found[:, np.asarray(model.classes_, dtype=int)] = model.predict_proba(features)
    return found / found.sum(axis=1, keepdims=True)


def mixed(answered: Dict[str, Any], weights: Dict[str, float]) -> Any:
    """Return the weighted mean of several models' answers."""
    return sum(weights[name] * answered[name] for name in answered)


def weighed(
    problem: str, answered: Dict[str, Any], truth: Any, metric: str, row_weights: Optional[Any] = None
) -> Dict[str, float]:
    """Return the weight of each model, by the metric of their mean on rows that none of them was fitted to."""
    taken: List[str] = []
    total: Any = 0.0
    best: Optional[float] = None
    for _ in range(ROUNDS):
        values = {
            name: qualities(problem, truth, (total + one) / (len(taken) + 1), row_weights).get(metric, 0.0)
            for name, one in answered.items()
        }
        name = _best(metric, values)
        if best is not None and not is_better(metric, values[name], best):
            break
        best = values[name]
        taken.append(name)
        total = total + answered[name]
    counts = Counter(taken)
    return {name: counts[name] / len(taken) for name in answered}


def _best(metric: str, values: Dict[str, float]) -> str:
    names = list(values)
    found = names[0]
    for name in names[1:]:
        if is_better(metric, values[name], values[found]):
            found = name
    return found


def _model(name: str, problem: str, chance: Optional[np.random.Generator], trial: int) -> Any:
    is_regression = problem == REGRESSION

    def drawn(usual: Any, *others: Any) -> Any:
        return usual if chance is None else (usual, *others)[int(chance.integers(len(others) + 1))]

    if name == "xgboost":
        kind = XGBRegressor if is_regression else XGBClassifier
        return kind(
            n_estimators=drawn(150, 80, 300),
            max_depth=drawn(6, 3, 4, 8),
            learning_rate=drawn(0.1, 0.05, 0.2),
            subsample=drawn(0.9, 0.7, 1.0),
            colsample_bytree=drawn(0.9, 0.6, 1.0),
            random_state=trial,
            n_jobs=cpu_count(),
        )
    if name == "linear-learner":
        strength = drawn(1.0, 0.1, 10.0)
        return Ridge(alpha=1 / strength) if is_regression else LogisticRegression(C=strength, max_iter=1000)
    forests = {
        "randomforest": (RandomForestRegressor, RandomForestClassifier),
        "extra-trees": (ExtraTreesRegressor, ExtraTreesClassifier),
    }
    if name not in forests:
        return None
    return forests[name][0 if is_regression else 1](
        n_estimators=drawn(150, 80, 250),
        min_samples_leaf=drawn(1, 2, 5),
        max_features=drawn(0.5, "sqrt", 0.8),
        random_state=trial,
        n_jobs=cpu_count(),
    )
