"""What a tracking server's sandbox holds: MLflow's program, its database, the keys of its role."""

from __future__ import annotations

from pathlib import Path

from ormer.aws import mlflow_releases
from ormer.engines.images import Runtimes
from ormer.engines.jobs import credentials
from ormer.engines.jobs.contracts import Surroundings, server_variables
from ormer.engines.jobs.environments import catalogue
from ormer.engines.jobs.folders import CA_BUNDLE, RUNTIMES, SOCKETS
from ormer.engines.jobs.following import Trace
from ormer.engines.jobs.sandbox import Mount, Program
from ormer.engines.jobs.supervision import Job, Limits
from ormer.engines.tracking.folders import SOCKET, ServerFolder
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tracking import servers

NAME = "mlflow"
DATA = "/opt/mlflow"
GRACE_SECONDS = 10.0
GROUPS = {servers.SERVER: "/aws/sagemaker/MlflowTrackingServers", servers.APP: "/aws/sagemaker/MlflowApps"}


def runtime(home: Path, row: Row) -> Path:
    """The environment of the server's release, built now when it is missing. Raises BuildFailed."""
    minor = mlflow_releases.minor_of(row.document["MlflowVersion"])
    return Runtimes(home, catalogue(home)).ensure(f"mlflow-{minor}")


def job(row: Row, folder: ServerFolder, venv: Path, stores: Stores, surroundings: Surroundings) -> Job:
    """What the supervisor runs for the start that is due."""
    attempt = row.facts["attempt"]
    for place in (folder.data, folder.sockets(attempt), folder.run(attempt)):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    mounts = [
        Mount(folder.data, DATA, read_only=False),
        Mount(folder.sockets(attempt), SOCKETS, read_only=False),
        Mount(surroundings.programs, RUNTIMES),
    ]
    if surroundings.trusted is not None:
        mounts.append(Mount(surroundings.trusted, CA_BUNDLE))
    python = str(venv / "bin" / "python")
    main = Program(
        name=NAME,
        argv=(python, f"{RUNTIMES}/run.py", "mlflow", "serve"),
        env=variables(row, stores, surroundings),
        home=credentials.files(python),
        mounts=tuple(mounts),
        runtime=venv,
        hostname=NAME,
    )
    return Job(
        name=servers.label(row),
        main=main,
        limits=Limits(cpus=1, stop_grace_seconds=GRACE_SECONDS),
        fence=attempt,
        log=folder.log,
        starts=folder.path / "starts.log",
    )


def variables(row: Row, stores: Stores, surroundings: Surroundings) -> dict[str, str]:
    """The program's environment: where it is to listen and keep things, and how it reads artifacts for its pages."""
    identifier = row.facts["id"]
    return {
        "AWS_REGION": row.region,
        "AWS_DEFAULT_REGION": row.region,
        "PYTHONUNBUFFERED": "1",
        "ORMER_BIND_SOCKET": f"{SOCKETS}/{SOCKET}",
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{DATA}/mlflow.db",
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": row.document["ArtifactStoreUri"],
        # It watches nobody: what people do here stays here.
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        **server_variables(surroundings),
        **credentials.variables(stores.vault, surroundings.endpoint, identifier, row.arn),
    }


def group_of(row: Row) -> str:
    """The log group of a server."""
    return f"{GROUPS[row.kind]}/{row.name}"


def trace_of(row: Row, folder: ServerFolder) -> Trace:
    """Where the server's lines go."""
    return Trace(folder.log, row.account, row.region, group_of(row), NAME, NAME, row.name, tabs=True)
