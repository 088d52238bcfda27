"""What became of an attempt: the program's answer, or what its end means when it left none."""

from __future__ import annotations

import base64
import json

from ormer.engines.functions.folders import RunFolder
from ormer.engines.jobs.supervision import Result
from ormer.stores.functions.invocations import Answer

UNHANDLED = "Unhandled"
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
TAIL_BYTES = 4096
LOG_BYTES = 64 * 1024


def read(folder: RunFolder, result: Result, request_id: str) -> Answer:
    """The answer. What the program says is a stranger's: anything but a text is no answer."""
    tail = _tail(folder)
    told = folder.answer() or {}
    payload, error = told.get("payload"), told.get("error", "")
    if isinstance(payload, str) and isinstance(error, str):
        return Answer(payload, UNHANDLED if error else "", tail)
    return Answer(json.dumps(_lost(result, request_id)), UNHANDLED, tail)


def _lost(result: Result, request_id: str) -> dict[str, str]:
    """The error of a program that ended without an answer."""
    prefix = f"RequestId: {request_id} Error: "
    if result.reason == "OutOfMemory":
        return {"errorType": "Runtime.OutOfMemory", "errorMessage": f"{prefix}Runtime exited with error: out of memory"}
    if result.reason == "MaxRuntimeExceeded":
        return {"errorType": "Sandbox.Timedout", "errorMessage": f"{prefix}Task timed out"}
    if result.reason == "Exited":
        status = f"signal: {result.signal}" if result.signal else f"exit status {result.exit_code}"
        return {"errorType": "Runtime.ExitError", "errorMessage": f"{prefix}Runtime exited with error: {status}"}
    why = result.message or "it was killed, or the machine went down while it ran"
    return {"errorType": "Sandbox.Failure", "errorMessage": f"{prefix}{why}"}


def _tail(folder: RunFolder) -> str:
    """The last 4 KB of the log, in base64."""
    try:
        with folder.log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - LOG_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return ""
    whole = lines if size <= LOG_BYTES else lines[1:]
    text = "\n".join(json.loads(line)["m"] for line in whole)
    return base64.b64encode(f"{text}\n".encode()[-TAIL_BYTES:]).decode()
