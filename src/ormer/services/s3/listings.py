"""Listings of a bucket: both versions of ListObjects, and ListObjectVersions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ormer.services.s3.access import bucket_for
from ormer.services.s3.headers import quoted
from ormer.services.s3.owners import owner
from ormer.stores.objects import faults
from ormer.stores.objects.listing import start_behind, walk, walk_versions
from ormer.stores.objects.rows import Bucket, Object
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
PAGE_MAX = 1000


def list_objects_v2(call: Call, request: JsonDict) -> JsonDict:
    """A page of a bucket's objects and common prefixes.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    bucket = bucket_for(call, request)
    prefix, delimiter, limit = _folding(request)
    token, after = request.get("ContinuationToken"), request.get("StartAfter")
    start = _decode(token) if token is not None else start_behind(after or "", prefix, delimiter)
    found = walk(call.stores.objects, bucket.name, prefix, delimiter, start, min(limit, PAGE_MAX))
    text = _encoder(request)
    show_owner = bool(request.get("FetchOwner"))
    return {
        "Name": bucket.name,
        "Prefix": text(prefix),
        "Delimiter": text(delimiter) if delimiter else None,
        "MaxKeys": limit,
        "KeyCount": len(found.entries),
        "IsTruncated": found.resume is not None,
        "ContinuationToken": token,
        "StartAfter": text(after) if after else None,
        "NextContinuationToken": _encode(found.resume) if found.resume is not None else None,
        "EncodingType": request.get("EncodingType"),
        "Contents": [_entry(bucket, item, text, show_owner) for item in found.objects],
        "CommonPrefixes": [{"Prefix": text(item)} for item in found.prefixes],
    }


def list_objects(call: Call, request: JsonDict) -> JsonDict:
    """A page of a bucket's objects and common prefixes, by marker.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
    """
    bucket = bucket_for(call, request)
    prefix, delimiter, limit = _folding(request)
    marker = request.get("Marker") or ""
    start = start_behind(marker, prefix, delimiter)
    found = walk(call.stores.objects, bucket.name, prefix, delimiter, start, min(limit, PAGE_MAX))
    text = _encoder(request)
    last = found.entries[-1] if found.entries else None
    last_key = last.key if isinstance(last, Object) else last
    return {
        "Name": bucket.name,
        "Prefix": text(prefix),
        "Marker": text(marker),
        "Delimiter": text(delimiter) if delimiter else None,
        "MaxKeys": limit,
        "IsTruncated": found.resume is not None,
        # Without a delimiter the last key is the next marker, and AWS leaves it out.
        "NextMarker": text(last_key) if found.resume is not None and delimiter and last_key else None,
        "EncodingType": request.get("EncodingType"),
        "Contents": [_entry(bucket, item, text, True) for item in found.objects],
        "CommonPrefixes": [{"Prefix": text(item)} for item in found.prefixes],
    }


def list_object_versions(call: Call, request: JsonDict) -> JsonDict:
    """A page of a bucket's versions and delete markers, newest first within a key.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    """
    bucket = bucket_for(call, request)
    prefix, delimiter, limit = _folding(request)
    marker, version = request.get("KeyMarker") or "", request.get("VersionIdMarker") or ""
    if version and not marker:
        raise faults.invalid_argument("A version-id marker cannot be specified without a key marker.")
    start = marker.encode() if version else start_behind(marker, prefix, delimiter)
    entries, resume = walk_versions(
        call.stores.objects, bucket.name, prefix, delimiter, (start, version), min(limit, PAGE_MAX)
    )
    text = _encoder(request)
    rows = [entry for entry in entries if isinstance(entry, Object)]
    return {
        "Name": bucket.name,
        "Prefix": text(prefix),
        "KeyMarker": text(marker),
        "VersionIdMarker": version,
        "Delimiter": text(delimiter) if delimiter else None,
        "MaxKeys": limit,
        "IsTruncated": resume is not None,
        "NextKeyMarker": text(resume[0]) if resume else None,
        "NextVersionIdMarker": (resume[1] or None) if resume else None,
        "EncodingType": request.get("EncodingType"),
        "Versions": [_version(bucket, row, text) for row in rows if not row.marker],
        "DeleteMarkers": [_marker(bucket, row, text) for row in rows if row.marker],
        "CommonPrefixes": [{"Prefix": text(entry)} for entry in entries if isinstance(entry, str)],
    }


def _folding(request: JsonDict) -> tuple[str, str, int]:
    """(prefix, delimiter, page length). Errors: InvalidArgument."""
    limit = request.get("MaxKeys", PAGE_MAX)
    if limit < 0:
        text = "Argument maxKeys must be an integer between 0 and 2147483647"
        raise faults.invalid_argument(text, ArgumentName="maxKeys", ArgumentValue=limit)
    return request.get("Prefix") or "", request.get("Delimiter") or "", limit


def _encoder(request: JsonDict) -> Callable[[str], str]:
    """Keys as the answer carries them: percent-encoded when the client asked, because XML cannot hold every one."""
    if request.get("EncodingType") == "url":
        return lambda text: quote(text, safe="/~", errors="surrogatepass")
    return lambda text: text


def _entry(bucket: Bucket, item: Object, text: Callable[[str], str], show_owner: bool) -> JsonDict:
    algorithms = [
        name.removeprefix("Checksum")
        for name in item.document
        if name.startswith("Checksum") and name not in ("ChecksumType", "ChecksumAlgorithm")
    ]
    return {
        "Key": text(item.key),
        "LastModified": item.modified,
        "ETag": quoted(item.etag),
        "Size": item.size,
        "StorageClass": item.document.get("StorageClass", "STANDARD"),
        "ChecksumAlgorithm": algorithms or None,
        "ChecksumType": item.document.get("ChecksumType", "FULL_OBJECT") if algorithms else None,
        "Owner": owner(bucket.account) if show_owner else None,
    }


def _version(bucket: Bucket, item: Object, text: Callable[[str], str]) -> JsonDict:
    return _entry(bucket, item, text, True) | {"VersionId": item.version, "IsLatest": item.latest}


def _marker(bucket: Bucket, item: Object, text: Callable[[str], str]) -> JsonDict:
    return {
        "Key": text(item.key),
        "VersionId": item.version,
        "IsLatest": item.latest,
        "LastModified": item.modified,
        "Owner": owner(bucket.account),
    }


def _encode(resume: bytes) -> str:
    return base64.urlsafe_b64encode(resume).decode()


def _decode(token: str) -> bytes:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except ValueError:
        raise faults.invalid_argument("The continuation token provided is incorrect") from None
