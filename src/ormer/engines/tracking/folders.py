"""Where tracking servers' files lie: under ids of our own.

<home>/mlflow/<id>/            one server:
    data/mlflow.db             what MLflow holds; artifacts are in S3
    log                        what its program printed, over all its starts
    starts/<attempt>/          one start: its socket, its supervisor
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ormer.engines.jobs.supervision import Handle, running

ROOT = "mlflow"
SOCKET = "mlflow.sock"


@dataclass(frozen=True)
class ServerFolder:
    """One server's folders."""

    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "log"

    def run(self, attempt: int) -> Path:
        """The supervisor's directory of a start."""
        return self.path / "starts" / str(attempt) / "run"

    def sockets(self, attempt: int) -> Path:
        return self.path / "starts" / str(attempt) / "sockets"

    def socket(self, attempt: int) -> Path:
        return self.sockets(attempt) / SOCKET


def server_folder(home: Path, server_id: str) -> ServerFolder:
    """The folder of one server."""
    assert server_id.isalnum(), f"{server_id!r} is no id of a tracking server"
    return ServerFolder(home / ROOT / server_id)


def running_servers(home: Path) -> list[Handle]:
    """Every tracking server of this home that runs, whoever started it. Close the handles."""
    return running((home / ROOT).glob("*/starts/*/run"))
