"""A server that is asked to end does so, whichever of its threads the kernel hands the signal to."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ormer.homes import running

PATIENCE_SECONDS = 60.0


def signal_thread(process: int, thread: int, number: int) -> None:
    """Send a signal to one thread, as the kernel does when it chooses one."""
    if not hasattr(ctypes.CDLL(None), "tgkill"):
        pytest.skip("this C library cannot signal a single thread of another process")
    assert ctypes.CDLL(None, use_errno=True).tgkill(process, thread, number) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_any_thread_ends_the_server(tmp_path: Path, number: signal.Signals) -> None:
    home = tmp_path / "home"
    words = [sys.executable, "-m", "ormer", "up", "--home", str(home), "--port", "0", "--tls-port", "0"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while running(home) is None:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        threads = [int(name) for name in os.listdir(f"/proc/{process.pid}/task") if int(name) != process.pid]
        signal_thread(process.pid, threads[0], number)
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
