"""Programs of ours over what is people's own: each reads a request and leaves an answer.

They run in the jobs' sandbox with nothing but their own folder and, where the sandbox can cut them off, no network.

<home>/<kind's name>/<id>/work/    what a program sees as /opt/ormer/work
<home>/<kind's name>/<id>/data/    what it is to read besides, seen as /opt/ormer/data, read-only
<home>/<kind's name>/<id>/run/     its supervisor's directory
<home>/<kind's name>/starts        one line per started program
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.engines.images import BuildFailed, Runtimes
from ormer.engines.jobs.contracts import Surroundings, write_json
from ormer.engines.jobs.environments import catalogue
from ormer.engines.jobs.folders import RUNTIMES, read_document
from ormer.engines.jobs.sandbox import Mount, Network, Program, SandboxUnavailable
from ormer.engines.jobs.starter import Starter
from ormer.engines.jobs.supervision import Handle, Job, Limits, StartFailed
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
WORK, DATA = "/opt/ormer/work", "/opt/ormer/data"
REQUEST, ANSWER, STARTS = "request.json", "answer.json", "starts"


class CannotRun(Exception):
    """No program could be started; the text says why."""


@dataclass(frozen=True)
class Kind:
    """What programs of one kind have in common.

    folder: below the home. runtime: the environment's name, and `what` it is for, for people. package: of `runtimes/`.
    answer_bytes_max: an answer that is longer is none.
    """

    folder: str
    runtime: str
    what: str
    package: str
    hostname: str
    cpus: int
    memory_bytes: int
    answer_bytes_max: int


@dataclass(frozen=True)
class ProgramFolder:
    """One program's folders."""

    path: Path
    answer_bytes_max: int

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def run(self) -> Path:
        return self.path / "run"

    def answer(self) -> JsonDict | None:
        """What the program left: a stranger's words. None when there is nothing that can be read."""
        return read_document(self.work / ANSWER, self.answer_bytes_max)


class Programs:
    """Starts programs of one kind. Open it before anything is started, close it at the end."""

    def __init__(self, kind: Kind, stores: Stores, surroundings: Surroundings, setting: str) -> None:
        self._kind = kind
        self._stores = stores
        self._surroundings = surroundings
        self._starter = Starter(setting)

    @property
    def root(self) -> Path:
        """The folder of all programs that are under way."""
        return self._stores.home / self._kind.folder

    def open(self) -> None:
        """Make the folder of what runs."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def close(self) -> None:
        """Let go; what runs goes on and is found again at the next start."""
        self._starter.close()

    def folder(self, run_id: str) -> ProgramFolder:
        """The folder of one program."""
        assert run_id.isalnum(), f"{run_id!r} is no id of ours"
        return ProgramFolder(self.root / run_id, self._kind.answer_bytes_max)

    def start(self, verb: str, folder: ProgramFolder, request: JsonDict, fence: int, seconds_max: float) -> Handle:
        """Start the program on a request in `folder`, or return a handle on its earlier start. Raises CannotRun."""
        try:
            spawner = self._starter.spawner()
            venv = Runtimes(self._stores.home, catalogue(self._stores.home)).ensure(self._kind.runtime)
            for place in (folder.work, folder.data, folder.run):
                place.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_json(folder.work / REQUEST, request)
            limits = Limits(self._kind.memory_bytes, self._kind.cpus, seconds_max, stop_grace_seconds=1.0)
            program = self._program(verb, folder, venv)
            starts = self.root / STARTS
            job = Job(verb, program, limits=limits, network=self._network(), fence=fence, starts=starts)
            return spawner.start(job, folder.run)
        except BuildFailed as error:
            raise CannotRun(f"the environment {self._kind.what} could not be built: {error}") from error
        except (SandboxUnavailable, StartFailed) as error:
            raise CannotRun(str(error)) from error

    def _program(self, verb: str, folder: ProgramFolder, venv: Path) -> Program:
        return Program(
            name=verb,
            argv=(str(venv / "bin" / "python"), f"{RUNTIMES}/run.py", self._kind.package, verb),
            env={"TZ": "UTC"},
            cwd=WORK,
            mounts=(
                Mount(folder.work, WORK, read_only=False),
                Mount(folder.data, DATA),
                Mount(self._surroundings.programs, RUNTIMES),
            ),
            runtime=venv,
            hostname=self._kind.hostname,
        )

    def _network(self) -> Network:
        """None, where the sandbox can cut a program off."""
        return "none" if self._starter.capabilities().net_isolation else "host"
