"""Where the files of exports of model cards lie: under ids of our own.

<home>/cards/<id>/work/     what the program sees as /opt/ormer/work
<home>/cards/<id>/run/      its supervisor's directory
<home>/cards/starts         one line per started program
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.engines.jobs.folders import read_document

FOLDER, STARTS = "cards", "starts"
WORK = "/opt/ormer/work"
REQUEST, ANSWER, PDF = "request.json", "answer.json", "card.pdf"
ANSWER_BYTES_MAX = 1 << 20


@dataclass(frozen=True)
class ExportFolder:
    """One export's folders."""

    path: Path

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def run(self) -> Path:
        return self.path / "run"

    def answer(self) -> dict[str, Any] | None:
        """What the program left: a stranger's words. None when there is nothing that can be read."""
        return read_document(self.work / ANSWER, ANSWER_BYTES_MAX)


def root(home: Path) -> Path:
    """The folder of all exports that are under way."""
    return home / FOLDER


def export_folder(home: Path, export_id: str) -> ExportFolder:
    """The folder of one export."""
    assert export_id.isalnum(), f"{export_id!r} is no id of ours"
    return ExportFolder(root(home) / export_id)
