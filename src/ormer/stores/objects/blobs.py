"""Blobs: the files that hold contents, under ids of ours, written so that a power cut leaves all of one or none.

A blob is written under its final name, which nobody knows before the row that names it commits. What a crash leaves
without a row is collected by age.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20
# Linux's ioctl that shares extents between two files (FICLONE in linux/fs.h).
FICLONE = 0x40049409
# What a file system says when it cannot share extents between these two files.
CANNOT_CLONE = frozenset(
    {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM, errno.ETXTBSY}
)


class Blobs:
    """A folder of blobs, `ab/<id>`; ids are 32 hexadecimal digits.

    One level of 256 folders: each new folder costs a flush of its parent, and 4,000 files a folder make a million.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[str] = set()
        self._lock = threading.Lock()

    def path(self, blob: str) -> Path:
        """Where a blob's file lies."""
        return self._folder / blob[:2] / blob

    def writer(self) -> BlobWriter:
        """A new, empty blob to write to."""
        blob = uuid.uuid4().hex
        path = self.path(blob)
        self._make_folder(path.parent)
        return BlobWriter(blob, path)

    def adopt(self, source: Path) -> str:
        """Move a file in as a blob without copying it. OSError (EXDEV) when it lies on another file system."""
        blob = uuid.uuid4().hex
        path = self.path(blob)
        self._make_folder(path.parent)
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.rename(path)
        # The age of a file without a row counts from here, not from when its bytes were written.
        os.utime(path)
        path.chmod(0o600)
        sync_folder(path.parent)
        return blob

    def remove(self, blob: str) -> None:
        """Delete a blob's file; whoever has it open goes on reading it."""
        self.path(blob).unlink(missing_ok=True)

    def older_than(self, moment: float) -> Iterator[str]:
        """Ids of blobs whose files were last written before `moment` (machine's clock, seconds)."""
        for folder in _folders(self._folder):
            with os.scandir(folder) as entries:
                yield from [entry.name for entry in entries if entry.stat().st_mtime < moment]

    def _make_folder(self, folder: Path) -> None:
        """Make `ab` durably; known ones cost nothing."""
        name = str(folder)
        if name in self._made:
            return
        with self._lock:
            for level in (self._folder, folder):
                if str(level) in self._made:
                    continue
                level.mkdir(parents=True, exist_ok=True, mode=0o700)
                sync_folder(level.parent)
                self._made.add(str(level))


class BlobWriter:
    """One blob being written: `write` its bytes, then `finish` it or `abandon` it."""

    def __init__(self, blob: str, path: Path) -> None:
        self.blob = blob
        self.size = 0
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes."""
        rest = memoryview(data)
        while rest:
            written = os.write(self._descriptor, rest)
            self.size += written
            rest = rest[written:]

    def append_file(self, source: int, start: int, size: int) -> None:
        """Append `size` bytes of an open file from `start`, inside the kernel where it can."""
        copy_range(source, self._descriptor, start, size)
        self.size += size

    def clone(self, source: BinaryIO) -> bool:
        """Become a copy of a whole file by sharing its extents; False where the file system cannot."""
        assert self.size == 0, "only an empty blob becomes a clone"
        if not _clone(source.fileno(), self._descriptor):
            return False
        self.size = os.fstat(self._descriptor).st_size
        return True

    def read_back(self) -> Iterator[bytes]:
        """The bytes written so far, in chunks."""
        position = 0
        while chunk := os.pread(self._descriptor, CHUNK_BYTES, position):
            position += len(chunk)
            yield chunk

    def finish(self) -> str:
        """Make the bytes and the name durable. Returns the blob's id."""
        try:
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
        sync_folder(self._path.parent)
        return self.blob

    def abandon(self) -> None:
        """Forget the blob."""
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, sharing extents where the file system can; the copy is its owner's to change."""
    with source.open("rb") as reader, target.open("wb") as writer:
        if not _clone(reader.fileno(), writer.fileno()):
            copy_range(reader.fileno(), writer.fileno(), 0, os.fstat(reader.fileno()).st_size)
    target.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)


def copy_range(source: int, target: int, start: int, size: int) -> None:
    """Append bytes of one open file to another; OSError when the source is shorter than that."""
    end = start + size
    while start < end:
        try:
            copied = os.copy_file_range(source, target, end - start, start)
        except OSError as error:
            if error.errno not in CANNOT_CLONE:
                raise
            _copy_through_memory(source, target, start, end)
            return
        if copied == 0:
            raise OSError(errno.EIO, f"the file ends {end - start} bytes too early")
        start += copied


def _copy_through_memory(source: int, target: int, start: int, end: int) -> None:
    os.lseek(source, start, os.SEEK_SET)
    with os.fdopen(os.dup(source), "rb") as reader, os.fdopen(os.dup(target), "wb") as writer:
        left = end - start
        while left:
            chunk = reader.read(min(CHUNK_BYTES, left))
            if not chunk:
                raise OSError(errno.EIO, f"the file ends {left} bytes too early")
            writer.write(chunk)
            left -= len(chunk)


def _clone(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError as error:
        if error.errno in CANNOT_CLONE:
            return False
        raise
    return True


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
