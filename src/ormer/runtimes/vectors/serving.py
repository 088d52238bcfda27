"""A model of this family behind the server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Callable, Mapping, Protocol

from ..serving.encodings import ANY, CSV, JSON, acceptable, media_type
from ..serving.http_server import MEGABYTE, Answer, Application, Request, payload_bytes_max
from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..toolkit.contract import base_dir
from ..toolkit.variables import cpu_count
from .bodies import CONTENT_TYPES, JSONLINES, RECORDIO, read_features, write_answers

ACCEPTS = (JSON, JSONLINES, RECORDIO)
MEGABYTES_NAMED_MAX = 100
VERBOSE = "verbose=true"
MEMBER = "predictions"

Answers = list[dict[str, Any]]


class Model(Protocol):
    """What an algorithm's model must be able to do."""

    @property
    def feature_dim(self) -> int:
        """How many features a row has."""

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns what is said of each row; verbose: with all that there is to say."""


class VectorApplication(Application):
    """The model of a folder behind the server. accepts: the content types of answers, the usual one first."""

    def __init__(
        self,
        load: Callable[[Path], Model],
        model_dir: Path,
        environ: Mapping[str, str],
        accepts: tuple[str, ...] = ACCEPTS,
        member: str = MEMBER,
    ) -> None:
        self._load, self._model_dir, self._environ = load, model_dir, environ
        self._accepts, self._member = accepts, member
        self._model: Any = None

    def load(self) -> None:
        self._model = self._load(self._model_dir)

    def execution_parameters(self) -> dict[str, Any]:
        megabytes = min(payload_bytes_max(self._environ) // MEGABYTE, MEGABYTES_NAMED_MAX)
        return {"MaxConcurrentTransforms": cpu_count(), "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": megabytes}

    def invoke(self, request: Request) -> Answer:
        content_type = media_type(request.content_type) or CSV
        if content_type not in CONTENT_TYPES:
            return _refusal(415, f"Content type {content_type} is not supported; use {', '.join(CONTENT_TYPES)}.")
        accept = self._accept(request.accept)
        if accept is None:
            return _refusal(406, f"Accept type {request.accept} is not supported; use {', '.join(self._accepts)}.")
        try:
            features = read_features(request.body, content_type, self._model.feature_dim)
        except ValueError as error:
            return _refusal(400, f"unable to evaluate payload provided: {error}")
        verbose = VERBOSE in request.accept.lower().replace(" ", "")
        return Answer(200, self.written(self._model.answers(features, verbose), accept), accept)

    def written(self, answers: Answers, accept: str) -> bytes:
        """Returns the answers as a body of an accepted type."""
        return write_answers(answers, accept, self._member)

    def _accept(self, header: str) -> str | None:
        """The first acceptable type; unsaid, JSON, or in a batch transform, whose rows stand alone, JSON lines."""
        asked = [media_type(each) for each in acceptable(header)]
        if not asked or ANY in asked:
            usual = JSONLINES if self._environ.get("SAGEMAKER_BATCH") else JSON
            return self._environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or usual
        return next((each for each in asked if each in self._accepts), None)


def serve_model(
    kind: str, application: Callable[[Path, Mapping[str, str]], Application], root: Path, environ: Mapping[str, str]
) -> int:
    """Serves the model under root until SIGTERM; returns 0. application: of the model's folder and the variables."""
    if wants_many(environ):
        return serve_many(kind, environ)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return serve(application(base_dir(root, environ) / "model", environ), environ)


def _refusal(status: int, text: str) -> Answer:
    print(f"{status}: {text}", file=sys.stderr, flush=True)
    return Answer.text(status, text)
