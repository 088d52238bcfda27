"""The server's side of a supervisor: start one, find it again after a restart, end it, read how it ended.

Durable is only what lies in the run directory (see `supervisor`); a Handle is a view of it and may be thrown away and
made again at any time. One run directory is one attempt: starting it twice runs it once, and the second caller gets a
handle on the first start.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ormer.engines.jobs import supervisor
from ormer.engines.jobs.sandbox import Network, Program, Sandbox
from ormer.engines.jobs.supervisor.records import PID, SPEC, STATUS, boot_id, start_time

ANSWER_SECONDS = 20.0
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)
# A program sees itself as root, but the sandbox knows one user only: tar must not try to give files to others, which an
# image's root may and which would end it with an error. MLflow's telemetry imports in a thread of its own while the
# program imports, and where it has to wait for an answer `mlflow.autolog()` may wait for ever.
BEHAVIOUR = {"PYTHONUNBUFFERED": "1", "TAR_OPTIONS": "--no-same-owner", "MLFLOW_DISABLE_TELEMETRY": "true"}


class StartFailed(Exception):
    """No supervisor could be started; nothing ran."""


@dataclass(frozen=True)
class Limits:
    """What a job may use. None: no limit. The grace is what a program gets between SIGTERM and SIGKILL.

    reserved_bytes: what each of its processes may reserve, beside the memory it uses, without ever using it."""

    memory_bytes: int | None = None
    cpus: int | None = None
    max_runtime_seconds: float | None = None
    stop_grace_seconds: float = 120.0
    reserved_bytes: int = 0


@dataclass(frozen=True)
class Job:
    """One attempt: companions (started first, ended last), the main program, limits, and where its traces go.

    `fence` is the attempt's fencing token. `starts` is the append-only file of start lines, by default in the run
    directory; give one path per job to see all attempts in one file."""

    name: str
    main: Program
    servers: tuple[Program, ...] = ()
    limits: Limits = field(default_factory=Limits)
    network: Network = "host"
    fence: int = 0
    log: Path | None = None
    starts: Path | None = None


@dataclass(frozen=True)
class Result:
    """How a job ended. Times are milliseconds since 1970; `tail` the last lines of whoever is to blame.

    `reason`: Exited, Stopped, MaxRuntimeExceeded, OutOfMemory, ServerDied, StartFailed, SupervisorFailed, or Lost (the
    supervisor vanished without a status: killed, or the machine went down)."""

    reason: str
    exit_code: int | None = None
    signal: int | None = None
    message: str | None = None
    started: int | None = None
    ended: int | None = None
    max_rss_bytes: int = 0
    cpu_seconds: float = 0.0
    tail: tuple[str, ...] = ()
    fence: int = 0

    @property
    def succeeded(self) -> bool:
        return self.reason == "Exited" and self.exit_code == 0


class Handle:
    """A supervised attempt, running or over. Close it (or use `with`) to give back its descriptor."""

    def __init__(self, run_dir: Path, pid: int, pidfd: int | None) -> None:
        self.run_dir = run_dir
        self.pid = pid
        self._pidfd = pidfd

    def fileno(self) -> int:
        """A descriptor that becomes readable when the supervisor ends, for select and asyncio. ValueError when over."""
        if self._pidfd is None:
            raise ValueError("this attempt is over")
        return self._pidfd

    def alive(self) -> bool:
        """Whether the supervisor still runs. Once False, `result` has the final word."""
        return self._pidfd is not None and not self.wait(0)

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """True when the attempt is over, False when the time ran out first."""
        if self._pidfd is None:
            return True
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(None if timeout_seconds is None else timeout_seconds * 1000))

    def stop(self) -> None:
        """Ask the job to end: SIGTERM to the program, SIGKILL after its grace. Safe to repeat."""
        self._request("stop")

    def kill(self) -> None:
        """End the job now. Safe to repeat."""
        self._request("kill")

    def result(self) -> Result | None:
        """None while it runs; then how it ended, which never changes again."""
        over = not self.alive()
        try:
            status = json.loads((self.run_dir / STATUS).read_bytes())
        except FileNotFoundError:
            return Result("Lost", message="its supervisor ended without saying how") if over else None
        except ValueError:  # renamed, and lost in a power cut before it was on the disk
            return Result("Lost", message="the machine went down while it ended")
        known = {name: status[name] for name in Result.__dataclass_fields__ if name in status}
        return Result(**{**known, "tail": tuple(status.get("tail", ()))})

    def close(self) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _request(self, name: str) -> None:
        (self.run_dir / name).touch()
        if self._pidfd is not None:
            try:
                signal.pidfd_send_signal(self._pidfd, signal.SIGTERM)
            except ProcessLookupError:
                return  # it ended in the meantime


def attach(run_dir: Path) -> Handle | None:
    """The attempt in `run_dir`, running or over; None when no supervisor ever took it."""
    try:
        claim = json.loads((run_dir / PID).read_bytes())
    except FileNotFoundError:
        return None
    pid = claim["pid"]
    if claim["boot_id"] != boot_id():
        return Handle(run_dir, pid, None)
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return Handle(run_dir, pid, None)
    if (
        start_time(pid) != claim["start_time"]
    ):  # the number went to another process; asked after the descriptor holds it
        os.close(pidfd)
        return Handle(run_dir, pid, None)
    return Handle(run_dir, pid, pidfd)


def running(run_dirs: Iterable[Path]) -> list[Handle]:
    """Those of these attempts that still run. Close the handles."""
    found = []
    for handle in filter(None, map(attach, run_dirs)):
        if handle.alive():
            found.append(handle)
        else:
            handle.close()
    return found


def end_all(run_dirs: Iterable[Path], wait_seconds: float = 0.0) -> None:
    """Kill whatever still runs of these attempts, and wait so long for each of them to be over."""
    for handle in running(run_dirs):
        with handle:
            handle.kill()
            if wait_seconds:
                handle.wait(wait_seconds)


class Spawner:
    """Starts supervisors through a warm process that forks them. One per server; threads may share it.

    The warm process ends with the server; supervisors do not. It is started again when it is gone."""

    def __init__(self, sandbox: Sandbox, python: str = sys.executable) -> None:
        self._sandbox = sandbox
        self._python = python
        self._lock = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def start(self, job: Job, run_dir: Path) -> Handle:
        """Start `job` in `run_dir` (made when missing), or return a handle on its earlier start. About 5 ms when warm.

        Raises StartFailed (nothing runs) and SandboxUnavailable (the sandbox cannot give what the job needs)."""
        earlier = attach(run_dir)
        if earlier:
            return earlier
        _write_plan(self._plan(job, run_dir), run_dir)
        with self._lock:
            answer = self._ask(run_dir)
        if answer.startswith("failed"):
            raise StartFailed(f"the supervisor of {job.name} did not start: {answer.removeprefix('failed').strip()}")
        handle = attach(run_dir)
        assert handle is not None, "a supervisor that answers has claimed its directory"
        return handle

    def close(self) -> None:
        """End the warm process; supervisors go on."""
        with self._lock:
            self._drop()

    def warm(self) -> None:
        """Start the warm process now, so that the first job does not wait for it."""
        with self._lock:
            self._connected()

    def _plan(self, job: Job, run_dir: Path) -> dict[str, Any]:
        def plan(program: Program) -> dict[str, Any]:
            launch = self._sandbox.launch(program, run_dir / "private" / program.name, job.network)
            return {
                "name": program.name,
                "argv": list(launch.argv),
                "env": {**_thread_environment(job.limits.cpus), **launch.env},
                "cwd": launch.cwd,
                "reports_status": launch.reports_status,
                "ready": _ready(program),
            }

        return {
            "job": job.name,
            "fence": job.fence,
            "log": str(job.log or run_dir / "log"),
            "starts": str(job.starts or run_dir / "starts"),
            "limits": dict(vars(job.limits)),
            "servers": [plan(server) for server in job.servers],
            "main": plan(job.main),
        }

    def _ask(self, run_dir: Path) -> str:
        """One request, one answer: `started`, `held` or `failed WHY`."""
        for last_try in (False, True):
            channel = self._connected()
            try:
                channel.sendall(os.fsencode(run_dir.absolute()) + b"\n")
                answer = _line(channel)
            except TimeoutError:
                self._drop()
                raise StartFailed(f"no supervisor answered within {ANSWER_SECONDS:g} seconds") from None
            except OSError:
                answer = ""
            if answer:
                return answer
            self._drop()
            if last_try:
                raise StartFailed(f"{self._python} could not run the supervisor")
        raise AssertionError("unreachable")

    def _connected(self) -> socket.socket:
        if self._channel is None:
            self._channel, theirs = socket.socketpair()
            self._channel.settimeout(ANSWER_SECONDS)
            with theirs:
                self._nursery = subprocess.Popen(
                    [self._python, "-I", "-S", "-E", str(Path(supervisor.__file__).parent)],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env={"LANG": "C.UTF-8"},
                    start_new_session=True,
                )
        return self._channel

    def _drop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._nursery is not None:
            self._nursery.wait()
            self._nursery = None


def _write_plan(plan: Mapping[str, Any], run_dir: Path) -> None:
    """Whole or not at all, readable by this user only: it holds the job's credentials until it has been read."""
    draft = run_dir / f"{SPEC}.{os.getpid()}.{threading.get_ident()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(plan, file)
    draft.rename(run_dir / SPEC)


def _thread_environment(cpus: int | None) -> dict[str, str]:
    """Threads of the numeric libraries: unset, they take every core of the machine and fight over them."""
    available = len(os.sched_getaffinity(0))
    share = str(min(cpus or available, available))
    return {**BEHAVIOUR, **dict.fromkeys(THREAD_VARIABLES, share)}


def _ready(program: Program) -> dict[str, Any] | None:
    ready = program.ready
    if ready is None:
        return None
    where = str(ready.socket) if ready.socket else None
    return {"socket": where, "port": ready.port, "path": ready.path, "timeout_seconds": float(ready.timeout_seconds)}


def _line(channel: socket.socket) -> str:
    """One line of answer, or "" when the other side is gone."""
    received = b""
    while not received.endswith(b"\n"):
        chunk = channel.recv(4096)
        if not chunk:
            return ""
        received += chunk
    return received.decode().strip()
