"""The built-in algorithm's inference: a body to a matrix, a matrix to predictions, predictions to a body.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html#InputOutput-XGBoost
"""

from __future__ import annotations

import inspect
import io
import json
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np
import xgboost

from ..serving.client import MATRICES_HEADER, MATRIX
from ..serving.encodings import ANY, CSV, JSON, media_type
from ..serving.http_server import AMONG_MANY, MEGABYTE, Answer, Application, Request, payload_bytes_max
from ..toolkit.failures import UserError
from ..toolkit.recordio import read_matrix, write_predictions
from ..toolkit.variables import cpu_count
from . import data
from .data import content_kind, find_delimiter
from .flat import export
from .model_files import BEST_ITERATION, load_model, model_files
from .selectable import encode_selected, select, selected_keys
from .tags import Behaviour

JSONLINES, RECORDIO = "application/jsonlines", "application/x-recordio-protobuf"
ACCEPTS = (JSON, JSONLINES, RECORDIO, CSV)
VOTING_OBJECTIVES = ("multi:softmax", "binary:hinge")


class XgboostApplication(Application):
    """The Boosters of a model folder, answering as one image tag's container does."""

    def __init__(self, model_dir: Path, environ: Mapping[str, str], behaviour: Behaviour) -> None:
        self._model_dir = model_dir
        self._environ = environ
        self._behaviour = behaviour
        self._boosters: List[Any] = []
        self._objective = ""
        self._class_count = 0
        self._feature_count = 0

    def load(self) -> None:
        files = model_files(self._model_dir)
        if not files:
            raise UserError("no model file in {}; model.tar.gz must hold one at its root".format(self._model_dir))
        together = self._behaviour.ensembles and self._environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") == "true"
        self._boosters = [load_model(path) for path in (files if together else files[:1])]
        for booster in self._boosters:
            booster.set_param("nthread", 1)
        learner = json.loads(self._boosters[0].save_config())["learner"]
        self._objective = learner["objective"]["name"]
        self._class_count = int(learner["learner_model_param"].get("num_class") or 0)
        self._feature_count = int(learner["learner_model_param"]["num_feature"])
        export(self._boosters, self._predict, self._behaviour, self._environ)

    def ping_headers(self) -> Dict[str, str]:
        """Offers matrices where an answer is the predictions alone."""
        return {MATRICES_HEADER: "true"} if self._answers_matrices() else {}

    def execution_parameters(self) -> Mapping[str, Any]:
        """Offers what AWS's container offers; a limit above 100 MB cannot be named."""
        megabytes = min(payload_bytes_max(self._environ) // MEGABYTE, 100)
        return {"MaxConcurrentTransforms": cpu_count(), "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": megabytes}

    def invoke(self, request: Request) -> Answer:
        if not request.body:
            return Answer(204)
        if self._answers_matrices() and media_type(request.content_type) == MATRIX:
            return self._invoke_matrix(request.body)
        try:
            matrix, kind = parse_body(request.body, request.content_type)
        except UserError as error:
            return _refusal(415, str(error))
        return self._answer(matrix, kind, lambda predictions: self._encode(predictions, request.accept))

    def _invoke_matrix(self, body: bytes) -> Answer:
        """The same numbers as a CSV body of them gives, without writing and reading them as text."""
        try:
            matrix = xgboost.DMatrix(np.load(io.BytesIO(body), allow_pickle=False))
        except (xgboost.core.XGBoostError, ValueError) as error:
            return _refusal(415, str(error))
        return self._answer(matrix, data.CSV, lambda predictions: Answer(200, npy(predictions), MATRIX))

    def _answer(self, matrix: Any, kind: str, encode: Callable[[Any], Answer]) -> Answer:
        try:
            check_width(self._feature_count, matrix, kind)
            predictions = self._predict(matrix)
        except (xgboost.core.XGBoostError, ValueError) as error:
            return _refusal(400, "Unable to evaluate payload provided: {}".format(str(error).split("Stack trace")[0]))
        return encode(predictions)

    def _answers_matrices(self) -> bool:
        return "SAGEMAKER_INFERENCE_OUTPUT" not in self._environ and not self._environ.get("SAGEMAKER_BATCH")

    def _predict(self, matrix: Any) -> Any:
        predictions = [predict(booster, matrix) for booster in self._boosters]
        if len(predictions) == 1:
            return predictions[0]
        if self._objective in VOTING_OBJECTIVES:
            return np.array([_most_frequent(votes) for votes in np.stack(predictions, axis=1)])
        return np.mean(predictions, axis=0)

    def _encode(self, predictions: Any, accept_header: str) -> Answer:
        selection = self._environ.get("SAGEMAKER_INFERENCE_OUTPUT")
        if self._environ.get(AMONG_MANY):
            default = self._environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or JSON
            return encode_among_many(predictions, accept_header, default)
        batch = bool(self._environ.get("SAGEMAKER_BATCH"))
        if self._behaviour.rows_on_one_line and selection is None:
            return _body(
                ("\n".join(_texts(predictions)) + "\n" if batch else ",".join(_texts(predictions))).encode(), CSV
            )
        accept = self._accept(accept_header)
        if accept is None:
            return _refusal(
                406,
                "Accept type {} is not supported. Please use supported accept types: {}.".format(
                    accept_header, list(ACCEPTS)
                ),
            )
        if selection is not None:
            return self._encode_selection(predictions, selected_keys(selection), accept, batch)
        if batch:
            return _body(("\n".join(_texts(predictions)) + "\n").encode(), accept)
        return _body(encode_predictions(predictions, accept), accept)

    def _encode_selection(self, predictions: Any, keys: List[str], accept: str, batch: bool) -> Answer:
        try:
            body = encode_selected(select(predictions, keys, self._objective, self._class_count), keys, accept)
        except ValueError as error:
            return _refusal(500, str(error))
        return _body(body + (b"\n" if batch and accept == CSV else b""), accept)

    def _accept(self, header: str) -> Optional[str]:
        accept = media_type(header)
        if not accept or accept == ANY:
            return self._environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or CSV
        return accept if accept in ACCEPTS else None


def parse_body(body: bytes, content_type: str) -> Tuple[Any, str]:
    """Returns the DMatrix of a body and the kind of its content. Raises UserError when it is malformed."""
    kind = content_kind(content_type)
    readers = {data.CSV: csv_matrix, data.LIBSVM: libsvm_matrix, data.RECORDIO: recordio_matrix}
    if kind not in readers:
        raise UserError("Content-type {} is not supported.".format(content_type))
    try:
        return readers[kind](body), kind
    except (ValueError, OverflowError, UserError) as error:
        raise UserError(
            "Loading {} data failed with Exception, please ensure data is in {} format:\n {}\n {}".format(
                kind, kind, type(error), error
            )
        ) from error


def csv_matrix(body: bytes) -> Any:
    """Returns the DMatrix of CSV lines; an empty cell is a missing value."""
    lines = _lines(body)
    delimiter = "," if "," in lines[0] else _delimiter(lines[0])
    numbers = _only_numbers(lines, delimiter)
    if numbers is not None:
        return xgboost.DMatrix(numbers)
    rows = [["nan" if not cell.strip() else cell for cell in line.split(delimiter)] for line in lines]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError("rows of different length: {}".format(sorted(widths)))
    return xgboost.DMatrix(np.array(rows).astype(float))


def _lines(body: bytes) -> List[str]:
    lines = body.strip().decode("utf-8").splitlines()
    if not lines:
        raise ValueError("there are no rows in it")
    return lines


def _only_numbers(lines: List[str], delimiter: str) -> Any:
    """Returns lines × cells when every line has as many cells as the first and each is a number, else None."""
    commas = lines[0].count(delimiter)
    if any(line.count(delimiter) != commas for line in lines):
        return None
    try:
        numbers = np.array(list(map(float, delimiter.join(lines).split(delimiter))))
    except ValueError:
        return None
    return numbers.reshape(len(lines), commas + 1)


def libsvm_matrix(body: bytes) -> Any:
    """Returns the DMatrix of LIBSVM lines; columns count from 0, labels are passed over."""
    rows, columns, values = [], [], []
    lines = _lines(body)
    for number, line in enumerate(lines):
        for token in line.split():
            column, colon, value = token.partition(":")
            if colon:
                rows.append(number)
                columns.append(int(column))
                values.append(float(value))
    from scipy.sparse import csr_matrix

    width = max(columns) + 1 if columns else 1
    return xgboost.DMatrix(csr_matrix((values, (rows, columns)), shape=(len(lines), width)))


def recordio_matrix(body: bytes) -> Any:
    """Returns the DMatrix of a RecordIO-protobuf body."""
    features, labels = read_matrix(body)
    return xgboost.DMatrix(features, label=labels)


def check_width(want: int, matrix: Any, kind: str) -> None:
    """Raises ValueError when the matrix has not the model's `want` features; LIBSVM may leave out empty columns."""
    have = int(matrix.num_col())
    if have in (want, want + 1) or (kind == data.LIBSVM and have < want):
        return
    raise ValueError(
        "Feature size of {} inference data {} is not consistent with feature size of trained model {}.".format(
            kind, have, want
        )
    )


def predict(booster: Any, matrix: Any) -> Any:
    """Returns the predictions, rows or rows × classes, up to the best round where training stopped early."""
    best = booster.attr(BEST_ITERATION)
    settings: Dict[str, Any] = {"validate_features": False}
    if best is not None and rounds_of(booster) > int(best) + 1:
        if "iteration_range" in inspect.signature(booster.predict).parameters:
            settings["iteration_range"] = (0, int(best) + 1)
        else:
            settings["ntree_limit"] = int(best) + 1
    return booster.predict(matrix, **settings)


def rounds_of(booster: Any) -> int:
    """Returns how many rounds a Booster was trained; old versions cannot tell and count as endless."""
    return int(booster.num_boosted_rounds()) if hasattr(booster, "num_boosted_rounds") else sys.maxsize


def encode_predictions(predictions: Any, accept: str) -> bytes:
    """Returns predictions as JSON, JSON lines, RecordIO-protobuf, or CSV with one row a line."""
    rows = predictions.tolist()
    if accept == JSON:
        return json.dumps({"predictions": [{"score": row} for row in rows]}).encode()
    if accept == JSONLINES:
        return "".join(json.dumps({"score": row}) + "\n" for row in rows).encode()
    if accept == RECORDIO:
        return write_predictions([{"score": row if isinstance(row, list) else [row]} for row in rows])
    if predictions.ndim == 1:
        return "".join(["{}\n".format(row) for row in rows]).encode()
    return "".join(",".join(map(str, row)) + "\n" for row in rows).encode()


def encode_among_many(predictions: Any, accept_header: str, default: str) -> Answer:
    """Returns the answer of a container with many models, whose handler is another one, in every image.

    CSV is all rows on one line, JSON is the list of them; every other type is refused. Read from
    aws/sagemaker-xgboost-container's algorithm_mode/handler_service.py.
    """
    accept = default if accept_header in ("", ANY) else accept_header
    if accept.lower() in (CSV, "csv"):
        return Answer(200, ",".join(_texts(predictions)).encode(), accept)
    if accept.lower() in (JSON, "json"):
        return Answer(200, json.dumps(predictions.tolist()).encode(), accept)
    text = "{} is not an accepted Accept type. Please choose one of the following: {}.".format(accept, [CSV, JSON])
    return _refusal(415, "Encoding to accept type {} failed with exception: {}".format(accept, text))


def npy(predictions: Any) -> bytes:
    """Returns predictions as a NumPy array file."""
    body = io.BytesIO()
    np.save(body, predictions, allow_pickle=False)
    return body.getvalue()


def _texts(predictions: Any) -> List[str]:
    """Each row as Python writes it, which for several classes is a list in brackets: so do AWS's containers."""
    return [str(row) for row in predictions.tolist()]


def _delimiter(line: str) -> str:
    try:
        return find_delimiter(line)
    except UserError:
        return ","


def _most_frequent(votes: Any) -> Any:
    values, counts = np.unique(votes, return_counts=True)
    return values[counts.argmax()]


def _body(body: bytes, content_type: str) -> Answer:
    return Answer(200, body, content_type + "; charset=utf-8" if content_type.startswith("text/") else content_type)


def _refusal(status: int, text: str) -> Answer:
    print("{}: {}".format(status, text), file=sys.stderr, flush=True)
    return Answer.text(status, text)
