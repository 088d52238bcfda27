"""Serving in a TensorFlow image: a SavedModel, with the user's handlers before and behind it.

https://sagemaker.readthedocs.io/en/v2.257.0/frameworks/tensorflow/deploying_tensorflow_serving.html
"""

from __future__ import annotations

import io
import json
import os
import threading
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, Mapping, Optional

from ..serving.encodings import ANY, JSON, media_type
from ..serving.handlers import answer_of
from ..serving.http_server import Answer, Application, Request
from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..serving.user_code import import_user_module
from ..toolkit.contract import DEFAULT_ROOT, base_dir
from .saved_models import BadRequest, SavedModel, find_saved_model, requested

PREDICT_SECONDS_MAX = 60.0
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"

Context = namedtuple(
    "Context",
    "model_name, model_version, method, rest_uri, grpc_port, channel, custom_attributes, request_content_type, "
    "accept_header, content_length",
)
"""What handlers are told of a request, as the TensorFlow Serving container has it."""


class TensorFlowApplication(Application):
    """A SavedModel. `handler`, or `input_handler` and `output_handler`, of the user's inference.py stand around it."""

    def __init__(self, model_dir: Path, environ: Mapping[str, str]) -> None:
        self._model_dir = model_dir
        self._environ = environ
        self._module: Optional[ModuleType] = None
        self._model: Any = None
        self._rest_uri = ""

    def load(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
        self._module = import_user_module(self._model_dir, self._environ)
        if self._own("handler") is None and (self._own("input_handler") is None) != (
            self._own("output_handler") is None
        ):
            raise ValueError("The inference program must have handler, or both input_handler and output_handler.")
        self._model = SavedModel(find_saved_model(self._model_dir), self._model_dir)
        if self._own("handler") or self._own("input_handler"):
            self._rest_uri = _listen(self._model)

    def invoke(self, request: Request) -> Answer:
        kind = media_type(request.content_type or JSON)
        try:
            if self._rest_uri:
                return self._handled(request, request.content_type or JSON)
            body, known = requested(request.body, kind)
            if not known:
                return Answer.text(415, 'Unsupported content type: "{}"'.format(kind))
            return Answer(200, self._model.predict(body), JSON)
        except (BadRequest, UnicodeDecodeError) as error:
            return _refused(error)

    def _handled(self, request: Request, content_type: str) -> Answer:
        import requests

        accept = JSON if request.accept in ("", ANY) else request.accept
        context = Context(
            self._model.name,
            self._model.version,
            "predict",
            self._rest_uri,
            None,
            None,
            request.headers.get(ATTRIBUTES, ""),
            media_type(content_type),
            accept,
            len(request.body),
        )
        data = io.BytesIO(request.body)
        whole = self._own("handler")
        if whole is not None:
            return answer_of(whole(data, context), accept)
        asked = self._own("input_handler")(data, context)
        response = requests.post(self._rest_uri, data=asked, timeout=PREDICT_SECONDS_MAX)
        return answer_of(self._own("output_handler")(response, context), accept)

    def _own(self, name: str) -> Any:
        return getattr(self._module, name, None)


def _listen(model: SavedModel) -> str:
    """Answers predict requests on loopback, for the user's handlers; returns the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                answer = Answer(200, model.predict(body), JSON)
            except BadRequest as error:
                answer = _refused(error)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *words: Any) -> None:
            """Requests are told where they come in."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:{}/v1/models/{}:predict".format(server.server_port, model.name)


def _refused(error: Exception) -> Answer:
    return Answer(400, json.dumps({"error": str(error)}).encode("utf-8"), JSON)


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    variables = os.environ if environ is None else environ
    if wants_many(variables):
        return serve_many("tensorflow", variables)
    return serve(TensorFlowApplication(base_dir(root, variables) / "model", variables), variables)
