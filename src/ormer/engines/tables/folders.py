"""Where the files of queries and of writers of Parquet lie: under ids of our own.

<home>/tables/<id>/work/     what the program sees as /opt/ormer/work
<home>/tables/<id>/data/     the objects of a query's tables, seen as /opt/ormer/data, read-only
<home>/tables/<id>/run/      its supervisor's directory
<home>/tables/starts         one line per started program
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.engines.jobs.folders import read_document

FOLDER, STARTS = "tables", "starts"
WORK, DATA = "/opt/ormer/work", "/opt/ormer/data"
REQUEST, ANSWER = "request.json", "answer.json"
# The answer lists columns and files; a table has thousands of them at most.
ANSWER_BYTES_MAX = 32 << 20


@dataclass(frozen=True)
class RunFolder:
    """One program's folders."""

    path: Path

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def run(self) -> Path:
        return self.path / "run"

    def answer(self) -> dict[str, Any] | None:
        """What the program left: a stranger's words. None when there is nothing that can be read."""
        return read_document(self.work / ANSWER, ANSWER_BYTES_MAX)


def root(home: Path) -> Path:
    """The folder of all programs that are under way."""
    return home / FOLDER


def run_folder(home: Path, run_id: str) -> RunFolder:
    """The folder of one program."""
    assert run_id.isalnum(), f"{run_id!r} is no id of ours"
    return RunFolder(root(home) / run_id)
