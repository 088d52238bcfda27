"""Functions' code and layers, unpacked: once for each zip, whole or not at all, and only where it belongs."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import uuid
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ormer.engines.functions.folders import LAYERS, TASKS
from ormer.engines.jobs.folders import CA_BUNDLE, RUNTIMES, remove
from ormer.stores.functions import codes

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
UNPACKED_BYTES_MAX = 262_144_000
FILES_MAX = 50_000
OPT, INVOCATION = "/opt/", "/opt/ormer/invocation"
FOLDER_MODE, FILE_MODE, PROGRAM_MODE = 0o755, 0o644, 0o755


class CodeBroken(Exception):
    """The zip cannot be unpacked; the text says why."""


def unpacked(home: Path, digest: str) -> Path:
    """The folder of a kept zip's files. Raises CodeBroken."""
    return _made(home / codes.FOLDER / TASKS / digest, home, [digest])


def stacked(home: Path, digests: list[str]) -> Path | None:
    """The folder of layers' files, each laid over the one before, as /opt shows it. None without layers.

    It has places for what else is mounted below /opt. Raises CodeBroken.
    """
    if not digests:
        return None
    name = hashlib.sha256(" ".join(digests).encode()).hexdigest()
    return _made(home / codes.FOLDER / LAYERS / name, home, digests, (INVOCATION, RUNTIMES), (CA_BUNDLE,))


def _made(
    target: Path, home: Path, digests: list[str], folders: tuple[str, ...] = (), files: tuple[str, ...] = ()
) -> Path:
    if target.exists():
        return target
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    draft.mkdir(parents=True, mode=FOLDER_MODE)
    try:
        for digest in digests:
            _unpack(codes.path(home, digest), draft)
        for each in folders:
            (draft / each.removeprefix(OPT)).mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        for each in files:
            (draft / each.removeprefix(OPT)).touch()
        os.rename(draft, target)
    except FileExistsError:  # another invocation was quicker
        pass
    except OSError:
        if not target.exists():
            raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise CodeBroken(f"the function's code is no zip that can be read: {error}") from error
    finally:
        remove(draft)
    return target


def _unpack(archive: Path, folder: Path) -> None:
    total = 0
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        if len(entries) > FILES_MAX:
            raise CodeBroken(f"the function's code has more than {FILES_MAX} files")
        for entry in entries:
            place = _place(entry.filename)
            mode = entry.external_attr >> 16
            if place is None or stat.S_ISLNK(mode):
                continue
            target = folder / place
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
                continue
            total += entry.file_size
            if total > UNPACKED_BYTES_MAX:
                raise CodeBroken(f"the function's code is larger than {UNPACKED_BYTES_MAX} bytes when it is unpacked")
            target.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            target.unlink(missing_ok=True)
            with opened.open(entry) as content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
            target.chmod(PROGRAM_MODE if mode & 0o111 else FILE_MODE)


def _place(name: str) -> PurePosixPath | None:
    """Where an entry belongs below the folder; None for the folder itself. Raises CodeBroken for one that leads out."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise CodeBroken(f"the function's code has an entry that leads out of its folder: {name}")
    return path if path.parts else None
