"""Spools: captured lines on the disk until they are published as an object.

A spool is a file of lines, and beside it one that says where they belong; its object's key stands there from the
beginning. So whoever publishes it, and however often, there is one object. The lines become that object as they lie:
nothing is written twice. A line that a crash tore is no line.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ormer.engines.hosting.routes import Route
from ormer.stores.objects.blobs import sync_folder

SUFFIX, LABEL_SUFFIX, OBJECT_SUFFIX = ".spool", ".label", ".object"


@dataclass(frozen=True)
class Label:
    """Where a spool's lines go, and on whose behalf."""

    uri: str
    arn: str
    account: str
    region: str
    endpoint: str
    variant: str
    role_arn: str


def label_of(route: Route, variant: str, destination: str, moment: float) -> Label:
    """The label of a new spool whose first line is of this moment (calendar seconds).

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """
    stamp = time.strftime("%Y/%m/%d/%H/%M-%S", time.gmtime(moment))
    name = f"{stamp}-{int(moment * 1000) % 1000:03d}-{uuid.uuid4()}.jsonl"
    uri = f"{destination.rstrip('/')}/{route.name}/{variant}/{name}"
    return Label(uri, route.arn, route.account, route.region, route.name, variant, route.role_arn)


class Spool:
    """One file of lines. opened, written: monotonic seconds of its first and last line."""

    def __init__(self, path: Path, label: Label, size: int, now: float) -> None:
        self.path = path
        self.label = label
        self.size = size
        self.opened = self.written = now
        self._file = -1
        self._digest = hashlib.sha256()
        self._hashed = 0

    @classmethod
    def begin(cls, folder: Path, label: Label, now: float) -> Spool:
        """A new file, and its label beside it. OSError when they cannot be written."""
        path = folder / f"{uuid.uuid4().hex}{SUFFIX}"
        spool = cls(path, label, 0, now)
        try:
            _write_label(path.with_suffix(LABEL_SUFFIX), label)
            spool._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            sync_folder(folder)
        except OSError:
            spool.remove()
            raise
        return spool

    def append(self, lines: Sequence[bytes | memoryview], now: float) -> None:
        """Write pieces of whole lines durably, all of them or (OSError) none."""
        try:
            # One by one: to join them would take as much memory anew, which costs more than the calls.
            for piece in lines:
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        _forget(self._file)
        for piece in lines:
            self._digest.update(piece)
            self._hashed += len(piece)
            self.size += len(piece)
        self.written = now

    def digest(self) -> bytes:
        """The SHA-256 of its lines: counted while they were written, or from the file that another server left."""
        if self._hashed == self.size:
            return self._digest.digest()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    @contextmanager
    def shared(self) -> Iterator[Path]:
        """The lines under another name, for somebody who takes that file away; the spool must be closed and stay so."""
        path = self.path.with_suffix(OBJECT_SUFFIX)
        path.unlink(missing_ok=True)
        path.hardlink_to(self.path)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """The object is there: the files are not needed any more."""
        self.close()
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(LABEL_SUFFIX).unlink(missing_ok=True)


def left_in(folder: Path) -> list[Spool]:
    """The spools that a server left when it ended, without lines that were torn."""
    found = []
    for path in folder.glob(f"*{OBJECT_SUFFIX}"):
        path.unlink()
    for path in sorted(folder.glob(f"*{LABEL_SUFFIX}")):
        spool_path = path.with_suffix(SUFFIX)
        try:
            label = Label(**json.loads(path.read_bytes()))
            lines = spool_path.read_bytes()
        except FileNotFoundError:
            path.unlink()  # published, or not begun
            continue
        except (ValueError, TypeError):
            if not spool_path.exists():
                path.unlink()  # torn before there was a line
            continue  # else of another version of ormer, which will know what it is
        size = lines.rfind(b"\n") + 1
        os.truncate(spool_path, size)
        found.append(Spool(spool_path, label, size, float("-inf")))
    return found


def _forget(file: int) -> None:
    """Give the memory of a file's durable pages back, for the next ones: pages that were never used cost a virtual
    machine several times what writing them does, and nobody reads captures soon."""
    if hasattr(os, "posix_fadvise"):
        # Some file systems take no advice; the lines are there all the same.
        with suppress(OSError):
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)


def _write_label(path: Path, label: Label) -> None:
    with open(path, "xb", opener=_private) as file:
        file.write(json.dumps(asdict(label)).encode())
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
