"""Tags of objects."""

from __future__ import annotations

from typing import Any

from ormer.services.s3 import headers
from ormer.services.s3.access import bucket_for
from ormer.stores.objects import versions
from ormer.stores.objects.rows import Bucket, Object
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def put_object_tagging(call: Call, request: JsonDict) -> JsonDict:
    """Replace an object's tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
    Errors: InvalidTag.
    """
    bucket, found = _found(call, request)
    pairs = [(pair["Key"], pair.get("Value", "")) for pair in request["Tagging"].get("TagSet") or ()]
    tags = headers.checked_tags(pairs)
    with call.write() as tx:
        versions.change(tx, found, {"tags": tags})
    return headers.version_of(bucket, found)


def get_object_tagging(call: Call, request: JsonDict) -> JsonDict:
    """An object's tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
    """
    bucket, found = _found(call, request)
    pairs = [{"Key": key, "Value": value} for key, value in found.tags.items()]
    return headers.version_of(bucket, found) | {"TagSet": pairs}


def delete_object_tagging(call: Call, request: JsonDict) -> JsonDict:
    """Remove an object's tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
    """
    bucket, found = _found(call, request)
    with call.write() as tx:
        versions.change(tx, found, {"tags": {}})
    return headers.version_of(bucket, found)


def _found(call: Call, request: JsonDict) -> tuple[Bucket, Object]:
    bucket = bucket_for(call, request)
    return bucket, call.stores.objects.get(bucket.name, request["Key"], request.get("VersionId"))
