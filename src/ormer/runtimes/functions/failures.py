"""How a function failed, in Lambda's shape and words."""

from __future__ import annotations

import traceback
from typing import Any, Dict, List, Optional

JsonDict = Dict[str, Any]


class Broken(Exception):
    """The function's code cannot be loaded, or its answer cannot be sent. kind: Lambda's errorType."""

    def __init__(self, kind: str, message: str, trace: Optional[List[str]] = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


def of(error: BaseException, request_id: str, own_files: str) -> JsonDict:
    """The payload of an error. own_files: the folder of these programs, whose frames nobody wants to see."""
    if isinstance(error, Broken):
        return shaped(error.kind, str(error), request_id, error.trace)
    return shaped(type(error).__name__, str(error), request_id, frames(error, own_files))


def shaped(kind: str, message: str, request_id: str, trace: List[str]) -> JsonDict:
    """The payload of an error."""
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def frames(error: BaseException, own_files: str) -> List[str]:
    """The lines of the traceback, less our own."""
    found = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in found if not frame.filename.startswith((own_files, "<frozen importlib"))]
    return traceback.format_list(theirs)


def said(payload: JsonDict) -> str:
    """What the log shows of an error."""
    head = "[ERROR] {}: {}".format(payload["errorType"], payload["errorMessage"])
    trace = "".join(payload["stackTrace"])
    return "{}\nTraceback (most recent call last):\n{}".format(head, trace).rstrip() if trace else head
