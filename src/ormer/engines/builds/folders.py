"""Where a build's files lie: under an id of our own.

<home>/builds/<id>/
    work/      what it sees as /codebuild: sources, plan.json, progress.json, artifacts/, its Python environment
    ml/        the little of /opt/ml it sees: metadata/resource-metadata.json
    run/       its supervisor's directory
    python     the version of Python it asked for
<home>/builds/keeping/    the run that brings packages
<home>/builds/packages/   unpacked packages that all builds read and none can change
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.engines.jobs.folders import read_document, regular_files

FOLDER = "builds"
PACKAGES = "packages"
PROGRESS_BYTES_MAX = 4 << 20


@dataclass(frozen=True)
class BuildFolder:
    """One build's folders; `path` is the build's own."""

    path: Path

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def metadata(self) -> Path:
        return self.path / "ml" / "metadata"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.run / "log"

    def progress(self) -> dict[str, Any]:
        """What the program said last; {} while it has said nothing that can be read."""
        return read_document(self.work / "progress.json", PROGRESS_BYTES_MAX) or {}

    def python(self) -> str:
        """The version of Python the build asked for."""
        file = self.path / "python"
        return file.read_text() if file.exists() else ""

    def artifacts(self) -> dict[str, Path]:
        """{file name: path} of the zips the program made."""
        folder = self.work / "artifacts"
        return {name: folder / name for name, _ in regular_files(folder) if name.endswith(".zip") and "/" not in name}


def build_folder(home: Path, build_id: str) -> BuildFolder:
    """The folder of one build."""
    assert build_id.isalnum(), f"{build_id!r} is no id of a build"
    return BuildFolder(home / FOLDER / build_id)


def packages_folder(home: Path) -> Path:
    """What builds read packages from; made when it is not there."""
    found = home / FOLDER / PACKAGES
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found
