"""The program that reads and writes tables: in the jobs' sandbox, with nothing but its own folder and no network.

It is the same whoever asks: `query` runs people's SQL, `write` makes Parquet of a feature group's records.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ormer.engines.images import BuildFailed, Runtimes
from ormer.engines.jobs.contracts import Surroundings, write_json
from ormer.engines.jobs.environments import catalogue
from ormer.engines.jobs.folders import RUNTIMES
from ormer.engines.jobs.sandbox import Mount, Network, Program, SandboxUnavailable
from ormer.engines.jobs.starter import Starter
from ormer.engines.jobs.supervision import Handle, Job, Limits, Result, StartFailed
from ormer.engines.tables import folders
from ormer.engines.tables.folders import RunFolder
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
RUNTIME = "queries"
CPUS = 2
GIB = 1 << 30
MEMORY_BYTES = 4 * GIB
# What DuckDB may use of it before it goes to the disk.
DUCKDB_MEMORY_MIB = 1536


class CannotRun(Exception):
    """No program could be started; the text says why."""


class Programs:
    """Starts the program. Open it before anything is started, close it at the end."""

    def __init__(self, stores: Stores, surroundings: Surroundings, setting: str) -> None:
        self._stores = stores
        self._surroundings = surroundings
        self._starter = Starter(setting)

    def open(self) -> None:
        """Make the folder of what runs."""
        folders.root(self._stores.home).mkdir(parents=True, exist_ok=True, mode=0o700)

    def close(self) -> None:
        """Let go; what runs goes on and is found again at the next start."""
        self._starter.close()

    def start(self, verb: str, folder: RunFolder, request: JsonDict, fence: int, seconds_max: float) -> Handle:
        """Start the program on a request in `folder`, or return a handle on its earlier start. Raises CannotRun."""
        try:
            spawner = self._starter.spawner()
            venv = Runtimes(self._stores.home, catalogue(self._stores.home)).ensure(RUNTIME)
            folder.work.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.run.mkdir(parents=True, exist_ok=True, mode=0o700)
            own = {"memory_mib": DUCKDB_MEMORY_MIB, "threads": CPUS}
            write_json(folder.work / folders.REQUEST, {**request, **own})
            limits = Limits(MEMORY_BYTES, CPUS, seconds_max, stop_grace_seconds=1.0)
            program = self._program(verb, folder, venv)
            starts = folders.root(self._stores.home) / folders.STARTS
            job = Job(verb, program, limits=limits, network=self._network(), fence=fence, starts=starts)
            return spawner.start(job, folder.run)
        except BuildFailed as error:
            raise CannotRun(f"the environment of queries could not be built: {error}") from error
        except (SandboxUnavailable, StartFailed) as error:
            raise CannotRun(str(error)) from error

    def _program(self, verb: str, folder: RunFolder, venv: Path) -> Program:
        return Program(
            name=verb,
            argv=(str(venv / "bin" / "python"), f"{RUNTIMES}/run.py", "queries", verb),
            env={"TZ": "UTC"},
            cwd=folders.WORK,
            mounts=(
                Mount(folder.work, folders.WORK, read_only=False),
                Mount(folder.data, folders.DATA),
                Mount(self._surroundings.programs, RUNTIMES),
            ),
            runtime=venv,
            hostname="athena",
        )

    def _network(self) -> Network:
        """None, where the sandbox can cut a program off."""
        return "none" if self._starter.capabilities().net_isolation else "host"


def why(result: Result) -> str:
    """What the end of a program without an answer means, for people."""
    if result.reason == "OutOfMemory":
        return f"Query exhausted resources: it needed more than {MEMORY_BYTES // GIB} GB of memory."
    if result.reason == "MaxRuntimeExceeded":
        return "Query timeout: it ran longer than a query may."
    told = result.tail[-1] if result.tail else result.message or f"exit status {result.exit_code}"
    return f"INTERNAL_ERROR: the query's program ended without an answer: {told}"
