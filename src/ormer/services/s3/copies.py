"""Copies inside S3: a copy shares its source's contents, so that its cost does not grow with its size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ormer.services.s3 import conditions, headers
from ormer.services.s3.access import bucket_for, refuse_customer_keys
from ormer.stores.objects import digests, faults, uploads
from ormer.stores.objects.digests import Digests
from ormer.stores.objects.rows import Bucket, Object
from ormer.stores.objects.store import finished
from ormer.stores.objects.versions import Contents
from ormer.stores.port import Call

JsonDict = dict[str, Any]
CHUNK_BYTES = 1 << 20
COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
SAME_OBJECT = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)


def copy_object(call: Call, request: JsonDict) -> JsonDict:
    """Copy an object, with its metadata and tags or with new ones.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    Errors: NoSuchKey, PreconditionFailed, InvalidRequest for a copy onto itself that changes nothing.
    """
    refuse_customer_keys(request)
    bucket = bucket_for(call, request)
    objects = call.stores.objects
    wanted = request.get("ChecksumAlgorithm")
    source_bucket, source = _source(call, request)
    recount = _recount(call, source, wanted) if wanted and digests.member(wanted) not in source.document else None
    with call.write():
        # Read again under the lock: contents without a row may be collected.
        source_bucket, source = _source(call, request)
        conditions.check_read(source, request, "CopySource")
        contents = recount or Contents(source.blob, source.etag, source.size, _whole_checksums(source))
        document, content_type = _copied_headers(request, bucket, source)
        made = objects.put(
            bucket.name,
            request["Key"],
            contents,
            content_type,
            document,
            _copied_tags(request, source),
            conditions.for_write(request),
            reason="CopyObject",
        )
    answer = headers.written(bucket, made)
    if source_bucket.versioning:
        answer["CopySourceVersionId"] = source.version
    return answer | {"CopyObjectResult": {**answer, "LastModified": made.modified}}


def upload_part_copy(call: Call, request: JsonDict) -> JsonDict:
    """A part from (a range of) an object.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
    Errors: NoSuchUpload, NoSuchKey, InvalidArgument for a range outside of the source.
    """
    refuse_customer_keys(request)
    bucket = bucket_for(call, request)
    objects = call.stores.objects
    upload = uploads.get(objects, bucket.name, request["Key"], request["UploadId"])
    source_bucket, source = _source(call, request)
    conditions.check_read(source, request, "CopySource")
    start, size = _copy_range(request.get("CopySourceRange"), source)
    contents = _copy_bytes(call, source, start, size, {upload.algorithm})
    part = uploads.put_part(objects, upload, request["PartNumber"], contents)
    result = {"ETag": headers.quoted(part.etag), "LastModified": part.modified, **part.checksums}
    answer: JsonDict = {"CopyPartResult": result}
    if source_bucket.versioning:
        answer["CopySourceVersionId"] = source.version
    return answer


def parse_source(text: str) -> tuple[str, str, str | None]:
    """(bucket, key, version) of an x-amz-copy-source header. Errors: InvalidArgument."""
    path, _, version = text.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    if not bucket or not key:
        raise faults.invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName="x-amz-copy-source",
            ArgumentValue=text,
        )
    return bucket, key, version or None


def _source(call: Call, request: Mapping[str, Any]) -> tuple[Bucket, Object]:
    name, key, version = parse_source(request["CopySource"])
    bucket = bucket_for(call, request, name=name, reading=True)
    found = call.stores.objects.get(name, key, version)
    if found.marker:
        raise faults.invalid_request("The source of a copy request may not specifically refer to a delete marker.")
    return bucket, found


def _copied_headers(request: JsonDict, bucket: Bucket, source: Object) -> tuple[JsonDict, str]:
    """(document, content type) of the copy."""
    asked = headers.document_of(bucket, request)
    if request.get("MetadataDirective") == "REPLACE":
        return asked, request.get("ContentType") or ""
    names_itself = parse_source(request["CopySource"])[:2] == (bucket.name, request["Key"])
    changes = [name for name in ("StorageClass", "WebsiteRedirectLocation", *headers.ENCRYPTION) if request.get(name)]
    latest_only = parse_source(request["CopySource"])[2] is None
    if names_itself and latest_only and not changes:
        raise faults.invalid_request(SAME_OBJECT)
    kept = {name: value for name, value in source.document.items() if name in (*headers.KEPT, "Metadata")}
    kept = {name: value for name, value in kept.items() if name not in headers.ENCRYPTION}
    own = {name: asked[name] for name in (*headers.ENCRYPTION, "StorageClass") if name in asked}
    return kept | own, source.content_type


def _copied_tags(request: JsonDict, source: Object) -> dict[str, str]:
    if request.get("TaggingDirective") == "REPLACE":
        return headers.tags_of_header(request.get("Tagging"))
    return dict(source.tags)


def _whole_checksums(source: Object) -> dict[str, str]:
    """The checksums of a source that hold for the copy: those of the whole, not of parts."""
    if source.document.get("ChecksumType") == "COMPOSITE":
        return {}
    return {name: value for name, value in headers.checksums_of(source).items() if name != "ChecksumType"}


def _recount(call: Call, source: Object, algorithm: str) -> Contents:
    """The source's contents once more, with the checksum the copy asks for."""
    return _copy_bytes(call, source, 0, source.size, {algorithm})


def _copy_bytes(call: Call, source: Object, start: int, size: int, algorithms: set[str]) -> Contents:
    objects, counted = call.stores.objects, Digests(algorithms)
    with objects.open(source) as file:
        writer = objects.blobs.writer()
        try:
            writer.append_file(file.fileno(), start, size)
            for chunk in writer.read_back():
                counted.update(chunk)
        except BaseException:
            writer.abandon()
            raise
    return finished(writer, counted)


def _copy_range(header: str | None, source: Object) -> tuple[int, int]:
    """(start, length) of an x-amz-copy-source-range, the whole source without one."""
    if header is None:
        return 0, source.size
    match = COPY_RANGE.fullmatch(header.strip())
    if match is None or int(match[1]) > int(match[2]):
        raise faults.invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=header,
        )
    first, last = int(match[1]), int(match[2])
    if last >= source.size:
        raise faults.invalid_argument(f"Range specified is not valid for source object of size: {source.size}")
    return first, last - first + 1
