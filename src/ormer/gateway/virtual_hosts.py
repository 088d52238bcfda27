"""Buckets in host names: `bucket.s3.us-east-1.amazonaws.com/key` is routed as `/bucket/key`, signed as it was sent."""

from __future__ import annotations

import re
from urllib.parse import quote

from ormer.gateway.identify import place_of_host
from ormer.gateway.messages import Request

# Our own names, under which clients with addressing_style=virtual put the bucket.
OWN_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]*)\.(?:s3\.)?localhost(?::\d+)?", re.IGNORECASE)


def bucket_of_host(host: str) -> str:
    """The bucket a host name carries, "" when it carries none."""
    own = OWN_HOST.fullmatch(host)
    if own is not None:
        return "" if own["bucket"] == "s3" else own["bucket"]
    return place_of_host(host).bucket


def route_path(request: Request) -> str:
    """The path an operation is found by."""
    bucket = bucket_of_host(request.host)
    return f"/{quote(bucket)}{request.raw_path}" if bucket else request.raw_path
