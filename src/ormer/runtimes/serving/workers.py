"""Several processes behind one socket, as SAGEMAKER_MODEL_SERVER_WORKERS asks for.

https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#sagemaker-scikit-learn-model-server

Each worker loads the model for itself and takes connections from the socket they share; so user code need not know of
threads, and one that ends takes the server with it, to be started anew.
"""

from __future__ import annotations

import os
import signal
import socketserver
import sys
from types import FrameType
from typing import Any, Callable, Mapping, Optional, Set

VARIABLE = "SAGEMAKER_MODEL_SERVER_WORKERS"
WORKERS_MAX = 32


def workers_of(environ: Mapping[str, str]) -> int:
    """Returns how many processes are to serve; 1 when nothing is said."""
    text = environ.get(VARIABLE) or "1"
    if not text.isdigit() or int(text) < 1:
        print("{}={} is no number of workers; 1 is used".format(VARIABLE, text), file=sys.stderr, flush=True)
        return 1
    return min(int(text), WORKERS_MAX)


def run_workers(count: int, server: socketserver.BaseServer, work: Callable[[], int]) -> int:
    """Runs `work` in `count` processes that share the server's socket, here when it is one; returns its exit code."""
    if count == 1:
        return work()
    # Whoever wakes up too late for a connection must not wait for the next one.
    socket: Any = server.socket  # type: ignore[attr-defined]
    socket.setblocking(False)
    children: Set[int] = set()
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os._exit(_run(work))
        children.add(child)

    def pass_on(number: int, frame: Optional[FrameType]) -> None:
        stopping.append(number)
        _signal(children, signal.SIGTERM)

    stopping: "list[int]" = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    code = 0
    while children:
        child, status = os.wait()
        children.discard(child)
        ended = os.waitstatus_to_exitcode(status) if hasattr(os, "waitstatus_to_exitcode") else status
        if ended and not stopping:
            print("a worker of the model server ended with exit code {}".format(ended), file=sys.stderr, flush=True)
            code = code or 1
            _signal(children, signal.SIGTERM)
    return code


def _run(work: Callable[[], int]) -> int:
    try:
        return work()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _signal(children: Set[int], number: int) -> None:
    for child in list(children):
        os.kill(child, number)
