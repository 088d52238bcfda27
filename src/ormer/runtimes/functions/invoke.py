"""`run.py functions invoke`: load a function's handler, call it once, and leave its answer.

/opt/ormer/invocation/request.json says what is asked; answer.json there is the answer, whole or not there at all:
{"error": "" or "Unhandled", "payload": the JSON text}. What the function prints is its log.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict

from . import failures, loading, logs
from .context import Context

FOLDER = Path("/opt/ormer/invocation")
UNHANDLED = "Unhandled"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_BYTES_MAX = 6_291_556
OWN_FILES = str(Path(__file__).resolve().parent.parent)


def main(folder: Path = FOLDER) -> int:
    """0 once there is an answer, whatever it says."""
    told = json.loads((folder / "request.json").read_text())
    return Invocation(folder, told, dict(os.environ)).run()


class Invocation:
    """One call of a function. The handler's thread and the watch both want to answer; the first one does."""

    def __init__(self, folder: Path, told: Dict[str, Any], environ: Dict[str, str]) -> None:
        self._folder = folder
        self._told = told
        self._environ = environ
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._init_seconds = 0.0
        self.request_id = str(told["request_id"])

    def run(self) -> int:
        """Load, call, answer. What the function started beside itself ends with it."""
        logs.set_up(self.request_id)
        logs.begin(self.request_id, self._environ["AWS_LAMBDA_FUNCTION_VERSION"])
        error, payload = self._outcome()
        self._leave(error, payload)
        return 0

    def _outcome(self) -> Any:
        try:
            handler = loading.handler(self._environ["_HANDLER"], self._environ["LAMBDA_TASK_ROOT"], OWN_FILES)
            event = json.loads(self._told["event"])
            self._init_seconds = time.monotonic() - self._began
            self._began = time.monotonic()
            timeout = float(self._told["timeout"])
            watch = threading.Timer(timeout, self._time_out, [timeout])
            watch.daemon = True
            watch.start()
            return "", _marshalled(handler(event, Context(self._told, self._environ, self._began + timeout)))
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else 0 if stopped.code is None else 1
            text = "RequestId: {} Error: Runtime exited with error: exit status {}".format(self.request_id, code)
            print(text, flush=True)
            return UNHANDLED, json.dumps({"errorType": "Runtime.ExitError", "errorMessage": text})
        except BaseException as raised:
            payload = failures.of(raised, self.request_id, OWN_FILES)
            print(failures.said(payload), flush=True)
            return UNHANDLED, json.dumps(payload)

    def _time_out(self, timeout: float) -> None:
        text = "RequestId: {} Error: Task timed out after {:.2f} seconds".format(self.request_id, timeout)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        print("{}Z {} Task timed out after {:.2f} seconds".format(stamp, self.request_id, timeout), flush=True)
        self._leave(UNHANDLED, json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": text}))

    def _leave(self, error: str, payload: str) -> None:
        """Write the answer and end the process, threads of the function's included."""
        self._lock.acquire()
        seconds = time.monotonic() - self._began
        draft = self._folder / "answer.draft"
        draft.write_text(json.dumps({"error": error, "payload": payload}))
        draft.replace(self._folder / "answer.json")
        logs.end(self.request_id, seconds, self._init_seconds, self._environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _marshalled(answer: Any) -> str:
    """A handler's answer as JSON. Raises Broken for what has no JSON and for what is too long."""
    try:
        text = json.dumps(answer)
    except (TypeError, ValueError, RecursionError) as error:
        raise failures.Broken("Runtime.MarshalError", "Unable to marshal response: {}".format(error)) from None
    if len(text.encode()) > PAYLOAD_BYTES_MAX:
        raise failures.Broken(
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size ({} bytes).".format(PAYLOAD_BYTES_MAX),
        )
    return text
