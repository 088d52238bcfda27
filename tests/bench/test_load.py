"""The load generators of the bench: what they count is what the server saw."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bench.load import LoadFailed, read_wrk

ROOT = Path(__file__).parents[2]
SAID = """Running 2s test @ http://127.0.0.1:4590/x
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.03ms  640.10us   9.37ms   84.76%
    Req/Sec     8.12k     1.05k   10.00k    70.00%
  Latency Distribution
     50%  890.00us
     75%    1.20ms
     90%    1.75ms
     99%    3.41ms
  16170 requests in 2.00s, 3.52MB read
Requests/sec:   8084.50
Transfer/sec:      1.76MB
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers["X-Own"], body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.seen, made.status = [], 200
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def generate(server, tmp_path):
    (tmp_path / "body").write_bytes(b"1,2\n")
    port = str(server.server_address[1])
    words = [sys.executable, "-m", "bench.generator", port, "/path", str(tmp_path / "body")]
    words += [json.dumps({"X-Own": "yes"}), "3", "0.3"]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_the_generator_counts_what_the_server_answered(server, tmp_path):
    found = json.loads(generate(server, tmp_path).stdout)
    assert found["requests"] == len(server.seen) > 3
    assert set(server.seen) == {("/path", "yes", b"1,2\n")}
    assert 0 < found["p50_ms"] <= found["p99_ms"]


def test_the_generator_fails_for_an_answer_other_than_2xx(server, tmp_path):
    server.status = 500
    said = generate(server, tmp_path)
    assert said.returncode != 0 and "500" in said.stderr


def test_what_wrk_says_is_read():
    found = read_wrk(SAID)
    assert (found.requests, found.seconds, found.p50_ms, found.p99_ms) == (16170, 2.0, 0.89, 3.41)
    with pytest.raises(LoadFailed, match="Non-2xx"):
        read_wrk(SAID + "  Non-2xx or 3xx responses: 3\n")
