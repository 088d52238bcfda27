"""Where a job's program runs: one face, several ways to keep it away from the machine.

A back end turns a `Program` (what to run, what it may see) into a `Launch` (the exact command for the supervisor). It
holds no state and starts nothing, except in `probe`, which really runs a program: that a tool is installed says little
about whether the kernel lets it work.
"""

from ormer.engines.jobs.sandbox.choice import choose, survey
from ormer.engines.jobs.sandbox.contract import (
    Capabilities,
    Launch,
    Mount,
    Network,
    Probe,
    Program,
    Ready,
    Sandbox,
    SandboxUnavailable,
)

__all__ = [
    "Capabilities",
    "Launch",
    "Mount",
    "Network",
    "Probe",
    "Program",
    "Ready",
    "Sandbox",
    "SandboxUnavailable",
    "choose",
    "survey",
]
