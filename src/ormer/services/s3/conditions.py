"""Conditional requests and ranges. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.nouns import seconds
from ormer.stores.objects import faults
from ormer.stores.objects.rows import Object
from ormer.stores.objects.versions import Conditions

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def check_read(found: Object, request: Mapping[str, Any], prefix: str = "") -> None:
    """Raise PreconditionFailed or NotModified (304) unless the object may be read.

    prefix: "CopySource" for a copy's conditions, which all fail with 412.
    An ETag that matches outweighs If-Unmodified-Since; one that was given outweighs If-Modified-Since.
    """
    match, none_match = request.get(f"{prefix}IfMatch"), request.get(f"{prefix}IfNoneMatch")
    modified = int(found.modified)
    if match is not None and not _names(match, found.etag):
        raise faults.precondition_failed("If-Match")
    until = request.get(f"{prefix}IfUnmodifiedSince")
    if match is None and until is not None and modified > int(seconds(until)):
        raise faults.precondition_failed("If-Unmodified-Since")
    since = request.get(f"{prefix}IfModifiedSince")
    unchanged = (
        _names(none_match, found.etag)
        if none_match is not None
        else since is not None and modified <= int(seconds(since))
    )
    if unchanged and prefix:
        raise faults.precondition_failed("x-amz-copy-source-If-None-Match")
    if unchanged:
        raise AwsError("NotModified", "Not Modified", 304, ETag=f'"{found.etag}"', LastModified=found.modified)


def for_write(request: Mapping[str, Any]) -> Conditions:
    """The conditions of a write. Errors: NotImplemented for If-None-Match other than `*`, as AWS has it."""
    none_match, match = request.get("IfNoneMatch"), request.get("IfMatch")
    if none_match is not None and none_match.strip() != "*":
        text = "A header you provided implies functionality that is not implemented"
        raise AwsError("NotImplemented", text, 501, Header="If-None-Match")
    return Conditions(None if match is None else unquoted(match), none_match is not None)


def unquoted(etag: str) -> str:
    """An ETag as it is stored."""
    return etag.strip().removeprefix("W/").strip('"')


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(start, length) of a Range header over `size` bytes; None for the whole, which unreadable ranges mean too.

    Errors: InvalidRange (416).
    """
    match = RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    if start >= size or end < start:
        text = "The requested range is not satisfiable"
        raise AwsError("InvalidRange", text, 416, RangeRequested=header, ActualObjectSize=size)
    return start, end - start + 1


def _names(header: str, etag: str) -> bool:
    """Whether a header's list of ETags holds this one."""
    return any(item.strip() == "*" or unquoted(item) == etag for item in header.split(","))
