"""What a linear model says of rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..serving.encodings import CSV
from ..vectors.bodies import Answers
from ..vectors.serving import ACCEPTS, VectorApplication
from .model_files import Model, load_model

LABEL, PROBABILITY, PROBABILITIES = "predicted_label", "probability", "probabilities"
SELECTION = "SAGEMAKER_INFERENCE_OUTPUT"


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
        return [{"score": score, LABEL: label} for score, label in zip(scores.tolist(), labels.tolist(), strict=True)]


class LinearApplication(VectorApplication):
    """The model of a folder behind the server.

    CSV, in which a row has no names, is for who said what its cells are to be: an AutoML candidate's container.
    """

    def __init__(self, model_dir: Path, environ: Mapping[str, str]) -> None:
        names_cells = SELECTION in environ or environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") == CSV
        accepts = (*ACCEPTS, CSV) if names_cells else ACCEPTS
        super().__init__(lambda folder: LinearModel(load_model(folder)), model_dir, environ, accepts)
        self._selection = environ.get(SELECTION, "")
        self._in_batch = bool(environ.get("SAGEMAKER_BATCH"))

    def written(self, answers: Answers, accept: str) -> bytes:
        if accept == CSV:
            return select(answers, self._selection, self._in_batch)
        return super().written(answers, accept)


def select(predictions: Answers, selection: str, in_batch: bool) -> bytes:
    """Returns one line of CSV a row: what SAGEMAKER_INFERENCE_OUTPUT selects, else the label, or a regressor's score.

    https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
    """
    keys = [key.strip() for key in selection.split(",") if key.strip()]
    lines = [",".join(_selected(one, key) for key in keys or [LABEL]) for one in predictions]
    return ("\n".join(lines) + ("\n" if in_batch else "")).encode()


def _selected(prediction: dict[str, Any], key: str) -> str:
    score = prediction["score"]
    if key == LABEL:
        return repr(prediction.get(LABEL, score))
    if key == PROBABILITY:
        return repr(max(score) if isinstance(score, list) else score)
    if key == PROBABILITIES:
        return f'"{score if isinstance(score, list) else [1.0 - score, score]}"'
    return "nan"
