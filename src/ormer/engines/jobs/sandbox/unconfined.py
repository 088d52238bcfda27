"""No sandbox: for operators who run only code they trust, on machines where nothing else works.

Programs see the whole machine as the server's user. Without namespaces /opt/ml is one place, so it must be a link that
this user may change, and a second job has to wait; that is refused rather than half done.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from ormer.engines.jobs.sandbox.contract import ROOT, Capabilities, Launch, Network, Probe, Program, SandboxUnavailable

CAPABILITIES = Capabilities(
    paths=False,
    fs_read_only=False,
    pid=False,
    net_isolation=False,
    mem_limit=True,
    cpu_limit=True,
    writable_runtime=False,
)
ACCEPTED = "ORMER_SANDBOX=none"


@dataclass(frozen=True)
class Unconfined:
    """Runs the program as it is. Only chosen by ORMER_SANDBOX=none."""

    name: str = "none"
    capabilities: Capabilities = CAPABILITIES

    def launch(self, program: Program, private: Path, network: Network) -> Launch:
        """The bare command, when every path it asks for already is what it asks for."""
        if network == "none":
            raise SandboxUnavailable(f"{ACCEPTED} cannot cut a job off the network (EnableNetworkIsolation)")
        if program.writable_runtime:
            raise SandboxUnavailable(f"{ACCEPTED} cannot give a job a runtime of its own to install packages into")
        for mount in program.mounts:
            if not os.path.exists(mount.target) or not os.path.samefile(mount.source, mount.target):
                raise SandboxUnavailable(
                    f"{ACCEPTED} cannot show {mount.source} at {mount.target}: paths such as /opt/ml need a sandbox. "
                    "`ormer doctor` says how to get one"
                )
        home = private / "home"
        program.furnish(home)
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(home), **program.env}
        cwd = str(home) if program.cwd in (None, ROOT) else str(program.cwd)
        return Launch(program.argv, environment, cwd, reports_status=False)


def probe() -> tuple[Probe, Unconfined]:
    """Always there, never chosen by itself."""
    reason = "jobs would run with the server's own rights and see all files; chosen only by " + ACCEPTED
    return Probe("none", True, CAPABILITIES, reason), Unconfined()
