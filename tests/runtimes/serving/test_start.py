"""How a model server ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "src" / "ormer"
STOPPED_WHILE_IT_BEGINS_TO_WAIT = """
import os, signal, sys, tempfile, threading, time
sys.path.insert(0, sys.argv[1])
from runtimes.serving.http_server import Application
from runtimes.serving.start import serve

def tell_when_waiting(frame, event, argument):
    if frame.f_code.co_name == "wait" and "notify_all" in dir(frame.f_locals.get("self")):
        sys.settrace(None)
        os.kill(os.getpid(), signal.SIGTERM)

def tell_anyway():
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)

class Model(Application):
    def load(self):
        threading.Thread(target=tell_anyway, daemon=True).start()
        sys.settrace(tell_when_waiting)

sys.exit(serve(Model(), {"ORMER_BIND_SOCKET": tempfile.mkdtemp() + "/s"}))
"""


def test_a_stop_that_comes_while_the_server_begins_to_wait_for_it_is_heard():
    """A signal's handler that wants a lock of the thread it interrupts would wait for ever."""
    command = [sys.executable, "-c", STOPPED_WHILE_IT_BEGINS_TO_WAIT, str(SOURCE)]
    assert subprocess.run(command, timeout=60).returncode == 0
