"""A real model server on loopback and a folder laid out like /opt/ml, for whole Clarify jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ormer.runtimes.clarify.process import main

# (body, content type) -> (status, body, content type)
Answer = Callable[[str, str], tuple[int, str, str]]


@dataclass
class ModelServer:
    """address; requests: (content type, accept, headers, body) of every invocation."""

    address: str
    requests: list[tuple[str, str, dict[str, str], str]]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], ModelServer]]:
    """Start a model server that answers each invocation with the given function."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> ModelServer:
        seen: list[tuple[str, str, dict[str, str], str]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # An answer in one packet: two would wait for a delayed acknowledgement.

            def log_message(self, *_: Any) -> None:
                """Keep the test's output quiet."""

            def do_GET(self) -> None:
                self._send(200, "", "text/plain")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                kind = self.headers["Content-Type"]
                seen.append((kind, self.headers.get("Accept", ""), dict(self.headers), body))
                self._send(*answer(body, kind))

            def _send(self, status: int, text: str, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return ModelServer(f"http://127.0.0.1:{server.server_port}", seen)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@dataclass
class Job:
    """A processing job under a root folder; `run` returns the exit code."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, content: str | bytes) -> None:
        path = self.root / "processing" / "input" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def configure(self, config: Any) -> None:
        path = self.root / "processing" / "input" / "config" / "analysis_config.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(config if isinstance(config, str) else json.dumps(config))

    def use(self, *servers: ModelServer) -> None:
        self.environ["ORMER_PREDICTOR_SERVERS"] = json.dumps([server.address for server in servers])

    def run(self, config: Any = None) -> int:
        if config is not None:
            self.configure(config)
        return main(self.root, self.environ)

    @property
    def message(self) -> str:
        return (self.root / "output" / "message").read_text()

    def output(self, name: str = "analysis.json") -> Any:
        return json.loads((self.root / "processing" / "output" / name).read_text())

    def file(self, name: str) -> Path:
        return self.root / "processing" / "output" / name


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)
