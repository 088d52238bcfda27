"""How `git` is run on a repository: never with anyone's own configuration, never with hooks, always made durable."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ormer.aws.errors import AwsError

# The largest pack a push may bring. CodeCommit's own limit on one file is 2 GB.
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
PACK_BYTES_MAX = 4 * 1024**3
# How long one clone or push may take.
TRANSFER_SECONDS_MAX = 3600.0
# How long a command that moves a ref or merges a file may take.
COMMAND_SECONDS_MAX = 60.0
# How long packing a repository anew may take, in the background.
MAINTENANCE_SECONDS_MAX = 1800.0

SETTINGS: Mapping[str, str] = {
    "core.hooksPath": "/dev/null",
    "core.fsync": "all",
    "core.fsyncMethod": "fsync",
    "core.logAllRefUpdates": "false",
    "safe.directory": "*",
    # Objects are checked before they are kept; what old and harmless tools wrote into well-known histories is let in.
    "transfer.fsckObjects": "true",
    "receive.fsck.zeroPaddedFilemode": "ignore",
    "receive.fsck.missingSpaceBeforeDate": "ignore",
    "receive.fsck.badTimezone": "ignore",
    # A push stays one pack: one file to make durable instead of thousands.
    "transfer.unpackLimit": "1",
    "receive.advertiseAtomic": "true",
    "receive.maxInputSize": str(PACK_BYTES_MAX),
    "receive.denyDeleteCurrent": "refuse",
    "receive.autogc": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.receivepack": "true",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "pack.threads": "2",
}


class GitFailed(Exception):
    """A git command ended badly; the text is what it said."""


def command(*words: str) -> list[str]:
    """The words that run one git command with our settings. Raises AwsError when git is not installed."""
    program = shutil.which("git")
    if program is None:
        raise AwsError("InternalFailure", "git is not installed where the server runs: install it and try again.", 500)
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    return [program, *options, *words]


def environment(**more: str) -> dict[str, str]:
    """Variables for git: none of the server's own but PATH, no configuration of the machine's or a person's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **more,
    }


def run(
    folder: Path, *words: str, data: bytes = b"", seconds: float = COMMAND_SECONDS_MAX, keep_open: Sequence[int] = ()
) -> bytes:
    """Run one git command in a repository's folder; returns what it wrote.

    keep_open: file descriptors that the command inherits. Raises GitFailed.
    """
    done = complete(folder, *words, data=data, seconds=seconds, keep_open=keep_open)
    if done.returncode:
        raise GitFailed(done.stderr.decode(errors="replace").strip() or f"git {words[0]} ended with {done.returncode}")
    return done.stdout


def complete(
    folder: Path, *words: str, data: bytes = b"", seconds: float = COMMAND_SECONDS_MAX, keep_open: Sequence[int] = ()
) -> subprocess.CompletedProcess[bytes]:
    """`run`, whatever the exit status. Raises GitFailed when it takes too long."""
    try:
        return subprocess.run(
            command(*words),
            cwd=folder,
            env=environment(GIT_DIR="."),
            input=data,
            capture_output=True,
            timeout=seconds,
            pass_fds=keep_open,
        )
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git {words[0]} took longer than {seconds:.0f} s") from error
