"""A multi-model container: models come and go while it serves, each in a server process of its own.

https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html

A process for each keeps user programs of the same name apart, and unloading gives all memory back.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping
from urllib.parse import unquote

from .client import (
    INVOCATION_SECONDS_MAX,
    LOAD_FAILED_HEADER,
    PING_PAUSE_SECONDS,
    PING_SECONDS_MAX,
    Server,
    ServerUnreachable,
)
from .http_server import AMONG_MANY, Answer, Application, Request, Service, payload_bytes_max
from .start import serve_service

VARIABLE = "SAGEMAKER_MULTI_MODEL"
LOAD_SECONDS_MAX = 240.0
STOP_SECONDS_MAX = 25.0
FORWARDED = ("content-type", "accept", "x-amzn-sagemaker-custom-attributes", "x-amzn-sagemaker-target-model")
NOT_PASSED_ON = (VARIABLE, "ORMER_BIND_SOCKET", "SAGEMAKER_BASE_DIR", "SAGEMAKER_MODEL_SERVER_WORKERS")


def wants_many(environ: Mapping[str, str]) -> bool:
    """Tells whether the platform has this container serve many models."""
    return environ.get(VARIABLE, "").lower() == "true"


def serve_many(kind: str, environ: Mapping[str, str]) -> int:
    """Serves many models of one kind of container until SIGTERM; returns 0."""
    service = ManyModels(kind, environ)
    try:
        return serve_service(service, environ)
    finally:
        service.stop()


@dataclass
class Model:
    """A loaded model: where it lies, its process, and a client of it."""

    name: str
    url: str
    process: "subprocess.Popen[bytes]"
    server: Server
    turn: threading.Lock = field(default_factory=threading.Lock)


class Nothing(Application):
    """No model of the container's own."""

    def load(self) -> None:
        """There is nothing to load before the platform asks for it."""

    def invoke(self, request: Request) -> Answer:
        return Answer.text(404, "this container serves many models: invoke one of them by TargetModel")


class ManyModels(Service):
    """The models and their processes; shared by the server's threads."""

    def __init__(self, kind: str, environ: Mapping[str, str]) -> None:
        super().__init__(Nothing(), payload_bytes_max(environ))
        self._kind = kind
        self._environ = {name: value for name, value in environ.items() if name not in NOT_PASSED_ON}
        self._sockets = Path(tempfile.mkdtemp(prefix="models-"))
        self._models: Dict[str, Model] = {}
        self._lock = threading.Lock()
        self._count = 0

    def models(self, method: str, path: str, request: Request) -> Answer:
        parts = [unquote(part) for part in path.split("/")[2:]]
        if not parts:
            return self._list() if method == "GET" else self._load(request)
        model = self._models.get(parts[0])
        if model is None:
            return Answer.text(404, "the model {} is not loaded".format(parts[0]))
        if parts[1:] == ["invoke"] and method == "POST":
            return self._invoke(model, request)
        if len(parts) == 1 and method == "GET":
            return _json([_described(model)])
        if len(parts) == 1 and method == "DELETE":
            self._unload(model)
            return _json({"status": "the model {} is unloaded".format(model.name)})
        return Answer.text(404, "there is no {} {}".format(method, path))

    def stop(self) -> None:
        """Ends every model's process."""
        with self._lock:
            models = list(self._models.values())
        for model in models:
            model.process.terminate()
        for model in models:
            _wait(model.process)

    def _list(self) -> Answer:
        with self._lock:
            return _json({"models": [_described(model) for model in self._models.values()]})

    def _load(self, request: Request) -> Answer:
        try:
            asked = json.loads(request.body)
            name, url = asked["model_name"], asked["url"]
        except (ValueError, KeyError, TypeError):
            return Answer.text(400, 'POST /models takes {"model_name": ..., "url": ...}')
        folder = Path(url)
        if not folder.is_dir():
            return Answer.text(400, "there is no folder {}".format(url))
        with self._lock:
            if name in self._models:
                return Answer.text(409, "the model {} is loaded already".format(name))
            self._count += 1
            model = self._start(name, folder, self._sockets / "{}.sock".format(self._count))
            model.turn.acquire()  # before anybody can ask it
            self._models[name] = model
        try:
            problem = _problem_of(model)
        finally:
            model.turn.release()
        if problem:
            self._unload(model)
            return Answer.text(500, problem)
        return _json({"status": "the model {} is loaded".format(model.name)})

    def _start(self, name: str, folder: Path, socket: Path) -> Model:
        variables = {**self._environ, "ORMER_BIND_SOCKET": str(socket), "SAGEMAKER_BASE_DIR": str(folder.parent)}
        variables[AMONG_MANY] = "true"
        run = Path(__file__).resolve().parents[1] / "run.py"
        process = subprocess.Popen([sys.executable, str(run), self._kind, "serve"], env=variables)
        return Model(name, str(folder), process, Server("unix:{}".format(socket)))

    def _invoke(self, model: Model, request: Request) -> Answer:
        with model.turn:  # it may still be loading
            pass
        headers = {name: value for name, value in request.headers.items() if name in FORWARDED}
        try:
            answer = model.server.exchange("POST", "/invocations", request.body, headers, INVOCATION_SECONDS_MAX)
        except ServerUnreachable as error:
            self._unload(model)
            return Answer.text(503, "the process of the model ended: {}".format(error))
        return Answer(answer.status, answer.body, answer.content_type)

    def _unload(self, model: Model) -> None:
        with self._lock:
            self._models.pop(model.name, None)
        model.process.terminate()
        _wait(model.process)
        model.server.close()


def _problem_of(model: Model) -> str:
    """Waits until a new process has loaded its model; returns why it could not, "" when it has."""
    deadline = time.monotonic() + LOAD_SECONDS_MAX
    while time.monotonic() < deadline:
        if model.process.poll() is not None:
            return "the process of the model ended with exit code {}".format(model.process.returncode)
        try:
            answer = model.server.exchange("GET", "/ping", None, {}, PING_SECONDS_MAX)
        except ServerUnreachable:
            time.sleep(PING_PAUSE_SECONDS)
            continue
        if answer.status == 200:
            return ""
        if LOAD_FAILED_HEADER in answer.headers:
            return answer.body.decode("utf-8", "replace")
        time.sleep(PING_PAUSE_SECONDS)
    return "the model was not loaded within {:g} seconds".format(LOAD_SECONDS_MAX)


def _wait(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _described(model: Model) -> Dict[str, str]:
    return {"modelName": model.name, "modelUrl": model.url}


def _json(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode(), "application/json")
