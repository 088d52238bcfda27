"""Inference: rows of CSV to features, to labels, or to whole predictions, by what the model's folder holds.

AUTOML_TRANSFORM_MODE says what a data processor does: feature-transform or inverse-label-transform.
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any, Callable, List, Mapping

import numpy as np

from ..serving.encodings import ANY, CSV, acceptable, media_type
from ..serving.http_server import Answer, Application, Request
from . import features
from .mistakes import ClientError
from .schemas import REGRESSION, encoded
from .tables import read_rows

LABEL, LABELS = "predicted_label", "labels"
PROBABILITY, PROBABILITIES = "probability", "probabilities"
KEYS = (LABEL, LABELS, PROBABILITY, PROBABILITIES)
FEATURES, INVERSE = "feature-transform", "inverse-label-transform"
ENSEMBLE_FILE = "ensemble.joblib"


class AutoMLApplication(Application):
    """The model of a folder behind the server."""

    def __init__(self, model_dir: Path, environ: Mapping[str, str]) -> None:
        self._model_dir = model_dir
        self._environ = environ
        self._answer: Callable[[str], List[List[str]]] = lambda text: []

    def load(self) -> None:
        if (self._model_dir / ENSEMBLE_FILE).exists():
            from .ensembles import load

            ensemble = load(self._model_dir)
            keys = output_keys(self._environ)
            self._answer = lambda text: predictions(ensemble, text, keys)
            return
        if not (self._model_dir / features.FILE).exists():
            raise ClientError("The model holds neither {} nor {}.".format(ENSEMBLE_FILE, features.FILE))
        featurizer = features.load(self._model_dir)
        if self._environ.get("AUTOML_TRANSFORM_MODE", FEATURES) == INVERSE:
            given = [key for key in self._environ.get("SAGEMAKER_INFERENCE_INPUT", LABEL).split(",") if key]
            keys = output_keys(self._environ)
            self._answer = lambda text: labelled(text, given, keys, featurizer.schema.classes)
        else:
            self._answer = lambda text: featured(featurizer, text)

    def invoke(self, request: Request) -> Answer:
        if media_type(request.content_type or CSV) != CSV:
            return _refusal(415, "Content type {} is not supported; use {}.".format(request.content_type, CSV))
        wanted = [media_type(each) for each in acceptable(request.accept)]
        if wanted and not {CSV, ANY} & set(wanted):
            return _refusal(406, "Accept type {} is not supported; use {}.".format(request.accept, CSV))
        try:
            rows = self._answer(request.body.decode("utf-8-sig"))
        except (ClientError, ValueError) as error:
            return _refusal(400, "unable to evaluate payload provided: {}".format(error))
        return Answer(200, _csv(rows, bool(self._environ.get("SAGEMAKER_BATCH"))), "text/csv; charset=utf-8")


def output_keys(environ: Mapping[str, str]) -> List[str]:
    """Return what SAGEMAKER_INFERENCE_OUTPUT asks for, in its order. Raises ClientError for an unknown key."""
    keys = [key.strip() for key in environ.get("SAGEMAKER_INFERENCE_OUTPUT", "").split(",") if key.strip()]
    strange = [key for key in keys if key not in KEYS]
    if strange:
        raise ClientError("SAGEMAKER_INFERENCE_OUTPUT names {}; known are {}.".format(strange[0], ", ".join(KEYS)))
    return keys or [LABEL]


def featured(featurizer: features.Featurizer, text: str) -> List[List[str]]:
    """Return the features of each row; a row with one cell more begins with the target, and so does its answer."""
    schema = featurizer.schema
    width = len(next(csv.reader(io.StringIO(text)), []))
    if width != len(schema.columns) + 1:
        found = featurizer.transform(read_rows(text, schema.names))
        return [[repr(value) for value in row] for row in found.tolist()]
    table = read_rows(text, [str(place) for place in range(width)])
    found = featurizer.transform(table.iloc[:, 1:])
    targets = encoded(table.iloc[:, 0], schema).tolist()
    return [[repr(target), *map(repr, row)] for target, row in zip(targets, found.tolist())]


def labelled(text: str, given: List[str], keys: List[str], classes: List[str]) -> List[List[str]]:
    """Return an algorithm's answers with the classes' own names. given: what the algorithm's cells are."""
    rows = []
    for cells in csv.reader(io.StringIO(text)):
        if len(cells) != len(given):
            raise ClientError("The algorithm answered {} cells; {} were to come.".format(len(cells), ",".join(given)))
        told = {**dict(zip(given, cells)), LABELS: str(classes)}
        if LABEL in told:
            told[LABEL] = classes[int(float(told[LABEL]))]
        rows.append([told.get(key, "nan") for key in keys])
    return rows


def predictions(ensemble: Any, text: str, keys: List[str]) -> List[List[str]]:
    """Return what an ensemble predicts for each row."""
    schema = ensemble.schema
    answers = ensemble.answers(read_rows(text, schema.names))
    if schema.problem == REGRESSION:
        return [[repr(value) if key == LABEL else "nan" for key in keys] for value in answers.tolist()]
    positive = len(schema.classes) - 1
    rows = []
    for shares in answers:
        place = int(np.argmax(shares))
        told = {
            LABEL: schema.classes[place],
            LABELS: str(schema.classes),
            PROBABILITY: repr(float(shares[positive if positive == 1 else place])),
            PROBABILITIES: str(shares.tolist()),
        }
        rows.append([told[key] for key in keys])
    return rows


def _csv(rows: List[List[str]], in_batch: bool) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    text = stream.getvalue()
    return (text if in_batch else text.rstrip("\n")).encode()


def _refusal(status: int, text: str) -> Answer:
    print("{}: {}".format(status, text), file=sys.stderr, flush=True)
    return Answer.text(status, text)
