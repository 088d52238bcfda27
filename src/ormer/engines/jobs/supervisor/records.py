"""What a supervisor leaves on disk: the claim, the start line and the final status."""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from typing import Any

SPEC = "spec.json"
PID = "pid"
STATUS = "status.json"
STATUS_RESERVED_BYTES = 64 * 1024


class Claimed(Exception):
    """Another supervisor has, or once had, this run directory."""


def read_spec(run_dir: str) -> dict[str, Any]:
    """The launch plan the server wrote."""
    try:
        with open(os.path.join(run_dir, SPEC), "rb") as file:
            spec = json.load(file)
    except FileNotFoundError:
        if os.path.exists(os.path.join(run_dir, PID)):
            raise Claimed(run_dir) from None  # whoever claimed it has read the plan and removed it
        raise
    if not isinstance(spec, dict):
        raise ValueError(f"{SPEC} does not hold a launch plan")
    return spec


def forget_spec(run_dir: str) -> None:
    """Remove the plan: it holds the job's credentials and is read once."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(run_dir, SPEC))


def start_time(pid: int) -> int | None:
    """Clock ticks after boot at which process `pid` started; with the boot id it names a process for ever."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rsplit(b")", 1)[1].split()[19])
    except (OSError, IndexError, ValueError):
        return None


def boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def claim(run_dir: str) -> None:
    """Become this run directory's only supervisor, or raise Claimed. The file is linked into place, so it is whole."""
    me = os.getpid()
    draft = os.path.join(run_dir, f".pid.{me}")
    with open(draft, "w") as file:
        file.write(json.dumps({"pid": me, "start_time": start_time(me), "boot_id": boot_id()}) + "\n")
    try:
        os.link(draft, os.path.join(run_dir, PID))
    except FileExistsError:
        raise Claimed(run_dir) from None
    finally:
        os.unlink(draft)


def note_start(path: str, job: str, fence: int) -> None:
    """Append the line that proves one start: a short write with O_APPEND is one piece."""
    line = json.dumps({"job": job, "fence": fence, "pid": os.getpid(), "t": time.time_ns() // 1_000_000}) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


class StatusFile:
    """The final status, with its room reserved before the job starts so that a full disk cannot swallow the ending."""

    def __init__(self, run_dir: str) -> None:
        self._folder = run_dir
        self._draft = os.path.join(run_dir, STATUS + ".draft")
        self._descriptor = os.open(self._draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # a filesystem without reservations still records every ordinary ending
            os.posix_fallocate(self._descriptor, 0, STATUS_RESERVED_BYTES)

    def publish(self, status: Mapping[str, object]) -> None:
        """Show the status, then make it durable in a child that nobody waits for.

        A server that hears of the end at once keeps it in a durable row of its own before it tells anybody; the disk
        matters to the server that starts after this one, and waiting for it would cost every job two turns of a disk.
        """
        content = (json.dumps(status) + "\n").encode()
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))
        os.rename(self._draft, os.path.join(self._folder, STATUS))
        try:
            child = os.fork()
        except OSError:  # no more processes: then it waits itself
            child = None
        if child:
            return
        with contextlib.suppress(OSError):  # the folder may have been cleared: then all is known
            os.fsync(self._descriptor)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            os.fsync(folder)
        if child == 0:
            os._exit(0)
