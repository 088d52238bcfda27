"""Spools: captured lines on the disk until they are published as an object.

A spool's first line says where it belongs; its object's key stands in it from the beginning. So whoever publishes it,
and however often, there is one object. A line that a crash tore is no line.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ormer.engines.hosting.routes import Route
from ormer.stores.objects.blobs import sync_folder

SUFFIX = ".spool"


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

    @classmethod
    def begin(cls, folder: Path, label: Label, now: float) -> Spool:
        """A new file with its label. OSError when it cannot be written."""
        path = folder / f"{uuid.uuid4().hex}{SUFFIX}"
        spool = cls(path, label, 0, now)
        spool._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            spool.append([json.dumps(asdict(label)).encode() + b"\n"], now)
            sync_folder(folder)
        except OSError:
            spool.remove()
            raise
        return spool

    def append(self, lines: Sequence[bytes], now: float) -> None:
        """Write lines durably, all of them or (OSError) none."""
        rest = memoryview(b"".join(lines))
        total = len(rest)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += total
        self.written = now

    def contents(self) -> bytes:
        """The whole lines behind the label."""
        raw = self.path.read_bytes()
        return raw[raw.find(b"\n") + 1 : raw.rfind(b"\n") + 1]

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """The object is there: the file is not needed any more."""
        self.close()
        self.path.unlink(missing_ok=True)


def left_in(folder: Path) -> list[Spool]:
    """The spools that a server left when it ended; those whose label was torn held no line yet and are removed."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        first, whole, _ = path.read_bytes().partition(b"\n")
        if not whole:
            path.unlink()
            continue
        try:
            label = Label(**json.loads(first))
        except (ValueError, TypeError):
            continue  # of another version of ormer, which will know what it is
        found.append(Spool(path, label, path.stat().st_size, float("-inf")))
    return found
