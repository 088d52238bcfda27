"""What a linear model says of rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..vectors.bodies import Answers
from ..vectors.serving import VectorApplication
from .model_files import Model, load_model


class LinearModel:
    """A model as the server asks it."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def feature_dim(self) -> int:
        return self._model.feature_dim

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns {score, predicted_label} of each row; a regressor gives the score alone."""
        scores = self._model.scores(features)
        labels = self._model.labels(scores)
        if labels is None:
            return [{"score": score} for score in scores.tolist()]
        return [
            {"score": score, "predicted_label": label}
            for score, label in zip(scores.tolist(), labels.tolist(), strict=True)
        ]


def application(model_dir: Path, environ: Mapping[str, str]) -> VectorApplication:
    """The model of a folder behind the server."""
    return VectorApplication(lambda folder: LinearModel(load_model(folder)), model_dir, environ)
