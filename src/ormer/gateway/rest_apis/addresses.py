"""Where REST APIs are called: by host names of their own, or on the plain port by a path that needs no name service."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ormer.gateway.messages import Request

HOST = re.compile(
    r"(?P<api>[a-z0-9]+)\.execute-api\."
    r"(?:(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|localhost(?:\.localstack\.cloud)?)(?::\d+)?",
    re.IGNORECASE,
)
PREFIX = "/_aws/execute-api/"
PATHS = (
    re.compile(rf"{PREFIX}(?P<api>[a-z0-9]+)(?:/(?P<stage>[^/]*)(?P<path>/.*)?)?"),
    re.compile(r"/restapis/(?P<api>[a-z0-9]+)/(?P<stage>[^/]+)/_user_request_(?P<path>/.*)?"),
)
STAGE = re.compile(r"/(?P<stage>[^/]*)(?P<path>/.*)?")


@dataclass(frozen=True)
class Address:
    """A stage of an API and the path behind it, as it was sent.

    region: "" where the address does not say it. own_host: whether the host is the API's own.
    """

    api: str
    stage: str
    path: str
    region: str
    own_host: bool


def address_of(request: Request) -> Address | None:
    """Which API a request is for; None when it is for none. An API's own host has the stage first in its path."""
    host = HOST.fullmatch(request.host)
    if host is not None:
        found = STAGE.fullmatch(request.raw_path)
        stage, path = (found["stage"], found["path"]) if found is not None else ("", "")
        return Address(host["api"].lower(), stage, path or "/", (host["region"] or "").lower(), own_host=True)
    for pattern in PATHS:
        found = pattern.fullmatch(request.raw_path)
        if found is not None:
            return Address(found["api"], found["stage"] or "", found["path"] or "/", "", own_host=False)
    return None
