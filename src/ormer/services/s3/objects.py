"""Objects: writing, reading and deleting them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.s3 import conditions, headers, receipts
from ormer.services.s3.access import bucket_for, refuse_customer_keys
from ormer.services.s3.extents import Extent
from ormer.stores.database import Tx
from ormer.stores.objects import faults, seeds, versions
from ormer.stores.objects.rows import Bucket, Object
from ormer.stores.objects.versions import Contents
from ormer.stores.port import Call

JsonDict = dict[str, Any]

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
DELETED_KEYS_MAX = 1000
# What a request may have an answer's headers say instead.
OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


def put_object(call: Call, request: JsonDict) -> JsonDict:
    """Write an object. `Body` is bytes, or Contents that the gateway has made durable.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    Errors: NoSuchBucket, BadDigest, PreconditionFailed, KeyTooLongError, EntityTooLarge.
    """
    contents = receipts.received(call, request)
    try:
        with call.write() as tx:
            bucket = bucket_for(call, request)
            made = _put(tx, call, request, bucket, contents)
    except AwsError:
        receipts.discard(call, contents)
        raise
    return headers.written(bucket, made) | {"Size": None}


def _put(tx: Tx, call: Call, request: JsonDict, bucket: Bucket, contents: Contents) -> Object:
    return versions.add(
        tx,
        bucket,
        request["Key"],
        contents,
        now=call.now,
        content_type=request.get("ContentType") or "",
        document=headers.document_of(bucket, request),
        tags=headers.tags_of_header(request.get("Tagging")),
        conditions=conditions.for_write(request),
    )


def head_object(call: Call, request: JsonDict) -> JsonDict:
    """What is known of an object, without its contents.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    answer, _, _ = _read(call, request)
    return answer


def get_object(call: Call, request: JsonDict) -> JsonDict:
    """Read an object or a range of it; `Body` is an Extent.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    Errors: NoSuchKey, NoSuchVersion, InvalidRange, PreconditionFailed, NotModified (304).
    """
    answer, found, (start, size) = _read(call, request)
    return answer | {"Body": Extent(call.stores.objects.path(found), start, size)}


def _read(call: Call, request: JsonDict) -> tuple[JsonDict, Object, tuple[int, int]]:
    """The answer's head, the object, and (start, length) of the bytes asked for."""
    refuse_customer_keys(request)
    # A seed bucket is planted by whoever asks first, and nothing can be written inside a read.
    with nullcontext() if seeds.is_seed(request["Bucket"]) else call.read():
        bucket = bucket_for(call, request)
        found = _find(call, bucket, request)
    conditions.check_read(found, request)
    answer = headers.answer_of(bucket, found)
    asked = conditions.byte_range(request.get("Range"), found.size)
    if request.get("PartNumber"):
        asked = _part(found, request["PartNumber"])
        answer["PartsCount"] = len(found.document.get("Parts", ())) or None
    if request.get("ChecksumMode") == "ENABLED" and asked in (None, (0, found.size)):
        answer |= headers.checksums_of(found)
    for name, member in OVERRIDES.items():
        if request.get(name) is not None:
            answer[member] = request[name]
    start, size = asked or (0, found.size)
    answer["ContentLength"] = size
    if asked is not None:
        answer["ContentRange"] = f"bytes {start}-{start + size - 1}/{found.size}"
    return answer, found, (start, size)


def _find(call: Call, bucket: Bucket, request: JsonDict) -> Object:
    """The version asked for; delete markers are answered as AWS does: 404 for the key, 405 for the version."""
    key, version = request["Key"], request.get("VersionId")
    found = call.stores.objects.find(bucket.name, key, version)
    if found is None:
        raise faults.no_such_version(key, version) if version else faults.no_such_key(key)
    if not found.marker:
        return found
    if version is None:
        error = faults.no_such_key(key)
        error.fields |= {"DeleteMarker": "true", "VersionId": found.version}
        raise error
    text = "The specified method is not allowed against this resource."
    raise AwsError("MethodNotAllowed", text, 405, Method=call.operation, ResourceType="DeleteMarker")


def _part(found: Object, number: int) -> tuple[int, int] | None:
    """(start, length) of a part; an object that was not uploaded in parts is its own first one."""
    parts = found.document.get("Parts")
    if not parts and number == 1:
        return (0, found.size) if found.size else None
    start = 0
    for part in parts or ():
        if part["PartNumber"] == number:
            return start, part["Size"]
        start += part["Size"]
    raise AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416, PartNumber=number)


def delete_object(call: Call, request: JsonDict) -> JsonDict:
    """Delete an object, or one version of it; a key that is not there is no error.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    """
    bucket = bucket_for(call, request)
    with call.write():
        if request.get("IfMatch") is not None:
            _hold_for_delete(call, bucket, request)
        return _delete(call, bucket, request["Key"], request.get("VersionId"))


def delete_objects(call: Call, request: JsonDict) -> JsonDict:
    """Delete up to 1,000 objects.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    bucket = bucket_for(call, request)
    wanted = request["Delete"].get("Objects") or []
    if not 0 < len(wanted) <= DELETED_KEYS_MAX:
        text = "The XML you provided was not well-formed or did not validate against our published schema"
        raise AwsError("MalformedXML", f"{text}: name 1 to {DELETED_KEYS_MAX} objects.")
    deleted: list[JsonDict] = []
    failed: list[JsonDict] = []
    with call.write():
        for item in wanted:
            key, version = item["Key"], item.get("VersionId")
            named = {"Key": key} | ({"VersionId": version} if version else {})
            try:
                gone = _delete(call, bucket, key, version)
            except AwsError as error:
                failed.append(named | {"Code": error.code, "Message": error.message})
                continue
            deleted.append(named | _as_deleted(gone, version))
    quiet = request["Delete"].get("Quiet")
    return {"Deleted": [] if quiet else deleted, "Errors": failed}


def _delete(call: Call, bucket: Bucket, key: str, version: str | None) -> JsonDict:
    gone = call.stores.objects.delete(bucket.name, key, version)
    if version is not None:
        return {"VersionId": version, "DeleteMarker": True if gone is not None and gone.marker else None}
    if gone is not None and gone.marker:
        return {"VersionId": gone.version, "DeleteMarker": True}
    return {}


def _as_deleted(gone: JsonDict, version: str | None) -> JsonDict:
    """A delete's answer as DeleteObjects words it."""
    if not gone.get("DeleteMarker"):
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": gone["VersionId"]}


def _hold_for_delete(call: Call, bucket: Bucket, request: JsonDict) -> None:
    found = call.stores.objects.get(bucket.name, request["Key"], request.get("VersionId"))
    if request["IfMatch"] != "*" and conditions.unquoted(request["IfMatch"]) != found.etag:
        raise faults.precondition_failed("If-Match")
