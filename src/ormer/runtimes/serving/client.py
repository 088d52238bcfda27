"""A keep-alive client of inference servers, alone or chained as an inference pipeline; standard library only.

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import http.client
import json
import queue
import shutil
import socket
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, BinaryIO, Dict, Iterable, Iterator, List, Optional, Tuple, Type
from urllib.parse import urlsplit

PING_SECONDS_MAX = 10.0
"""How long one /ping may take; AWS allows two seconds, a busy two-core machine needs some more."""

PING_PAUSE_SECONDS = 0.05
INVOCATION_SECONDS_MAX = 3600.0
"""The longest a batch transform may wait for one answer: InvocationsTimeoutInSeconds is at most 3600."""

REASON_CHARS_MAX = 2000
PIECE_BYTES = 1 << 16
UNIX_PREFIX = "unix:"
LOAD_FAILED_HEADER = "x-ormer-load-failed"
"""Sent with a failing /ping when the model cannot be loaded, so that nobody waits for a server that is beyond hope."""

MATRIX = "application/x-ormer-npy"
"""A NumPy array file of numbers between our own programs; a type of its own leaves AWS's types as they are."""

MATRICES_HEADER = "x-ormer-matrices"
"""Sent with a healthy /ping by a server that reads MATRIX and, where it is accepted, answers in it."""


class ServerNotReady(Exception):
    """The server did not become healthy in time; the text holds what it said last."""


class ServerUnreachable(Exception):
    """The server closed the connection or does not listen any more."""


@dataclass(frozen=True)
class Response:
    """One answer of a model server: status, body, the body's content type, and all headers by lower-case name."""

    status: int
    body: bytes
    content_type: str
    headers: Dict[str, str] = field(default_factory=dict)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix domain socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Server:
    """One address and its idle connections; threads may exchange at once, each on a connection of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()

    def exchange(
        self, method: str, path: str, body: Optional[bytes], headers: Dict[str, str], timeout_seconds: float
    ) -> Response:
        """Returns the answer. Raises ServerUnreachable when there is none.

        A kept connection that the server has closed meanwhile is replaced once: such a request was never read.
        """
        try:
            connection, fresh = self._idle.get_nowait(), False
        except queue.Empty:
            connection, fresh = self._connect(timeout_seconds), True
        try:
            return self._send(connection, method, path, body, headers, timeout_seconds)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            if fresh:
                raise ServerUnreachable(f"{self.address} closed the connection: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            raise ServerUnreachable(f"{self.address}: {error or type(error).__name__}") from error
        try:
            return self._send(self._connect(timeout_seconds), method, path, body, headers, timeout_seconds)
        except (OSError, http.client.HTTPException) as error:
            raise ServerUnreachable(f"{self.address}: {error or type(error).__name__}") from error

    def exchange_streaming(
        self, path: str, pieces: Iterable[bytes], headers: Dict[str, str], answer: BinaryIO, timeout_seconds: float
    ) -> Response:
        """Post a body of any length in chunks and write a 2xx answer's body to `answer`; memory holds neither.

        Returns the answer, with the body of a refusal only. Raises ServerUnreachable.
        """
        connection = self._connect(timeout_seconds)
        try:
            connection.request("POST", path, body=iter(pieces), headers=headers, encode_chunked=True)
            raw = connection.getresponse()
            received = {name.lower(): value for name, value in raw.getheaders()}
            body = b""
            if 200 <= raw.status < 300:
                shutil.copyfileobj(raw, answer)
            else:
                body = raw.read()
            return Response(raw.status, body, raw.getheader("Content-Type") or "", received)
        except (OSError, http.client.HTTPException) as error:
            raise ServerUnreachable(f"{self.address}: {error or type(error).__name__}") from error
        finally:
            connection.close()

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if self.address.startswith(UNIX_PREFIX):
            return UnixConnection(self.address[len(UNIX_PREFIX) :], timeout_seconds)
        parts = urlsplit(self.address)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{self.address!r} is no server address: use unix:/path.sock or http://host:port")
        return http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout_seconds)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: Optional[bytes],
        sent: Dict[str, str],
        timeout_seconds: float,
    ) -> Response:
        connection.timeout = timeout_seconds
        try:
            if connection.sock is not None:
                connection.sock.settimeout(timeout_seconds)
            connection.request(method, path, body=body, headers=sent)
            raw = connection.getresponse()
            headers = {name.lower(): value for name, value in raw.getheaders()}
            answer = Response(raw.status, raw.read(), raw.getheader("Content-Type") or "", headers)
        except BaseException:
            connection.close()
            raise
        if raw.will_close:
            connection.close()
        else:
            self._idle.put(connection)
        return answer


class Predictor:
    """Sends bodies to one model server, or through several in order as an inference pipeline does."""

    def __init__(self, addresses: List[str]) -> None:
        if not addresses:
            raise ValueError("a predictor needs at least one server address")
        self._servers = [Server(address) for address in addresses]

    def takes_matrices(self) -> bool:
        """Tells whether this is one server that says that it reads MATRIX. Raises ServerUnreachable."""
        if len(self._servers) > 1:
            return False
        answer = self._servers[0].exchange("GET", "/ping", None, {}, PING_SECONDS_MAX)
        return answer.status == 200 and MATRICES_HEADER in answer.headers

    def wait_ready(self, timeout_seconds: float) -> None:
        """Returns when every server answers GET /ping with 200. Raises ServerNotReady with the server's own reason.

        A server that says that its model cannot be loaded is not waited for any longer.
        """
        deadline = time.monotonic() + timeout_seconds
        for server in self._servers:
            _wait_healthy(server, deadline)

    def execution_parameters(self) -> Dict[str, object]:
        """Returns what the first server answers to GET /execution-parameters, {} when it does not offer them."""
        answer = self._servers[0].exchange("GET", "/execution-parameters", None, {}, PING_SECONDS_MAX)
        if answer.status != 200:
            return {}
        try:
            parameters = json.loads(answer.body)
        except ValueError:
            return {}
        return parameters if isinstance(parameters, dict) else {}

    def invoke(
        self,
        body: bytes,
        content_type: str,
        accept: str,
        headers: Optional[Dict[str, str]] = None,
        timeout_seconds: float = INVOCATION_SECONDS_MAX,
    ) -> Response:
        """Returns the last server's answer, or the first one whose status is not 2xx. Raises ServerUnreachable.

        In an inference pipeline each server gets the answer of the one before it, under that answer's content type.
        """
        answer = Response(200, body, content_type)
        for server in self._servers:
            sent = dict(headers or {})
            if answer.content_type:
                sent["Content-Type"] = answer.content_type
            if accept:
                sent["Accept"] = accept
            answer = server.exchange("POST", "/invocations", answer.body, sent, timeout_seconds)
            if not 200 <= answer.status < 300:
                return answer
        return answer

    def invoke_streaming(
        self, pieces: Iterable[bytes], content_type: str, accept: str, answer: BinaryIO, timeout_seconds: float
    ) -> Response:
        """Like `invoke` for a body of any length, sent in chunks; the last server's answer is written to `answer`."""
        kind, waiting = content_type, pieces
        with ExitStack() as files:
            for server in self._servers:
                into = answer if server is self._servers[-1] else files.enter_context(tempfile.TemporaryFile())
                sent = {"Content-Type": kind} if kind else {}
                if accept:
                    sent["Accept"] = accept
                said = server.exchange_streaming("/invocations", waiting, sent, into, timeout_seconds)
                if not 200 <= said.status < 300:
                    return said
                into.seek(0)
                kind, waiting = said.content_type, _pieces_of(into)
        return said

    def close(self) -> None:
        """Closes the idle connections."""
        for server in self._servers:
            server.close()

    def __enter__(self) -> Predictor:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


def _pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(PIECE_BYTES), b"")


def _wait_healthy(server: Server, deadline: float) -> None:
    reason = "it was never asked"
    while True:
        healthy, hopeless, reason = _ping(server)
        if healthy:
            return
        if hopeless or time.monotonic() >= deadline:
            raise ServerNotReady(f"the model server at {server.address} did not pass the ping health check: {reason}")
        time.sleep(PING_PAUSE_SECONDS)


def _ping(server: Server) -> Tuple[bool, bool, str]:
    """Returns whether the server is healthy, whether it will never be, and what it said."""
    try:
        answer = server.exchange("GET", "/ping", None, {}, PING_SECONDS_MAX)
    except ServerUnreachable as error:
        return False, False, str(error)
    said = answer.body.decode("utf-8", "replace").strip()[:REASON_CHARS_MAX]
    hopeless = LOAD_FAILED_HEADER in answer.headers
    return 200 <= answer.status < 300, hopeless, f"/ping answered {answer.status} {said}".strip()
