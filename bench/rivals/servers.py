"""How each rival is installed, started and asked, in the form its own documentation recommends.

All speak JSON but the Flask stack, which speaks CSV as Amazon's container does. All have one worker.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import Target
from bench.peers import Peers, await_answer, plain_environment
from bench.processes import end_tree

HERE = Path(__file__).parent
Rows = Sequence[Sequence[float]]
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Rival:
    """A model server. prepare: makes what it serves in a folder. command: what starts it there, on a port."""

    name: str
    packages: tuple[str, ...]
    command: Callable[[Path, Path, int], list[str]]
    ready: str
    path: str
    body: Callable[[Rows], bytes]
    headers: dict[str, str]
    predictions: Callable[[bytes], list[float]]
    prepare: Callable[[Path, Path, Path], None] = lambda programs, folder, model: None


@dataclass(frozen=True)
class Running:
    """A rival that answers: where, under which process, and how long its start took."""

    rival: Rival
    port: int
    pid: int
    start_seconds: float

    def target(self, rows: Rows) -> Target:
        return Target(self.port, self.rival.path, self.rival.body(rows), self.rival.headers)


@contextmanager
def running(rival: Rival, peers: Peers, folder: Path, model: Path) -> Iterator[Running]:
    """A rival's server for the block. Raises PeerMissing when it cannot be installed or does not start."""
    programs = peers.environment(rival.name.lower(), list(rival.packages))
    folder.mkdir(parents=True)
    rival.prepare(programs, folder, model)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = {**plain_environment(), "BENCH_MODEL": str(model), "OMP_NUM_THREADS": "1", "PATH": _path(programs)}
    with (folder / "log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            rival.command(programs, folder, port),
            stdout=log,
            stderr=log,
            env=environ,
            cwd=folder,
            start_new_session=True,
        )
        try:
            await_answer(f"http://127.0.0.1:{port}{rival.ready}", process)
            yield Running(rival, port, process.pid, time.monotonic() - began)
        finally:
            end_tree(process)


def csv_body(rows: Rows) -> bytes:
    return "".join(",".join(map(repr, row)) + "\n" for row in rows).encode()


def csv_predictions(body: bytes) -> list[float]:
    return [float(cell) for cell in body.split()]


def _json(make: Callable[[Rows], object]) -> Callable[[Rows], bytes]:
    return lambda rows: json.dumps(make(rows)).encode()


def _tensor(rows: Rows) -> object:
    """https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol"""
    flat = [cell for row in rows for cell in row]
    return {"inputs": [{"name": "x", "shape": [len(rows), len(rows[0])], "datatype": "FP32", "data": flat}]}


def _mlserver(programs: Path, folder: Path, model: Path) -> None:
    settings = {"name": "bench", "implementation": "mlserver_xgboost.XGBoostModel", "parameters": {"uri": str(model)}}
    (folder / "model-settings.json").write_text(json.dumps(settings))


def _mlserver_command(programs: Path, folder: Path, port: int) -> list[str]:
    ports = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
    quiet = {"parallel_workers": 0, "debug": False, "host": "127.0.0.1"}
    (folder / "settings.json").write_text(json.dumps(ports | quiet))
    return [str(programs / "mlserver"), "start", str(folder)]


def _mlflow(programs: Path, folder: Path, model: Path) -> None:
    environ = {**plain_environment(), "BENCH_MODEL": str(model)}
    words = [str(programs / "python"), str(HERE / "mlflow_save.py"), str(folder / "model")]
    subprocess.run(words, check=True, env=environ, capture_output=True)


def _gunicorn(programs: Path, folder: Path, port: int) -> list[str]:
    words = [str(programs / "gunicorn"), "-k", "gevent", "-w", "1", "-b", f"127.0.0.1:{port}"]
    return [*words, "--chdir", str(HERE), "flask_app:app"]


def _mlflow_command(programs: Path, folder: Path, port: int) -> list[str]:
    words = [str(programs / "mlflow"), "models", "serve", "-m", str(folder / "model"), "--env-manager", "local"]
    return [*words, "-h", "127.0.0.1", "-p", str(port), "-w", "1"]


def _bentoml_command(programs: Path, folder: Path, port: int) -> list[str]:
    words = [str(programs / "bentoml"), "serve", "bento_service:Bench", "--working-dir", str(HERE)]
    return [*words, "--host", "127.0.0.1", "--port", str(port)]


def _path(programs: Path) -> str:
    return f"{programs}{os.pathsep}{os.environ['PATH']}"


RIVALS = (
    Rival(
        "Flask",
        ("flask", "gunicorn", "gevent", "packaging", "numpy", "scipy", "xgboost-cpu"),
        _gunicorn,
        "/ping",
        "/invocations",
        csv_body,
        {"Content-Type": "text/csv"},
        csv_predictions,
    ),
    Rival(
        "MLServer",
        ("mlserver", "mlserver-xgboost"),
        _mlserver_command,
        "/v2/models/bench/ready",
        "/v2/models/bench/infer",
        _json(_tensor),
        JSON,
        lambda body: list(json.loads(body)["outputs"][0]["data"]),
        _mlserver,
    ),
    Rival(
        "MLflow",
        ("mlflow", "xgboost-cpu"),
        _mlflow_command,
        "/ping",
        "/invocations",
        _json(lambda rows: {"inputs": rows}),
        JSON,
        lambda body: list(json.loads(body)["predictions"]),
        _mlflow,
    ),
    Rival(
        "BentoML",
        ("bentoml", "numpy", "scipy", "xgboost-cpu"),
        _bentoml_command,
        "/readyz",
        "/predict",
        _json(lambda rows: {"rows": rows}),
        JSON,
        lambda body: list(json.loads(body)),
    ),
    Rival(
        "LitServe",
        ("litserve", "numpy", "scipy", "xgboost-cpu"),
        lambda programs, folder, port: [str(programs / "python"), str(HERE / "lit_server.py"), str(port)],
        "/health",
        "/predict",
        _json(lambda rows: {"rows": rows}),
        JSON,
        lambda body: list(json.loads(body)["predictions"]),
    ),
)
