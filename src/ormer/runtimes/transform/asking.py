"""Asking the model: one request of the transform, tried again where that may help, and refusals in words.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html
"""

from __future__ import annotations

import socket
import sys
import time
from typing import BinaryIO, Callable, Iterable

from ..serving.client import Predictor, Response, ServerUnreachable
from .settings import Settings

ANSWER_CHARS_SHOWN = 600
PAUSE_SECONDS = 0.1
LAST_WORDS_SECONDS = 2.0
"""A server that died takes the job with it, and whoever supervises both knows its last words; so that goes first."""


class TransformFailed(Exception):
    """The model refused a request; the text begins with AWS's word for whose fault it is and says what the model said.

    AlgorithmError is the model's failure (status 5xx, no answer), ClientError its refusal (4xx).
    """


class ServerGone(TransformFailed):
    """Nobody answers any more, so that no other request will fare better."""


class Model:
    """The job's model servers, asked by several threads at once."""

    def __init__(self, predictor: Predictor, settings: Settings) -> None:
        self._predictor = predictor
        self._settings = settings

    def ask(self, key: str, body: bytes) -> bytes:
        """Returns the answer to one request of the object `key`. Raises TransformFailed."""
        asked = self._settings

        def once() -> Response:
            return self._predictor.invoke(body, asked.content_type, asked.accept, timeout_seconds=asked.timeout_seconds)

        return self._insist(key, once).body

    def ask_streaming(self, key: str, pieces: Callable[[], Iterable[bytes]], answer: BinaryIO) -> None:
        """Send an object of any length in chunks and write the answer to a file. Raises TransformFailed.

        pieces: begins the object anew, for another try.
        """
        asked = self._settings

        def once() -> Response:
            answer.seek(0)
            answer.truncate()
            return self._predictor.invoke_streaming(
                pieces(), asked.content_type, asked.accept, answer, asked.timeout_seconds
            )

        self._insist(key, once)

    def _unanswered(self, key: str, error: ServerUnreachable) -> TransformFailed:
        if isinstance(error.__cause__, (socket.timeout, TimeoutError)):
            seconds = self._settings.timeout_seconds
            text = "the model did not answer within {:g} seconds (InvocationsTimeoutInSeconds)".format(seconds)
            say("{}: {}".format(key, text))
            return TransformFailed("AlgorithmError: {}: {}".format(key, text))
        return ServerGone("AlgorithmError: {}: the model server did not answer: {}".format(key, error))

    def _insist(self, key: str, once: Callable[[], Response]) -> Response:
        failure = TransformFailed("AlgorithmError: {}: the model was never asked".format(key))
        for tried in range(self._settings.retries + 1):
            if tried:
                time.sleep(PAUSE_SECONDS * 2**tried)
            try:
                answer = once()
            except ServerUnreachable as error:
                failure = self._unanswered(key, error)
                continue
            if 200 <= answer.status < 300:
                return answer
            failure = TransformFailed(_refusal(key, answer))
            if answer.status < 500:
                break
        if isinstance(failure, ServerGone):
            time.sleep(LAST_WORDS_SECONDS)
        raise failure


def say(text: str) -> None:
    """Write a line of the data log."""
    print("[sagemaker logs]: {}".format(text), file=sys.stderr, flush=True)


def _refusal(key: str, answer: Response) -> str:
    text = answer.body.decode("utf-8", "replace").strip()
    blamed = "AlgorithmError" if answer.status >= 500 else "ClientError"
    say("{}: {}: {}".format(key, blamed, answer.status))
    say("{}: Message:".format(key))
    say("{}: {}".format(key, text))
    return "{}: {}: the model answered status {}: {}".format(blamed, key, answer.status, text[-ANSWER_CHARS_SHOWN:])
