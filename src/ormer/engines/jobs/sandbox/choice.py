"""Which back end runs the jobs here, and what to tell a person about the others."""

from ormer.engines.jobs.sandbox import bubblewrap, unconfined
from ormer.engines.jobs.sandbox.contract import Probe, Sandbox, SandboxUnavailable

SETTINGS = ("auto", "bubblewrap", "none")
SETTING_NAME = "ORMER_SANDBOX"


def choose(setting: str = "auto") -> Sandbox:
    """The back end for this server; `setting` is ORMER_SANDBOX. Really runs a program to find out (about 20 ms).

    Raises SandboxUnavailable, whose text says what was tried and how to get a sandbox. Nothing is chosen silently that
    would let jobs see the machine."""
    if setting == "none":
        return unconfined.probe()[1]
    if setting not in SETTINGS:
        raise SandboxUnavailable(f"{SETTING_NAME}={setting} is not known; it may be {', '.join(SETTINGS)}")
    report, sandbox = bubblewrap.probe()
    if sandbox is None:
        raise SandboxUnavailable(f"{report.reason}\n{report.advice}")
    return sandbox


def survey() -> list[Probe]:
    """Every back end with what happened when it was tried, best first. For `ormer doctor`."""
    return [bubblewrap.probe()[0], _landlock(), unconfined.probe()[0]]


def _landlock() -> Probe:
    return Probe("landlock", False, None, "no back end yet (docs/decisions/0004 says why): use bubblewrap")
