"""The explainer: passes a request on to the model, and explains each record that the configuration asks it to.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-online-explainability-invoke-endpoint.html
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...serving.client import Response, Server, ServerUnreachable
from ...serving.http_server import Answer, Application, Request
from .. import answers, shap
from ..errors import ClientError
from ..payloads import JSON
from ..queries import search
from . import settings as told
from .asking import INVOCATIONS, Model, Refused, parsed_answer
from .players import Players, players_of
from .records import Cell, as_number, kind_of, read_records, write_record
from .settings import Settings

LOG = logging.getLogger("explainer")
VERSION = "1.0"
SERVERS = "ORMER_PREDICTOR_SERVERS"
MODEL_PATH = "x-ormer-model-path"
ENABLE = "x-amzn-sagemaker-enable-explanations"
PASSED_ON = ("x-amzn-sagemaker-custom-attributes", "x-amzn-sagemaker-inference-id", "x-amzn-sagemaker-target-model")
BAD_REQUEST, BAD_GATEWAY = 400, 502


class Explainer(Application):
    """Answers a request's predictions and explanations as one JSON document."""

    together = True

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._servers = [Server(address) for address in json.loads(environ[SERVERS])]
        self._settings: Settings | None = None

    def load(self) -> None:
        logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s", force=True)
        self._settings = told.load(self._folder)

    def invoke(self, request: Request) -> Answer:
        assert self._settings is not None, "nothing is asked before the configuration was read"
        headers = {name: request.headers[name] for name in PASSED_ON if request.headers.get(name)}
        path = request.headers.get(MODEL_PATH) or INVOCATIONS
        model = Model(self._servers, path, request.content_type, request.accept, headers)
        try:
            kind = kind_of(request.content_type)
            said = model.ask(request.body)
            document = _document(model, request, kind, said, self._settings)
        except Refused as refused:
            return Answer(refused.answer.status, refused.answer.body, refused.answer.content_type or "text/plain")
        except (ClientError, answers.CountMismatch) as error:
            LOG.warning("%s", error)
            return Answer.text(BAD_REQUEST, str(error))
        except ServerUnreachable as error:
            return Answer.text(BAD_GATEWAY, f"The model's server does not answer: {error}")
        kept = {name: said.headers[name] for name in PASSED_ON if name in said.headers}
        return Answer(200, json.dumps(document).encode("utf-8"), JSON, kept)


def _document(model: Model, request: Request, kind: str, said: Response, settings: Settings) -> dict[str, Any]:
    records = read_records(request.body.decode("utf-8"), request.content_type, settings.layout)
    answer = parsed_answer(said, request.accept, len(records))
    rows = _output_records(answer, len(records))
    enable = request.headers.get(ENABLE) or settings.enable
    wanted = [_is_wanted(enable, row) for row in rows]
    document: dict[str, Any] = {
        "version": VERSION,
        "predictions": {"content_type": said.content_type, "data": said.body.decode("utf-8")},
        "explanations": {},
    }
    headers = list(settings.label_headers) or _label_headers(rows, settings)
    if headers:
        document["label_headers"] = headers
    if any(wanted):
        found = [
            _explanation(model, record, kind, settings) if one else None
            for record, one in zip(records, wanted, strict=True)
        ]
        document["explanations"] = {"kernel_shap": found}
    return document


def _output_records(answer: Any, count: int) -> list[Any]:
    """The model's output for each record: a list of values for CSV, a document for JSON Lines."""
    rows = answer if isinstance(answer, list) else [answer]
    if len(rows) != count:
        raise answers.CountMismatch(f"The model answered {len(rows)} predictions for {count} records.")
    return [[_value(cell) for cell in row] if isinstance(row, list) else row for row in rows]


def _value(cell: Any) -> Any:
    """A cell of CSV as the value it spells: a number, a list, or the text itself."""
    is_list = isinstance(cell, str) and cell.strip().startswith("[")
    return as_number(cell.replace("'", '"') if is_list else cell)


def _is_wanted(expression: str, row: Any) -> bool:
    found = search(expression, row)
    if not isinstance(found, bool):
        raise ClientError(
            f"EnableExplanations {expression!r} is {found!r} for the model's output {json.dumps(row)[:200]}, "
            "which is neither true nor false."
        )
    return found


def _label_headers(rows: list[Any], settings: Settings) -> list[str]:
    """The names of the classes as the model itself tells them."""
    first = rows[0] if rows else None
    found: Any = None
    if isinstance(first, list) and settings.label_index is not None and settings.label_index < len(first):
        found = first[settings.label_index]
    elif isinstance(first, dict) and settings.label_attribute:
        found = search(settings.label_attribute, first)
    return [str(each) for each in found] if isinstance(found, list) else []


def _explanation(model: Model, record: list[Cell], kind: str, settings: Settings) -> list[dict[str, Any]]:
    """The attributions of one record's features."""
    features = len(settings.kinds)
    if len(record) != features:
        raise ClientError(f"A record of the request has {len(record)} features, but the SHAP baseline has {features}.")
    players = players_of(record, settings)
    values = _shapley(model, players, kind, settings)
    shares = players.shares(values)
    return [_feature(at, shares[at], players, settings) for at in range(features)]


def _shapley(model: Model, players: Players, kind: str, settings: Settings) -> np.ndarray:
    """players x outputs."""
    if not players.count:
        return np.zeros((0, 1))
    plan = shap.plan(players.count, settings.samples, settings.seed, always=0)
    lines = [
        write_record(players.synthetic(used, baseline), kind, settings.layout, settings.kinds)
        for used in plan.masks
        for baseline in settings.baseline
    ]
    outputs = model.scores(lines, settings)
    mean = outputs.reshape(len(plan.masks), len(settings.baseline), -1).mean(axis=1)
    return np.asarray(plan.weights @ (shap.logit(mean) if settings.use_logit else mean))


def _feature(at: int, values: np.ndarray, players: Players, settings: Settings) -> dict[str, Any]:
    units = players.units[at]
    described: dict[str, Any] = {}
    if settings.feature_headers:
        described["feature_header"] = settings.feature_headers[at]
    if settings.units is not None:
        described["feature_type"] = settings.kinds[at]
    attributions = [{"attribution": row.tolist()} for row in values]
    if units is not None:
        attributions = [
            {**one, "description": {"partial_text": unit.text, "start_idx": unit.start}}
            for one, unit in zip(attributions, units, strict=True)
        ]
    return {"attributions": attributions, **described}
