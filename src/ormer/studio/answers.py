"""Studio's answers: JSON, never kept by a browser or a proxy."""

from __future__ import annotations

from typing import Any

import msgspec

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Response
from ormer.studio.guards import HEADERS

JsonDict = dict[str, Any]
NO_STORE = {"cache-control": "no-store"}


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer; header names are written with underscores."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(
        status, {**HEADERS, **NO_STORE, "content-type": "application/json", **named}, msgspec.json.encode(value)
    )


def refusal(error: AwsError) -> Response:
    """An error as pages show it: AWS's code and text."""
    return answer({"code": error.code, "message": error.message, "status": error.status}, error.status)
