"""S3's answers as HTTP: what rest-xml leaves open, S3's own root elements, ranges and streamed contents."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from botocore.model import OperationModel

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import rest_xml
from ormer.services.s3.extents import Extent

JsonDict = dict[str, Any]

# Contents up to this size are answered in one piece.
WHOLE_BYTES_MAX = 256 * 1024
NOT_MODIFIED, PARTIAL_CONTENT = 304, 206

# Root elements of answers that are not called by their output shape.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
ROOTS: Mapping[str, str] = {
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
}


def response(operation: OperationModel, result: JsonDict, request: Request) -> Response:
    """The answer to one operation; an Extent as `Body` becomes the stream."""
    extent: Extent | None = result.pop("Body", None)
    answer = rest_xml.serialize(operation, result, request)
    if operation.name == "GetBucketLocation":
        answer.body = _location(result)
    elif operation.name in ROOTS and isinstance(answer.body, bytes):
        answer.body = _renamed(answer.body, f"{operation.output_shape.name}", ROOTS[operation.name])
    if "ContentRange" in result:
        answer.status = PARTIAL_CONTENT
    if extent is not None:
        _attach(answer, extent)
    return answer


def refusal(operation: OperationModel | None, error: AwsError, request: Request) -> Response:
    """The error; what HTTP wants to know of the object stands in headers."""
    answer = rest_xml.serialize_error(operation, error, request)
    fields = error.fields
    if "ETag" in fields and answer.status == NOT_MODIFIED:
        answer.headers["etag"] = str(fields["ETag"])
        answer.headers["last-modified"] = formatdate(fields["LastModified"], usegmt=True)
    if "DeleteMarker" in fields or fields.get("ResourceType") == "DeleteMarker":
        answer.headers["x-amz-delete-marker"] = "true"
    if "VersionId" in fields:
        answer.headers["x-amz-version-id"] = str(fields["VersionId"])
    if "ActualObjectSize" in fields:
        answer.headers["content-range"] = f"bytes */{fields['ActualObjectSize']}"
    return answer


def _attach(answer: Response, extent: Extent) -> None:
    if extent.size > WHOLE_BYTES_MAX:
        answer.body = extent.chunks()
        return
    try:
        answer.body = extent.read()
    finally:
        extent.close()


def _location(result: JsonDict) -> bytes:
    """A root that is the value itself; rest-xml has no form for it."""
    namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    constraint = result.get("LocationConstraint", "")
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{declaration}<LocationConstraint {namespace}>{constraint}</LocationConstraint>".encode()


def _renamed(body: bytes, shape: str, root: str) -> bytes:
    """The document with its root element called as S3 calls it."""
    name = (shape.removesuffix("Output") + "Result" if shape.endswith("Output") else shape).encode()
    head, separator, rest = body.partition(b"<" + name)
    if not separator:
        return body
    inner, closing, end = rest.rpartition(b"</" + name + b">")
    new = root.encode()
    return head + b"<" + new + (inner + b"</" + new + b">" + end if closing else rest)
