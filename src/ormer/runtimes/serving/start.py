"""Starting a model server: it listens at once, loads its model, and ends gracefully on SIGTERM."""

from __future__ import annotations

import queue
import signal
import socketserver
import threading
from types import FrameType
from typing import Mapping, Optional

from .http_server import DRAIN_SECONDS, Application, Service, listen, payload_bytes_max
from .workers import run_workers, workers_of


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
    # A handler runs in the middle of whatever the main thread does; an Event's lock might be held there already.
    stop: queue.SimpleQueue[int] = queue.SimpleQueue()
    loaded = False

    def ask_to_stop(number: int, frame: Optional[FrameType]) -> None:
        stop.put(number)
        if not loaded:
            raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    if service.load():
        print("Model loaded successfully", flush=True)
    loaded = True
    stop.get()
    server.shutdown()
    service.drain(DRAIN_SECONDS)
    server.server_close()
    return 0
