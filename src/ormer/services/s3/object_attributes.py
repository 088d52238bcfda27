"""GetObjectAttributes: size, ETag, checksums and parts in one answer."""

from __future__ import annotations

from typing import Any

from ormer.services.s3 import headers
from ormer.services.s3.access import bucket_for, refuse_customer_keys
from ormer.stores.objects.rows import Object
from ormer.stores.port import Call

JsonDict = dict[str, Any]
PARTS_MAX = 1000


def get_object_attributes(call: Call, request: JsonDict) -> JsonDict:
    """The attributes asked for.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
    """
    refuse_customer_keys(request)
    bucket = bucket_for(call, request)
    found = call.stores.objects.get(bucket.name, request["Key"], request.get("VersionId"))
    wanted = request["ObjectAttributes"]
    answer: JsonDict = {"LastModified": found.modified, **headers.version_of(bucket, found)}
    if "ETag" in wanted:
        answer["ETag"] = found.etag
    if "ObjectSize" in wanted:
        answer["ObjectSize"] = found.size
    if "StorageClass" in wanted:
        answer["StorageClass"] = found.document.get("StorageClass", "STANDARD")
    if "Checksum" in wanted:
        answer["Checksum"] = headers.checksums_of(found) or None
    if "ObjectParts" in wanted and found.document.get("Parts"):
        answer["ObjectParts"] = _parts(found, request)
    return answer


def _parts(found: Object, request: JsonDict) -> JsonDict:
    """Parts stand in the list only when they have checksums that make up the object's."""
    parts = found.document["Parts"]
    after, limit = request.get("PartNumberMarker") or 0, request.get("MaxParts") or PARTS_MAX
    page = [part for part in parts if part["PartNumber"] > after][:limit]
    last = page[-1]["PartNumber"] if page else after
    return {
        "TotalPartsCount": len(parts),
        "PartNumberMarker": after,
        "NextPartNumberMarker": last,
        "MaxParts": limit,
        "IsTruncated": last < parts[-1]["PartNumber"],
        "Parts": page,
    }
