"""Starting a model server: it listens at once, loads its model, and ends gracefully on SIGTERM."""

from __future__ import annotations

import os
import select
import signal
import socketserver
import threading
from types import FrameType
from typing import List, Mapping, Optional

from .http_server import DRAIN_SECONDS, Application, Service, listen, payload_bytes_max
from .workers import run_workers, workers_of

LOOK_SECONDS = 1.0


def serve(application: Application, environ: Mapping[str, str]) -> int:
    """Serves until SIGTERM or SIGINT and returns 0; in SAGEMAKER_MODEL_SERVER_WORKERS processes when that is above 1.

    A model that cannot be loaded leaves the server up: /ping and /invocations answer 500 with the reason, so that
    whoever waits for it learns why. User code runs in the main thread while loading, as it would in a script.
    """
    return serve_service(Service(application, payload_bytes_max(environ)), environ, workers_of(environ))


def serve_service(service: Service, environ: Mapping[str, str], workers: int = 1) -> int:
    """Serves what a service answers, in so many processes, until SIGTERM or SIGINT; returns 0."""
    server = listen(service, environ)
    return run_workers(workers, server, lambda: _serve(service, server))


def _serve(service: Service, server: socketserver.BaseServer) -> int:
    """Serves in this process until it is asked to stop."""
    # The kernel may hand a signal to any thread; handlers run in the main one only, which a lock would keep asleep:
    # so the main thread waits for the byte that every signal leaves in a pipe, and looks now and then in any case:
    # user code may listen to the pipe itself.
    asked: List[int] = []
    heard, told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    loaded = False

    def ask_to_stop(number: int, frame: Optional[FrameType]) -> None:
        asked.append(number)
        if not loaded:
            raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    if service.load():
        print("Model loaded successfully", flush=True)
    loaded = True
    while not asked:
        if select.select([heard], [], [], LOOK_SECONDS)[0]:
            os.read(heard, 512)
    server.shutdown()
    service.drain(DRAIN_SECONDS)
    server.server_close()
    return 0
