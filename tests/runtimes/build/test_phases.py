"""The phases with a real shell: what runs after what, and what stays between commands."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ormer.runtimes.build.phases import NAMES, run_all
from ormer.runtimes.build.progress import Progress
from ormer.runtimes.build.shells import Shell

EMPTY = {"commands": [], "finally": [], "on_failure": ""}


class Ran:
    """A buildspec's phases that were run in `folder`."""

    def __init__(self, folder: Path, version: str = "0.2", shell: str = "bash", **phases: dict[str, Any]) -> None:
        work = folder / "work"
        work.mkdir()
        environment = {"PATH": os.environ["PATH"]}
        self.shell = Shell(shell, environment, work, folder / "state", fresh=version == "0.1")
        self.progress = Progress(folder / "progress.json")
        spec = {"phases": {name: {**EMPTY, **phases.get(name, {})} for name in NAMES}}
        self.goes_on = run_all(spec, self.shell, self.progress)
        self.states = {phase["phaseType"]: phase["phaseStatus"] for phase in self.progress.phases}
        self.told = json.loads((folder / "progress.json").read_text())


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_one_shell_keeps_folder_variables_and_functions(tmp_path, capfdbinary, shell):
    commands = ["mkdir deep && cd deep", "export A=1; B=2", "f() { echo f-$A-$B; }"]
    ran = Ran(tmp_path, shell=shell, install={"commands": commands}, build={"commands": ["f; basename $PWD"]})
    assert ran.progress.succeeding
    assert b"f-1-2\ndeep\n" in capfdbinary.readouterr().out
    ran.shell.close()


def test_version_0_1_gives_every_command_a_shell_of_its_own(tmp_path, capfdbinary):
    ran = Ran(tmp_path, version="0.1", build={"commands": ["export A=1; cd /", "echo a=$A; basename $PWD"]})
    assert ran.progress.succeeding
    assert b"a=\nwork\n" in capfdbinary.readouterr().out


def test_a_command_that_ends_the_shell_leaves_variables_and_folder(tmp_path, capfdbinary):
    ran = Ran(tmp_path, build={"commands": ["export A=1; cd /usr; exit 0", "echo $A $PWD"]})
    assert ran.progress.succeeding
    assert b"1 /usr\n" in capfdbinary.readouterr().out
    ran.shell.close()


def test_post_build_runs_after_a_failed_build(tmp_path):
    ran = Ran(
        tmp_path, build={"commands": ["false"]}, post_build={"commands": ["test $CODEBUILD_BUILD_SUCCEEDING = 0"]}
    )
    assert ran.goes_on and not ran.progress.succeeding
    assert ran.states == {
        "INSTALL": "SUCCEEDED",
        "PRE_BUILD": "SUCCEEDED",
        "BUILD": "FAILED",
        "POST_BUILD": "SUCCEEDED",
    }
    ran.shell.close()


def test_nothing_runs_after_a_failed_install(tmp_path):
    ran = Ran(tmp_path, install={"commands": ["exit 7"]}, build={"commands": ["touch built"]})
    assert not ran.goes_on
    assert ran.states == {"INSTALL": "FAILED"}
    assert ran.told["phases"][0]["contexts"][0]["message"].endswith("Reason: exit status 7")
    assert not (tmp_path / "work" / "built").exists()


@pytest.mark.parametrize(("word", "goes_on", "succeeding"), [("ABORT", False, False), ("CONTINUE", True, True)])
def test_on_failure_decides(tmp_path, word, goes_on, succeeding):
    ran = Ran(tmp_path, build={"commands": ["false"], "on_failure": word})
    assert (ran.goes_on, ran.progress.succeeding) == (goes_on, succeeding)
    assert ran.states["BUILD"] == "FAILED"
    ran.shell.close()


def test_retry_runs_a_phase_again(tmp_path):
    once = "test -e marker || { touch marker; false; }"
    ran = Ran(tmp_path, build={"commands": [once], "on_failure": "RETRY"})
    assert ran.states["BUILD"] == "SUCCEEDED"
    ran.shell.close()


def test_finally_runs_whatever_happened(tmp_path):
    ran = Ran(tmp_path, build={"commands": ["false", "touch never"], "finally": ["touch over"]})
    assert ran.states["BUILD"] == "FAILED"
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["over"]
    ran.shell.close()
