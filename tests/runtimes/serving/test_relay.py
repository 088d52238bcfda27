"""An image's own `serve` listens on a port; the relay makes it answer on the platform's socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from ormer.runtimes.serving.client import Predictor

RUN = Path(__file__).parents[3] / "src" / "ormer" / "runtimes" / "run.py"
OWN = """
import os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")
    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"]))[::-1] + sys.argv[1].encode())
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
def leave(number, frame):
    sys.exit(7)
signal.signal(signal.SIGTERM, leave)
HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def test_a_server_of_its_own_is_reached_through_the_socket(tmp_path: Path):
    program = tmp_path / "own.py"
    program.write_text(OWN)
    socket = tmp_path / "0.sock"
    environment = {"PATH": os.environ["PATH"], "ORMER_BIND_SOCKET": str(socket)}
    command = [sys.executable, str(RUN), "serving", "relay", sys.executable, str(program), "serve"]
    process = subprocess.Popen(command, env=environment)
    try:
        with Predictor([f"unix:{socket}"]) as predictor:
            predictor.wait_ready(60.0)
            body = b"abc" * 100_000
            assert predictor.invoke(body, "text/plain", "").body == body[::-1] + b"serve"
            assert predictor.invoke(b"xy", "text/plain", "").body == b"yxserve"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 7
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_server_that_ends_takes_the_relay_with_it(tmp_path: Path):
    environment = {"PATH": os.environ["PATH"], "ORMER_BIND_SOCKET": str(tmp_path / "0.sock")}
    command = [sys.executable, str(RUN), "serving", "relay", sys.executable, "-c", "import sys; sys.exit(3)"]
    assert subprocess.run(command, env=environment).returncode == 3
