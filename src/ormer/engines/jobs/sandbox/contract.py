"""The words all sandboxes share: what a program needs, what a back end can do, and the command that comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

STATUS_FD = 3  # where bubblewrap reports its inner process; the supervisor listens on the same number

Network = Literal["host", "none"]


class SandboxUnavailable(Exception):
    """No back end can run this program here. The text says what the operator can do."""


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine (`source`) as the program sees it (`target`, absolute).

    throw_away: the program may write, but what it writes is seen by nobody else and vanishes with it."""

    source: Path
    target: str
    read_only: bool = True
    throw_away: bool = False


@dataclass(frozen=True)
class Ready:
    """How a companion server shows that it is ready: GET `path` answers 200 on a unix socket or a loopback port.

    `socket` is the path on this machine, not the one inside the sandbox."""

    timeout_seconds: float
    socket: Path | None = None
    port: int | None = None
    path: str = "/ping"


# The working folder of a container whose image names none. A sandbox that has no root of its own gives its scratch.
ROOT = "/"


@dataclass(frozen=True)
class Program:
    """What runs: `argv` (absolute program first), its environment, and everything it may see besides the system.

    `name` is the log stream. `runtime` is the virtual environment (or Python prefix) it runs from, seen at its own
    path; with `writable_runtime` it sees a throw-away copy that `pip install` may change. `cwd` defaults to a scratch
    folder of its own, which is also HOME; `home` is what lies in there at the start, {path below it: text}."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    home: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    runtime: Path | None = None
    writable_runtime: bool = False
    hostname: str = "algo-1"
    ready: Ready | None = None

    def furnish(self, home: Path) -> None:
        """Make the folder that is its HOME and lay in there what it is to find."""
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in self.home.items():
            file = home / name
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.write_text(text)


@dataclass(frozen=True)
class Launch:
    """The command as the supervisor runs it. `reports_status`: it tells its inner process id on STATUS_FD."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    reports_status: bool


@dataclass(frozen=True)
class Capabilities:
    """What a back end guarantees. `paths`: every job has its own /opt/ml, many at once."""

    paths: bool
    fs_read_only: bool
    pid: bool
    net_isolation: bool
    mem_limit: bool
    cpu_limit: bool
    writable_runtime: bool


@dataclass(frozen=True)
class Probe:
    """What happened when a back end was really tried. `reason` and `advice` are sentences for a person."""

    name: str
    works: bool
    capabilities: Capabilities | None
    reason: str
    advice: str = ""


class Sandbox(Protocol):
    """A back end that was probed and works."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def launch(self, program: Program, private: Path, network: Network) -> Launch:
        """The command for `program`. `private` is a folder for its scratch, /tmp and /etc; it is created here.

        Raises SandboxUnavailable when this back end cannot give what the program needs."""
        ...
