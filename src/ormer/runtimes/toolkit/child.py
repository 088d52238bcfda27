"""Running a command of the user's: its output streams through, its last words are kept, signals reach it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from types import FrameType
from typing import Any, Dict, List, Optional

OUTPUT_BYTES_KEPT = 65536
CHUNK_BYTES = 65536
DRAIN_SECONDS = 5.0
"""How long output may still arrive after the command has ended, from processes that it left behind."""

FORWARDED_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
SIGNAL_EXIT_BASE = 128


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (128 + n after signal n) and the last 64 KiB of its output."""

    exit_code: int
    output: str
    by_signal: bool


def run_command(command: List[str], cwd: str, environ: Dict[str, str]) -> Ended:
    """Runs a command to its end and returns how it ended.

    Output and errors share one stream, in the order in which they were written, and go on to our standard output at
    once. Signals that would stop us are passed on, so that the command can save its work. Raises OSError when the
    command cannot be started.
    """
    process = subprocess.Popen(
        command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    before = _forward_signals(process)
    tail = bytearray()
    reader = threading.Thread(target=_copy_output, args=(process, tail), daemon=True)
    reader.start()
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    reader.join(DRAIN_SECONDS)
    exit_code = code if code >= 0 else SIGNAL_EXIT_BASE - code
    return Ended(exit_code, bytes(tail).decode("utf-8", "replace"), by_signal=code < 0)


def _forward_signals(process: subprocess.Popen[bytes]) -> Dict[signal.Signals, Any]:
    def forward(number: int, frame: Optional[FrameType]) -> None:
        if process.poll() is None:
            process.send_signal(number)

    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, forward) for number in FORWARDED_SIGNALS}


def _copy_output(process: subprocess.Popen[bytes], tail: bytearray) -> None:
    assert process.stdout is not None
    source = process.stdout.fileno()
    sys.stdout.flush()
    while True:
        chunk = os.read(source, CHUNK_BYTES)
        if not chunk:
            return
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        tail += chunk
        del tail[:-OUTPUT_BYTES_KEPT]
