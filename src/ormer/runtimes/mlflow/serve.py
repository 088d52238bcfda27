"""`run.py mlflow serve`: MLflow's tracking server on the unix socket ORMER_BIND_SOCKET.

MLFLOW_BACKEND_STORE_URI is its database, brought up to date first; MLFLOW_DEFAULT_ARTIFACT_ROOT is where runs keep
artifacts, which clients write themselves. Later releases are an ASGI application that holds the Flask one.
"""

from __future__ import annotations

import importlib.util
import os
from typing import Any, Dict

BACKEND, ARTIFACTS, SOCKET = "MLFLOW_BACKEND_STORE_URI", "MLFLOW_DEFAULT_ARTIFACT_ROOT", "ORMER_BIND_SOCKET"
THREADS = 8
# A log-batch of many metrics on a busy machine takes seconds, never minutes.
REQUEST_SECONDS_MAX = 120
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 5
ASGI = "mlflow.server.fastapi_app"


def main() -> int:
    """Serves until it is told to end."""
    backend, artifacts, socket = (os.environ[name] for name in (BACKEND, ARTIFACTS, SOCKET))
    prepare(backend, artifacts)
    if os.path.exists(socket):
        os.unlink(socket)
    if importlib.util.find_spec(ASGI) is not None:
        serve_asgi(socket)
    else:
        serve_wsgi(socket)
    return 0


def prepare(backend: str, artifacts: str) -> None:
    """Tell MLflow's server what it serves, as `mlflow server` does, and make the database or bring it up to date."""
    from mlflow import server

    os.environ[server.BACKEND_STORE_URI_ENV_VAR] = backend
    os.environ[server.REGISTRY_STORE_URI_ENV_VAR] = backend
    os.environ[server.ARTIFACT_ROOT_ENV_VAR] = artifacts
    from mlflow.server import handlers

    handlers.initialize_backend_stores(backend, backend, artifacts)


def serve_asgi(socket: str) -> None:
    import uvicorn

    uvicorn.run(
        ASGI + ":app",
        uds=socket,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws="none",
    )


def serve_wsgi(socket: str) -> None:
    from gunicorn.app.base import BaseApplication

    settings: Dict[str, Any] = {
        "bind": "unix:" + socket,
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": REQUEST_SECONDS_MAX,
        "keepalive": KEEP_ALIVE_SECONDS,
        "graceful_timeout": GRACE_SECONDS,
        "preload_app": True,
        "loglevel": "warning",
        # Its heartbeat file must not lie where a disk is slow.
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
        "control_socket_disable": True,
    }

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            from mlflow.server import app

            return app

    Server().run()
