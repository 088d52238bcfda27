"""Where a job's files lie: under the engine's own ids, never under a path a user supplied.

<home>/jobs/starts                   one line per started attempt, of all jobs
<home>/jobs/<id>/<attempt>/<host>/   one host of one attempt:
    ml/        what it sees as /opt/ml
    run/       its supervisor's directory
    servers/   the model servers beside it, one folder each
    sockets/   where they listen
    places/    folders outside /opt/ml that the contract promises
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

ML = PurePosixPath("/opt/ml")
SOCKETS = "/opt/ormer/sockets"
RUNTIMES = "/opt/ormer/runtimes"
CA_BUNDLE = "/opt/ormer/ca-bundle.pem"


@dataclass(frozen=True)
class HostFolder:
    """One host's folders; `path` is the host's own."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def ml(self) -> Path:
        return self.path / "ml"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.run / "log"

    @property
    def sockets(self) -> Path:
        return self.path / "sockets"

    def server(self, number: int) -> Path:
        return self.path / "servers" / str(number)

    def local(self, target: str) -> Path:
        """The place on this machine of a path inside the job. ValueError for one that leads out of its folders."""
        path = PurePosixPath(os.path.normpath(target))
        if not path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{target} is no absolute path")
        if path.is_relative_to(ML):
            return self.ml / path.relative_to(ML)
        return self.path / "places" / path.relative_to("/")

    def outside(self, target: str) -> bool:
        """Whether a path of the job needs a mount of its own, being outside /opt/ml."""
        return not PurePosixPath(os.path.normpath(target)).is_relative_to(ML)


def job_folder(home: Path, job_id: str) -> Path:
    """The folder of one job."""
    assert job_id.isalnum(), f"{job_id!r} is no id of a job"
    return home / "jobs" / job_id


def host_folders(home: Path, job_id: str, attempt: int, count: int) -> list[HostFolder]:
    """The hosts `algo-1`, `algo-2`, … of one attempt."""
    root = job_folder(home, job_id) / str(attempt)
    return [HostFolder(root / f"algo-{number}") for number in range(1, count + 1)]


def remove(folder: Path) -> None:
    """Delete a job's folder with whatever the job left in it, folders without permissions included."""

    def allow(function: object, path: str, error: BaseException) -> None:
        if isinstance(error, FileNotFoundError):
            return
        os.chmod(os.path.dirname(path), stat.S_IRWXU)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, stat.S_IRWXU)
            shutil.rmtree(path)
        else:
            os.unlink(path)

    if folder.exists():
        shutil.rmtree(folder, onerror=lambda function, path, info: allow(function, path, info[1]))


def regular_files(folder: Path) -> Iterator[tuple[str, int]]:
    """(path below `folder`, open descriptor) of every regular file, by name; links and special files are passed over.

    Folders are entered by descriptor without following links: the job may still be running and may not lead us
    elsewhere. The descriptor is closed when the next file is asked for.
    """
    if not folder.is_dir() or folder.is_symlink():
        return
    for root, names, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        names.sort()
        for name in sorted(files):
            found = _open_regular(name, descriptor)
            if found is None:
                continue
            try:
                yield os.path.relpath(os.path.join(root, name), folder), found
            finally:
                os.close(found)


def read_document(file: Path, bytes_max: int) -> dict[str, Any] | None:
    """The JSON object that a program in a sandbox left; a stranger's words, of which `bytes_max` are read.

    None when there is none that can be read. Links are not followed, since they may lead anywhere.
    """
    descriptor = _open_regular(str(file))
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        content = opened.read(bytes_max)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _open_regular(name: str, folder: int | None = None) -> int | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None  # a link, a socket, or gone since the folder was listed
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None
