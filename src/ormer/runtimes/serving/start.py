"""Starting a model server: it listens at once, loads its model, and ends gracefully on SIGTERM."""

from __future__ import annotations

import queue
import signal
import threading
from types import FrameType
from typing import Mapping, Optional

from .http_server import DRAIN_SECONDS, Application, Service, listen, payload_bytes_max


def serve(application: Application, environ: Mapping[str, str]) -> int:
    """Serves until SIGTERM or SIGINT and returns 0.

    A model that cannot be loaded leaves the server up: /ping and /invocations answer 500 with the reason, so that
    whoever waits for it learns why. User code runs in the main thread while loading, as it would in a script.
    """
    # A handler runs in the middle of whatever the main thread does; an Event's lock might be held there already.
    stop: queue.SimpleQueue[int] = queue.SimpleQueue()
    loaded = False

    def ask_to_stop(number: int, frame: Optional[FrameType]) -> None:
        stop.put(number)
        if not loaded:
            raise SystemExit(0)

    service = Service(application, payload_bytes_max(environ))
    server = listen(service, environ)
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
