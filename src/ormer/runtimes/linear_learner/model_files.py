"""The model and its file: `model_algo-1`, a NumPy archive (npz) of plain numbers that nothing unpickles.

A file that AWS's algorithm wrote is read too: see aws_models.

In it: `weights` (outputs × features, float64), `bias` (one an output), and `about`, a JSON text with `version`,
`predictor_type`, `loss` and `threshold`. A binary classifier and a regressor have one output, others one a class.
"""

from __future__ import annotations

import json
import os
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..toolkit.failures import UserError
from . import aws_models
from .hyperparameters import BINARY, MULTICLASS, REGRESSOR

MODEL_NAME = "model_algo-1"
VERSION = 1
HALF = 0.5


@dataclass(frozen=True)
class Model:
    """A trained linear function and what its scores mean."""

    weights: Any
    bias: Any
    predictor_type: str
    loss: str
    threshold: float = HALF

    @property
    def feature_dim(self) -> int:
        return int(self.weights.shape[1])

    def scores(self, features: Any) -> Any:
        """Returns what the model answers: probabilities (rows, or rows × classes), with hinge_loss or of a regressor
        the linear function itself."""
        raw = np.asarray(features @ self.weights.T) + self.bias
        if self.predictor_type == MULTICLASS:
            raw = np.exp(raw - raw.max(axis=1, keepdims=True))
            return raw / raw.sum(axis=1, keepdims=True)
        raw = raw[:, 0]
        return 1 / (1 + np.exp(-np.clip(raw, -700, 700))) if self.loss == "logistic" else raw

    def labels(self, scores: Any) -> Any | None:
        """Returns the predicted class of each row; None of a regressor."""
        if self.predictor_type == REGRESSOR:
            return None
        return scores.argmax(axis=1) if self.predictor_type == MULTICLASS else (scores >= self.threshold).astype(int)


def usual_threshold(predictor_type: str, loss: str) -> float:
    """Returns the middle between two classes: 0.5 of a probability, 0 of a hinge's score."""
    return 0.0 if (predictor_type, loss) == (BINARY, "hinge_loss") else HALF


def save_model(model: Model, folder: Path) -> None:
    """Writes the model's file so that it is whole or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "version": VERSION,
        "predictor_type": model.predictor_type,
        "loss": model.loss,
        "threshold": model.threshold,
    }
    draft = folder / f".{MODEL_NAME}.draft"
    with draft.open("wb") as out:
        np.savez(out, weights=model.weights, bias=model.bias, about=np.array(json.dumps(about)))
    os.replace(draft, folder / MODEL_NAME)


def load_model(folder: Path) -> Model:
    """Returns the model of a folder. Raises UserError when there is none that this algorithm, or AWS's, wrote."""
    path = folder / MODEL_NAME
    if not path.is_file():
        raise UserError(f"there is no {MODEL_NAME} in the model's folder; model.tar.gz must hold it at its root")
    try:
        if aws_models.is_one(path):
            weights, bias, about = aws_models.read(path)
            kind, loss = about["predictor_type"], about["loss_type"]
            return Model(weights, bias, kind, loss, float(about.get("threshold") or usual_threshold(kind, loss)))
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            weights, bias = stored["weights"], stored["bias"]
            return Model(weights, bias, about["predictor_type"], about["loss"], float(about["threshold"]))
    except (ValueError, KeyError, TypeError, OSError, struct.error, zipfile.BadZipFile) as error:
        raise UserError(f"{MODEL_NAME} is no model of linear-learner: {error}") from error
