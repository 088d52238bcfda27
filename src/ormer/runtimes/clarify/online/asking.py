"""Asks the model's own servers: as many records at once as they take, one by one where a batch fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...serving.client import Response, Server
from .. import answers
from ..payloads import CSV
from .settings import Settings

LOG = logging.getLogger("explainer")
INVOCATIONS = "/invocations"
SECONDS_MAX = 60.0
RECORDS_MAX = 2000


class Refused(Exception):
    """The model answered a request with an error: its answer goes back as it is."""

    def __init__(self, answer: Response) -> None:
        super().__init__(f"the model answered status {answer.status}")
        self.answer = answer


@dataclass(frozen=True)
class Model:
    """The servers behind one request, in the order of the inference pipeline.

    path: where the first one is asked, which is a model's own place behind a multi-model endpoint.
    """

    servers: list[Server]
    path: str
    content_type: str
    accept: str
    headers: Mapping[str, str]

    def ask(self, body: bytes) -> Response:
        """The last server's answer. Raises Refused, and ServerUnreachable."""
        answer = Response(200, body, self.content_type)
        for server in self.servers:
            sent = {**self.headers, "Content-Type": answer.content_type}
            if self.accept:
                sent["Accept"] = self.accept
            answer = server.exchange("POST", self.path, answer.body, sent, SECONDS_MAX)
            if not 200 <= answer.status < 300:
                raise Refused(answer)
        return answer

    def scores(self, lines: list[str], settings: Settings) -> np.ndarray:
        """records x outputs of each line's record; lines that are the same are asked for once.

        Raises Refused, ClientError and ServerUnreachable.
        """
        distinct = list(dict.fromkeys(lines))
        size = _records_per_request(distinct, settings)
        parts = [self._batch(distinct[at : at + size], settings) for at in range(0, len(distinct), size)]
        found = np.concatenate(parts)
        place = {line: at for at, line in enumerate(distinct)}
        return np.asarray(found[[place[line] for line in lines]])

    def _batch(self, lines: list[str], settings: Settings) -> np.ndarray:
        try:
            return scores_of(self.ask(_body(lines)), self.accept, len(lines), settings)
        except (Refused, answers.CountMismatch) as error:
            if len(lines) == 1:
                raise
            LOG.warning("A batch of %d records failed (%s): asking for one after the other.", len(lines), error)
        return np.concatenate([scores_of(self.ask(_body([line])), self.accept, 1, settings) for line in lines])


def scores_of(answer: Response, accept: str, count: int, settings: Settings) -> np.ndarray:
    """records x outputs of a model's answer. Raises CountMismatch, ClientError."""
    parsed = parsed_answer(answer, accept, count)
    return answers.scores(answers.pick(parsed, _selector(parsed, settings), count))


def parsed_answer(answer: Response, accept: str, count: int) -> object:
    """Rows of cells for CSV, a list of documents for JSON Lines."""
    return answers.parse(answer.body, answer.content_type, accept or CSV, count)


def _selector(parsed: object, settings: Settings) -> str | int | None:
    is_csv = isinstance(parsed, list) and all(isinstance(row, list) for row in parsed)
    return settings.probability_index if is_csv else settings.probability_attribute


def _records_per_request(lines: list[str], settings: Settings) -> int:
    longest = max(len(line.encode("utf-8")) + 1 for line in lines)
    return max(1, min(settings.records_max or RECORDS_MAX, settings.bytes_max // longest))


def _body(lines: list[str]) -> bytes:
    return "\n".join(lines).encode("utf-8")
