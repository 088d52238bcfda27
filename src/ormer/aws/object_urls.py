"""Where an object's URL says that it lies."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

JsonDict = dict[str, Any]
# bucket.s3.region.amazonaws.com, s3.region.amazonaws.com, s3-region.amazonaws.com, s3.dualstack.…
S3_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
LOCAL_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]+)\.(?:s3\.)?localhost(?:\.[a-z.]+)?")


def place(url: str) -> JsonDict:
    """GetObject's members of an object's URL: s3://, path style or with the bucket in the host, presigned or not.

    Raises ValueError for what names no bucket and key.
    """
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
    if parts.scheme == "s3":
        bucket, key = parts.netloc, path
    elif parts.scheme in ("http", "https"):
        found = S3_HOST.fullmatch(host) or LOCAL_HOST.fullmatch(host)
        named = found["bucket"] if found else None
        bucket, _, key = (named, "", path) if named else path.partition("/")
    else:
        bucket = key = ""
    if not bucket or not key:
        raise ValueError(f"{url} is not the URL of an object")
    version = parse_qs(parts.query).get("versionId", [""])[0]
    return {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
