"""A relay before an image's own `serve`: that listens on a port, the platform talks to a unix socket.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html

Bytes pass as they are, in both directions. The server is told a free port in SAGEMAKER_BIND_TO_PORT. One that knows
nothing of it and takes 8080 needs a network of its own (EnableNetworkIsolation): the platform then names that port.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from types import FrameType
from typing import List, Optional

CHUNK_BYTES = 64 * 1024
BACKLOG = 128
HOST = "127.0.0.1"


def main(argv: Optional[List[str]] = None) -> int:
    """Runs the command that the arguments name; returns its exit code."""
    command = sys.argv[1:] if argv is None else argv
    path = os.environ["ORMER_BIND_SOCKET"]
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT") or _free_port())
    variables = {**os.environ, "SAGEMAKER_BIND_TO_PORT": str(port)}
    variables.pop("ORMER_BIND_SOCKET")
    server = subprocess.Popen(command, env=variables)

    def pass_on(number: int, frame: Optional[FrameType]) -> None:
        with contextlib.suppress(ProcessLookupError):
            server.send_signal(signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    threading.Thread(target=_listen, args=(path, port), daemon=True).start()
    code = server.wait()
    return code if code >= 0 else 128 - code


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _listen(path: str, port: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        listening.bind(path)
        listening.listen(BACKLOG)
        while True:
            near, _ = listening.accept()
            threading.Thread(target=_join, args=(near, port), daemon=True).start()


def _join(near: socket.socket, port: int) -> None:
    """One connection: to the server and back, until either side ends."""
    try:
        far = socket.create_connection((HOST, port))
    except OSError:
        near.close()  # it does not listen yet, or not any more
        return
    back = threading.Thread(target=_pump, args=(far, near), daemon=True)
    back.start()
    _pump(near, far)
    back.join()
    near.close()
    far.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Carries bytes until the source has no more, then tells the target so."""
    try:
        while True:
            chunk = source.recv(CHUNK_BYTES)
            if not chunk:
                break
            target.sendall(chunk)
    except OSError:
        pass  # either side is gone: there is nothing left to carry
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
