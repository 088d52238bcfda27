"""Asks the model: batches as large as a request may be, no record twice, one by one when a batch fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from ..serving.client import MATRIX
from . import answers
from .errors import ClientError
from .payloads import CSV, RequestFormat, matrix_body, request_format

LOG = logging.getLogger("clarify")
FALLBACK = "Fallback to per-record prediction because of model error."
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html: 6 MB for real time.
PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
RECORDS_PER_REQUEST_MAX = 20_000
# A matrix says its size beforehand, and the server that takes it is our own: a request may be nearly full.
MATRIX_RECORD_BYTES = 8
MATRIX_HEAD_BYTES_MAX = 4096
RECORDS_MEASURED = 50
SHOWN_BYTES_MAX = 300


class Reply(Protocol):
    """What one request to the model returns."""

    status: int
    body: bytes
    content_type: str


Invoke = Callable[[bytes, str, str, dict[str, str]], Reply]


@dataclass
class Model:
    """A served model. `records_sent` counts what it was asked, for the job's log.

    matrices: whether the server reads numbers as a matrix where the configuration says CSV; the answers are the same.
    """

    invoke: Invoke
    request: RequestFormat
    accept: str
    headers: dict[str, str]
    label: str | int | None = None
    probability: str | int | None = None
    matrices: bool = False
    records_sent: int = 0

    def scores(self, rows: pl.DataFrame) -> np.ndarray:
        """Return rows x outputs as floats: the probability when the configuration locates one, else the label."""
        selector = self.label if self.probability is None else self.probability

        def scores(reply: Reply, count: int) -> np.ndarray:
            table = answers.number_table(reply.body, reply.content_type, self.accept, count)
            found = None if table is None else answers.column(table, selector)
            return answers.scores(answers.pick(self._parsed(reply, count), selector, count)) if found is None else found

        if self.matrices and self.request.content_type == self.accept == CSV:
            parts = self._ask_matrices(rows, scores)
            if parts is not None:
                return np.concatenate(parts)
        return np.concatenate(self._ask(rows, scores))

    def labels_and_scores(self, rows: pl.DataFrame) -> tuple[list[Any] | None, list[Any] | None]:
        """Return (labels, probabilities), one of each for each row; None for one the configuration does not locate.

        Where it locates neither, the whole answers are the probabilities.
        """

        def both(reply: Reply, count: int) -> tuple[list[Any] | None, list[Any] | None]:
            answer = self._parsed(reply, count)
            label = None if self.label is None else answers.pick(answer, self.label, count)
            if label is not None and self.probability is None:
                return label, None
            return label, answers.pick(answer, self.probability, count)

        parts = self._ask(rows, both)
        return _joined([part[0] for part in parts]), _joined([part[1] for part in parts])

    def _parsed(self, reply: Reply, count: int) -> Any:
        return answers.parse(reply.body, reply.content_type, self.accept, count)

    def _ask_matrices(self, rows: pl.DataFrame, read: Callable[[Reply, int], Any]) -> list[Any] | None:
        """Return what `_ask` does; None when the rows are no matrix, or the server refuses it, so that CSV says why."""
        size = (PAYLOAD_BYTES_MAX - MATRIX_HEAD_BYTES_MAX) // (MATRIX_RECORD_BYTES * rows.width)
        parts: list[Any] = []
        for at in range(0, len(rows), size):
            batch = rows[at : at + size]
            body = matrix_body(batch)
            reply = None if body is None else self.invoke(body, MATRIX, MATRIX, self.headers)
            if reply is None or _problem(reply):
                return None
            parts.append(read(reply, len(batch)))
        self.records_sent += len(rows)
        return parts

    def _ask(self, rows: pl.DataFrame, read: Callable[[Reply, int], Any]) -> list[Any]:
        size = self._records_per_request(rows)
        parts: list[Any] = []
        for at in range(0, len(rows), size):
            parts += self._batch(rows[at : at + size], read)
        self.records_sent += len(rows)
        return parts

    def _records_per_request(self, rows: pl.DataFrame) -> int:
        if self.request.one_at_a_time:
            return 1
        sample = rows[: min(len(rows), RECORDS_MEASURED)]
        bytes_per_record = max(1, len(self.request.body(sample)) // len(sample))
        # Half of the limit leaves room for records longer than the first ones.
        return max(1, min(RECORDS_PER_REQUEST_MAX, PAYLOAD_BYTES_MAX // 2 // bytes_per_record))

    def _batch(self, rows: pl.DataFrame, read: Callable[[Reply, int], Any]) -> list[Any]:
        body = self.request.body(rows)
        if len(body) > PAYLOAD_BYTES_MAX and len(rows) > 1:
            half = len(rows) // 2
            return self._batch(rows[:half], read) + self._batch(rows[half:], read)
        reply = self._send(body)
        problem = _problem(reply)
        if not problem:
            try:
                return [read(reply, len(rows))]
            except answers.CountMismatch as error:
                problem = str(error)
        if len(rows) == 1:
            raise ClientError(f"The model could not predict a record. {problem}")
        LOG.warning("%s %s", FALLBACK, problem)
        return [self._single(rows[at], read) for at in range(len(rows))]

    def _single(self, row: pl.DataFrame, read: Callable[[Reply, int], Any]) -> Any:
        reply = self._send(self.request.body(row))
        problem = _problem(reply)
        if problem:
            raise ClientError(f"The model could not predict a record. {problem}")
        try:
            return read(reply, 1)
        except answers.CountMismatch as error:
            raise ClientError(f"The model could not predict a record. {error}") from error

    def _send(self, body: bytes) -> Reply:
        return self.invoke(body, self.request.content_type, self.accept, self.headers)


def _joined(parts: list[list[Any] | None]) -> list[Any] | None:
    return None if parts[0] is None else [value for part in parts for value in part or []]


def _problem(reply: Reply) -> str:
    if 200 <= reply.status < 300:
        return ""
    return f"It answered status {reply.status}: {reply.body[:SHOWN_BYTES_MAX].decode('utf-8', 'replace')}"


def model_for(config: dict[str, Any], invoke: Invoke, matrices: bool = False) -> Model:
    """Return the model as the configuration's predictor describes it; matrices: whether its server reads them."""
    predictor = config["predictor"]
    request = request_format(predictor, config["dataset_type"])
    headers = {}
    if "custom_attributes" in predictor:
        headers["X-Amzn-SageMaker-Custom-Attributes"] = predictor["custom_attributes"]
    if "target_model" in predictor:
        headers["X-Amzn-SageMaker-Target-Model"] = predictor["target_model"]
    accept = predictor.get("accept_type") or request.content_type or CSV
    return Model(invoke, request, accept, headers, predictor.get("label"), predictor.get("probability"), matrices)
