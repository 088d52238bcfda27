"""A model server of a few lines, in a process of its own: `python model_server.py SOCKET NAME`.

The content type of a request says what is to be done with it; everything else about it is told in the answer.
"""

from __future__ import annotations

import json
import os
import signal
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self) -> str:
        return "client"

    def log_message(self, *words: object) -> None:
        """Silence."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        act = getattr(self, "act_" + kind.partition("/")[2].replace("-", "_"), self.act_echo)
        act(body)

    def act_echo(self, body: bytes) -> None:
        names = {name.lower(): value for name, value in self.headers.items()}
        told = {"name": sys.argv[2], "body": body.decode("latin-1"), "headers": names, "path": self.path}
        self.answer(200, json.dumps(told).encode(), "application/json")

    def act_csv(self, body: bytes) -> None:
        self.answer(200, sys.argv[2].encode() + b":" + body, "text/csv; charset=utf-8")

    def act_refused(self, body: bytes) -> None:
        self.answer(400, b"no such column", "text/plain")

    def act_broken(self, body: bytes) -> None:
        self.answer(500, b"the model broke", "text/plain")

    def act_attributes(self, body: bytes) -> None:
        self.answer(200, b"ok", "text/plain", {"X-Amzn-SageMaker-Custom-Attributes": "from the model"})

    def act_slow(self, body: bytes) -> None:
        time.sleep(float(body))
        self.answer(200, b"late", "text/plain")

    def act_chunks(self, body: bytes) -> None:
        self.begin_chunks()
        for part in body.split(b"|"):
            self.chunk(part)
        self.wfile.write(b"0\r\n\r\n")

    def act_broken_chunks(self, body: bytes) -> None:
        self.begin_chunks()
        self.chunk(body)
        self.wfile.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    def act_dies(self, body: bytes) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def act_dies_once(self, body: bytes) -> None:
        """Die as the first instance that is asked, answer as any other; the body is a folder they share."""
        try:
            os.mkdir(body.decode())
        except FileExistsError:
            self.answer(200, sys.argv[2].encode(), "text/plain")
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    def begin_chunks(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, part: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.flush()
        time.sleep(0.02)

    def answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(sys.argv[1], Handler) as server:
        print("ready", flush=True)
        server.serve_forever()
