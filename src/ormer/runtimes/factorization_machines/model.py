"""A factorization machine: a linear function, and for each pair of features the product of their factors.

https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines-howitworks.html
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..vectors import model_files
from ..vectors.bodies import Answers

ALGORITHM = "factorization-machines"
BINARY = "binary_classifier"
HALF = 0.5
SMALLEST = 1e-12


@dataclass(frozen=True)
class Machine:
    """bias: a number; linear: one a feature; factors: features × factors."""

    bias: Any
    linear: Any
    factors: Any
    predictor_type: str

    @property
    def feature_dim(self) -> int:
        return int(self.factors.shape[0])

    def raw(self, features: Any, sums: Any = None, squares: Any = None) -> Any:
        """Returns the function itself of each row. sums, squares: features @ factors, features², where known."""
        sums = np.asarray(features @ self.factors) if sums is None else sums
        squares = squared(features) if squares is None else squares
        pairs = (sums**2 - np.asarray(squares @ self.factors**2)).sum(axis=1) / 2
        return self.bias + np.asarray(features @ self.linear) + pairs

    def scores(self, features: Any) -> Any:
        """Returns the value of each row, of a classifier the probability of 1."""
        raw = self.raw(features)
        return 1 / (1 + np.exp(-np.clip(raw, -700, 700))) if self.predictor_type == BINARY else raw

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns {score, predicted_label} of each row; a regressor gives the score alone."""
        scores = self.scores(features).tolist()
        if self.predictor_type != BINARY:
            return [{"score": score} for score in scores]
        return [{"score": score, "predicted_label": float(score >= HALF)} for score in scores]

    def measured(self, features: Any, labels: Any) -> dict[str, tuple[str, float]]:
        """Returns {metric: (loss or score, value)}."""
        scores = self.scores(features)
        if self.predictor_type != BINARY:
            return {"rmse": ("loss", float(np.mean((scores - labels) ** 2)) ** 0.5)}
        likely = np.clip(np.where(labels == 1, scores, 1 - scores), SMALLEST, 1)
        said, true = scores >= HALF, labels == 1
        below = int(said.sum()) + int(true.sum())
        return {
            "binary_classification_accuracy": ("score", float((said == true).mean())),
            "binary_classification_cross_entropy": ("loss", float(-np.log(likely).mean())),
            "binary_f_1.000": ("score", 2 * int((said & true).sum()) / below if below else 0.0),
        }


def squared(features: Any) -> Any:
    """Returns the squares of all cells, dense or sparse as they came."""
    return features**2 if isinstance(features, np.ndarray) else features.multiply(features).tocsr()


def save(folder: Path, model: Machine) -> None:
    """Writes the model's file."""
    about = {"predictor_type": model.predictor_type}
    model_files.save(folder, ALGORITHM, about, bias=np.array(model.bias), linear=model.linear, factors=model.factors)


def load(folder: Path) -> Machine:
    """Returns the model of a folder. Raises UserError when there is none."""
    arrays, about = model_files.load(folder, ALGORITHM)
    return Machine(float(arrays["bias"]), arrays["linear"], arrays["factors"], about["predictor_type"])
