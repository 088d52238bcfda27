"""The HTTP side of a model server: /ping, /invocations and /execution-parameters over TCP or a unix socket.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import json
import os
import socketserver
import sys
import threading
import time
import traceback
from contextlib import nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from .client import LOAD_FAILED_HEADER

DEFAULT_PORT = 8080
AMONG_MANY = "ORMER_AMONG_MANY"
"""Set for a model's process that is one of many: some of AWS's containers answer otherwise then."""

MEGABYTE = 1024**2
DEFAULT_PAYLOAD_MEGABYTES_MAX = 6
REASON_CHARS_MAX = 4000
IDLE_SECONDS_MAX = 600.0
DRAIN_SECONDS = 25.0
"""How long requests under way may still take after SIGTERM; SageMaker kills a container 30 s after it."""


@dataclass(frozen=True)
class Request:
    """One invocation: the body and the headers by lower-case name."""

    body: bytes
    headers: Dict[str, str]

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def accept(self) -> str:
        return self.headers.get("accept", "")


@dataclass(frozen=True)
class Answer:
    """What goes back: status, body, its content type and further headers."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Dict[str, str] = field(default_factory=dict)

    @classmethod
    def text(cls, status: int, text: str) -> Answer:
        return cls(status, text.encode("utf-8", "replace"))


class Application:
    """A model behind the server: loaded once, then asked one request at a time.

    together: whether it may be asked in several threads at once.
    """

    together = False

    def load(self) -> None:
        """Loads the model; whatever it raises becomes the reason that /ping and /invocations give."""
        raise NotImplementedError

    def invoke(self, request: Request) -> Answer:
        """Returns the answer to one invocation."""
        raise NotImplementedError

    def ping_headers(self) -> Dict[str, str]:
        """Returns what a healthy /ping tells beside its status."""
        return {}

    def execution_parameters(self) -> Optional[Dict[str, Any]]:
        """Returns what batch transform may use when its request says nothing; None: not offered."""
        return None


class Service:
    """An application and what became of loading it; shared by the server's threads.

    Invocations run one at a time unless the application says otherwise, as in one worker process of AWS's containers:
    user code need not know of threads.
    """

    def __init__(self, application: Application, payload_bytes_max: int) -> None:
        self.payload_bytes_max = payload_bytes_max
        self._application = application
        self._settled = threading.Event()
        self._failure: Optional[str] = None
        self._turn = threading.Lock()
        self._active = 0
        self._active_changed = threading.Condition()

    def load(self) -> bool:
        """Loads the model in the calling thread; returns whether that worked and prints the traceback if not."""
        try:
            self._application.load()
        except (Exception, SystemExit) as error:  # The edge to user code: its failure must be told, not end the server.
            traceback.print_exc()
            sys.stderr.flush()
            self._failure = "{}: {}".format(type(error).__name__, error)[:REASON_CHARS_MAX]
        self._settled.set()
        return self._failure is None

    def ping(self) -> Answer:
        if not self._settled.is_set():
            return Answer.text(503, "the model is still being loaded")
        if self._failure is not None:
            return self._load_failed()
        return Answer(200, headers=self._application.ping_headers())

    def invoke(self, request: Request) -> Answer:
        self._settled.wait()
        if self._failure is not None:
            return self._load_failed()
        with self._active_changed:
            self._active += 1
        try:
            with nullcontext() if self._application.together else self._turn:
                return self._application.invoke(request)
        except (Exception, SystemExit) as error:  # The edge to user code again: one bad request is one bad answer.
            traceback.print_exc()
            sys.stderr.flush()
            return Answer.text(500, "{}\n{}".format(error, traceback.format_exc()))
        finally:
            with self._active_changed:
                self._active -= 1
                self._active_changed.notify_all()

    def models(self, method: str, path: str, request: Request) -> Answer:
        """Answers what the platform asks a multi-model container: /models and what is below it."""
        return Answer.text(404, "this server has one model; SAGEMAKER_MULTI_MODEL=true makes it serve many")

    def execution_parameters(self) -> Answer:
        parameters = self._application.execution_parameters()
        if parameters is None:
            return Answer(404)
        return Answer(200, json.dumps(parameters).encode(), "application/json")

    def drain(self, seconds_max: float) -> None:
        """Returns when no invocation is under way, at the latest after seconds_max."""
        deadline = time.monotonic() + seconds_max
        with self._active_changed:
            while self._active and time.monotonic() < deadline:
                self._active_changed.wait(deadline - time.monotonic())

    def _load_failed(self) -> Answer:
        text = "Unable to load model: {}".format(self._failure)
        return Answer(500, text.encode("utf-8", "replace"), headers={LOAD_FAILED_HEADER: "true"})


class PayloadTooLarge(Exception):
    """The body is longer than the server takes."""


class Handler(BaseHTTPRequestHandler):
    """Reads requests of one connection and writes the service's answers."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS_MAX
    wbufsize = -1
    disable_nagle_algorithm = False
    server: Any

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/ping":
            self._answer(self.server.service.ping())
        elif path == "/execution-parameters":
            self._answer(self.server.service.execution_parameters())
        elif _is_models(path):
            self._answer(self.server.service.models("GET", path, self._request(b"")))
        else:
            self._answer(Answer.text(404, "there is no {}; a model server has /ping and /invocations".format(path)))

    def do_POST(self) -> None:
        try:
            body = self._read_body()
        except PayloadTooLarge as error:
            self.close_connection = True
            self._answer(Answer.text(413, str(error)))
            return
        path = self.path.partition("?")[0]
        if _is_models(path):
            self._answer(self.server.service.models("POST", path, self._request(body)))
        elif path != "/invocations":
            self._answer(Answer.text(404, "POST goes to /invocations"))
        else:
            self._answer(self.server.service.invoke(self._request(body)))

    def do_DELETE(self) -> None:
        path = self.path.partition("?")[0]
        self._answer(self.server.service.models("DELETE", path, self._request(b"")))

    def _request(self, body: bytes) -> Request:
        return Request(body, {name.lower(): value for name, value in self.headers.items()})

    def address_string(self) -> str:
        return "client"

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Successful requests leave no line: a batch transform makes thousands."""

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        try:
            self._check_length(length)
        except PayloadTooLarge:
            self._discard(length)
            raise
        return self.rfile.read(length)

    def _discard(self, length: int) -> None:
        """A client that is still sending would not read the refusal, so the body is read and dropped."""
        while length > 0:
            dropped = len(self.rfile.read(min(length, MEGABYTE)))
            if not dropped:
                return
            length -= dropped

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            length = int(self.rfile.readline().split(b";")[0].strip() or b"0", 16)
            if not length:
                break
            self._check_length(len(body) + length)
            body += self.rfile.read(length)
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue
        return bytes(body)

    def _check_length(self, length: int) -> None:
        if length > self.server.service.payload_bytes_max:
            raise PayloadTooLarge(
                "the payload of {} bytes is above the limit of {} bytes; set MAX_CONTENT_LENGTH in the model's "
                "environment to raise it".format(length, self.server.service.payload_bytes_max)
            )

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(answer.body)


class TcpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service) -> None:
        self.service = service
        super().__init__(("127.0.0.1", port), Handler)


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: str, service: Service) -> None:
        self.service = service
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path, Handler)


def listen(service: Service, environ: Mapping[str, str]) -> socketserver.BaseServer:
    """Returns a listening server: on ORMER_BIND_SOCKET, else on SAGEMAKER_BIND_TO_PORT (8080) of the loopback."""
    path = environ.get("ORMER_BIND_SOCKET")
    if path:
        return UnixServer(path, service)
    return TcpServer(int(environ.get("SAGEMAKER_BIND_TO_PORT") or DEFAULT_PORT), service)


def _is_models(path: str) -> bool:
    return path == "/models" or path.startswith("/models/")


def payload_bytes_max(environ: Mapping[str, str]) -> int:
    """Returns the longest body the server takes: MAX_CONTENT_LENGTH bytes, more when a batch transform sends more."""
    megabytes = int(environ.get("SAGEMAKER_MAX_PAYLOAD_IN_MB") or DEFAULT_PAYLOAD_MEGABYTES_MAX)
    length = int(environ.get("MAX_CONTENT_LENGTH") or DEFAULT_PAYLOAD_MEGABYTES_MAX * MEGABYTE)
    return sys.maxsize if megabytes == 0 else max(megabytes * MEGABYTE, length)
