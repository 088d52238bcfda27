"""What a request says about an object and an answer tells again: headers, metadata, encryption, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from ormer.aws.errors import AwsError
from ormer.services.s3.acls import refuse_acls
from ormer.stores.objects import faults
from ormer.stores.objects.rows import NULL_VERSION, Bucket, Object

JsonDict = dict[str, Any]

KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "Expires",
    "WebsiteRedirectLocation",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "SSEKMSEncryptionContext",
    "BucketKeyEnabled",
)
ENCRYPTION = ("ServerSideEncryption", "SSEKMSKeyId", "SSEKMSEncryptionContext", "BucketKeyEnabled")
LOCKS = ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
METADATA_BYTES_MAX = 2048
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
TAGS_MAX, TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX = 10, 128, 256


def document_of(bucket: Bucket, request: Mapping[str, Any]) -> JsonDict:
    """What is kept of a request that writes an object.

    Errors: MetadataTooLarge, AccessControlListNotSupported.
    """
    refuse_acls(request)
    if any(request.get(name) for name in LOCKS):
        raise AwsError("NotImplemented", "ormer does not lock objects yet: leave the ObjectLock members out.", 501)
    document: JsonDict = {name: request[name] for name in KEPT if request.get(name) is not None}
    encoding = _without_aws_chunked(document.pop("ContentEncoding", ""))
    if encoding:
        document["ContentEncoding"] = encoding
    if request.get("StorageClass", "STANDARD") != "STANDARD":
        document["StorageClass"] = request["StorageClass"]
    metadata = {name.lower(): value for name, value in (request.get("Metadata") or {}).items()}
    if sum(len(name) + len(value.encode()) for name, value in metadata.items()) > METADATA_BYTES_MAX:
        text = "Your metadata headers exceed the maximum allowed metadata size"
        raise AwsError("MetadataTooLarge", text, MaxSizeAllowed=METADATA_BYTES_MAX)
    if metadata:
        document["Metadata"] = metadata
    if "ServerSideEncryption" not in document:
        document.update(_default_encryption(bucket))
    return document


def answer_of(bucket: Bucket, found: Object) -> JsonDict:
    """What HeadObject and GetObject tell of an object, in their members."""
    answer: JsonDict = {name: found.document[name] for name in KEPT if name in found.document}
    answer |= {
        "AcceptRanges": "bytes",
        "ContentLength": found.size,
        "ContentType": found.content_type,
        "ETag": quoted(found.etag),
        "LastModified": found.modified,
        "Metadata": found.metadata,
        "StorageClass": found.document.get("StorageClass"),
        "TagCount": len(found.tags) or None,
    }
    answer |= version_of(bucket, found)
    return answer


def written(bucket: Bucket, made: Object) -> JsonDict:
    """What an operation that wrote an object tells of it."""
    answer: JsonDict = {name: made.document[name] for name in ENCRYPTION if name in made.document}
    return answer | {"ETag": quoted(made.etag)} | checksums_of(made) | version_of(bucket, made)


def checksums_of(found: Object) -> JsonDict:
    """The checksum members, with their type."""
    known = {name: value for name, value in found.document.items() if _is_checksum(name)}
    return known | {"ChecksumType": found.document.get("ChecksumType", "FULL_OBJECT")} if known else {}


def version_of(bucket: Bucket, found: Object) -> JsonDict:
    """{"VersionId": ...} where the bucket has (or had) versions."""
    return {"VersionId": found.version} if bucket.versioning or found.version != NULL_VERSION else {}


def quoted(etag: str) -> str:
    """An ETag as headers carry it."""
    return f'"{etag}"'


def tags_of_header(text: str | None) -> dict[str, str]:
    """{key: value} of an x-amz-tagging header. Errors: InvalidArgument, InvalidTag."""
    if not text:
        return {}
    pairs = parse_qsl(text, keep_blank_values=True)
    if not pairs:
        raise faults.invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
            "name duplicates.",
            ArgumentName="x-amz-tagging",
            ArgumentValue=text,
        )
    return checked_tags(pairs)


def checked_tags(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Tags within S3's limits. Errors: InvalidTag, BadRequest."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key")
    if len(pairs) > TAGS_MAX:
        raise AwsError("BadRequest", f"Object tags cannot be greater than {TAGS_MAX}")
    for key, value in pairs:
        if not 0 < len(key) <= TAG_KEY_LENGTH_MAX:
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", TagKey=key)
        if len(value) > TAG_VALUE_LENGTH_MAX:
            raise AwsError("InvalidTag", "The TagValue you have provided is invalid", TagKey=key)
    return dict(pairs)


def _is_checksum(name: str) -> bool:
    return name.startswith("Checksum") and name not in ("ChecksumType", "ChecksumAlgorithm")


def _without_aws_chunked(encoding: str) -> str:
    """aws-chunked is how the body travelled, not what the object is."""
    return ",".join(part.strip() for part in encoding.split(",") if part.strip() not in ("aws-chunked", ""))


def _default_encryption(bucket: Bucket) -> JsonDict:
    """The encryption headers that the bucket's configuration adds."""
    configured = bucket.configurations.get("ServerSideEncryptionConfiguration")
    if not configured or not configured.get("Rules"):
        return {}
    rule = configured["Rules"][0]
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    headers = {
        "ServerSideEncryption": default.get("SSEAlgorithm"),
        "SSEKMSKeyId": default.get("KMSMasterKeyID"),
        "BucketKeyEnabled": rule.get("BucketKeyEnabled"),
    }
    return {name: value for name, value in headers.items() if value}
