"""Where functions' files lie: under ids and hashes of our own.

<home>/functions/code/<sha256>.zip       what was uploaded
<home>/functions/tasks/<sha256>/         the same, unpacked; seen as /var/task by every invocation, changed by none
<home>/functions/layers/<sha256>/        layers laid over each other, under the hash of their hashes; seen as /opt
<home>/functions/runs/<id>/<attempt>/    one attempt of an invocation:
    invocation/   request.json and answer.json; seen as /opt/ormer/invocation
    run/          its supervisor's directory
<home>/functions/starts                  one line per started attempt
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.engines.jobs.folders import read_document
from ormer.stores.functions.codes import FOLDER

RUNS, TASKS, LAYERS, STARTS = "runs", "tasks", "layers", "starts"
# An answer may hold every character of a payload escaped.
ANSWER_BYTES_MAX = 40 << 20


@dataclass(frozen=True)
class RunFolder:
    """One attempt's folders."""

    path: Path

    @property
    def invocation(self) -> Path:
        return self.path / "invocation"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.run / "log"

    def answer(self) -> dict[str, Any] | None:
        """What the program left: a stranger's words. None when there is nothing that can be read."""
        return read_document(self.invocation / "answer.json", ANSWER_BYTES_MAX)


def runs(home: Path) -> Path:
    """The folder of all invocations that are under way."""
    return home / FOLDER / RUNS


def invocation_folder(home: Path, invocation_id: str) -> Path:
    """The folder of one invocation."""
    assert invocation_id.isalnum(), f"{invocation_id!r} is no id of an invocation"
    return runs(home) / invocation_id


def run_folder(home: Path, invocation_id: str, attempt: int) -> RunFolder:
    """The folder of one attempt."""
    return RunFolder(invocation_folder(home, invocation_id) / str(attempt))


def starts(home: Path) -> Path:
    return home / FOLDER / STARTS
