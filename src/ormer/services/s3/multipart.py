"""Multipart uploads. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ormer.aws.errors import AwsError
from ormer.services.s3 import conditions, headers, receipts
from ormer.services.s3.access import bucket_for, refuse_customer_keys
from ormer.services.s3.listings import PAGE_MAX
from ormer.services.s3.owners import owner
from ormer.stores.objects import digests, faults, uploads
from ormer.stores.objects.rows import Bucket
from ormer.stores.objects.uploads import Chosen, Upload
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def create_multipart_upload(call: Call, request: JsonDict) -> JsonDict:
    """Start an upload.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    """
    refuse_customer_keys(request)
    bucket = bucket_for(call, request)
    document = headers.document_of(bucket, request)
    algorithm, kind = request.get("ChecksumAlgorithm"), request.get("ChecksumType")
    _check_algorithm(algorithm, kind)
    document |= {
        name: value for name, value in (("ChecksumAlgorithm", algorithm), ("ChecksumType", kind)) if value is not None
    }
    upload = uploads.begin(
        call.stores.objects,
        bucket,
        request["Key"],
        call.account,
        request.get("ContentType") or "",
        document,
        headers.tags_of_header(request.get("Tagging")),
    )
    answer = {name: document[name] for name in headers.ENCRYPTION if name in document}
    if algorithm:
        answer |= {"ChecksumAlgorithm": algorithm, "ChecksumType": upload.checksum_type}
    return answer | {"Bucket": bucket.name, "Key": request["Key"], "UploadId": upload.id}


def upload_part(call: Call, request: JsonDict) -> JsonDict:
    """Write one part. `Body` is bytes, or Contents that the gateway has made durable.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
    Errors: NoSuchUpload, BadDigest, InvalidArgument for a part number outside of 1 to 10,000.
    """
    contents = receipts.received(call, request)
    try:
        number = request["PartNumber"]
        if not 1 <= number <= uploads.PART_NUMBER_MAX:
            text = f"Part number must be an integer between 1 and {uploads.PART_NUMBER_MAX}, inclusive"
            raise faults.invalid_argument(text, ArgumentName="partNumber", ArgumentValue=number)
        upload = _upload(call, request)
        part = uploads.put_part(call.stores.objects, upload, number, contents)
    except AwsError:
        receipts.discard(call, contents)
        raise
    answer = {name: upload.document[name] for name in headers.ENCRYPTION if name in upload.document}
    return answer | {"ETag": headers.quoted(part.etag)} | dict(part.checksums)


def complete_multipart_upload(call: Call, request: JsonDict) -> JsonDict:
    """Make the object of the parts.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    Errors: NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, PreconditionFailed, BadDigest.
    """
    bucket = bucket_for(call, request)
    chosen = [_chosen(part) for part in (request.get("MultipartUpload") or {}).get("Parts") or ()]
    if not chosen:
        text = "The XML you provided was not well-formed or did not validate against our published schema"
        raise AwsError("MalformedXML", f"{text}: name at least one part.")
    upload = uploads.get(call.stores.objects, bucket.name, request["Key"], request["UploadId"], completed=True)
    made = uploads.complete(call.stores.objects, upload, chosen, _checksums(request), conditions.for_write(request))
    location = f"/{bucket.name}/{quote(request['Key'])}"
    return headers.written(bucket, made) | {"Bucket": bucket.name, "Key": request["Key"], "Location": location}


def abort_multipart_upload(call: Call, request: JsonDict) -> JsonDict:
    """Forget an upload and its parts.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
    """
    uploads.abort(call.stores.objects, _upload(call, request))
    return {}


def list_parts(call: Call, request: JsonDict) -> JsonDict:
    """The parts that are there.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
    """
    upload = _upload(call, request)
    limit = min(request.get("MaxParts") or PAGE_MAX, PAGE_MAX)
    after = int(request.get("PartNumberMarker") or 0)
    found = uploads.list_parts(call.stores.objects, upload, after, limit + 1)
    page = found[:limit]
    return {
        "Bucket": upload.bucket,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": page[-1].number if page else 0,
        "MaxParts": limit,
        "IsTruncated": len(found) > limit,
        "Parts": [
            {
                "PartNumber": part.number,
                "LastModified": part.modified,
                "ETag": headers.quoted(part.etag),
                "Size": part.size,
                **part.checksums,
            }
            for part in page
        ],
        "Initiator": owner(upload.account),
        "Owner": owner(upload.account),
        "StorageClass": upload.document.get("StorageClass", "STANDARD"),
        "ChecksumAlgorithm": upload.document.get("ChecksumAlgorithm"),
    }


def list_multipart_uploads(call: Call, request: JsonDict) -> JsonDict:
    """Uploads under way.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
    Differs: a delimiter is refused with 501.
    """
    bucket = bucket_for(call, request)
    if request.get("Delimiter"):
        raise AwsError("NotImplemented", "ormer does not fold uploads by a delimiter: use Prefix alone.", 501)
    limit = min(request.get("MaxUploads") or PAGE_MAX, PAGE_MAX)
    marker = (request.get("KeyMarker") or "", request.get("UploadIdMarker") or "")
    found = uploads.under_way(call.stores.objects, bucket.name, request.get("Prefix") or "", marker, limit + 1)
    page = found[:limit]
    is_url = request.get("EncodingType") == "url"
    more = len(found) > limit

    def text(key: str) -> str:
        return quote(key, safe="/~") if is_url else key

    return {
        "Bucket": bucket.name,
        "KeyMarker": text(marker[0]),
        "UploadIdMarker": marker[1],
        "NextKeyMarker": text(page[-1].key) if more else None,
        "NextUploadIdMarker": page[-1].id if more else None,
        "Prefix": text(request["Prefix"]) if request.get("Prefix") else None,
        "EncodingType": request.get("EncodingType"),
        "MaxUploads": limit,
        "IsTruncated": more,
        "Uploads": [_summary(bucket, upload, text(upload.key)) for upload in page],
    }


def _summary(bucket: Bucket, upload: Upload, key: str) -> JsonDict:
    return {
        "UploadId": upload.id,
        "Key": key,
        "Initiated": upload.created,
        "StorageClass": upload.document.get("StorageClass", "STANDARD"),
        "Owner": owner(bucket.account),
        "Initiator": owner(upload.account),
        "ChecksumAlgorithm": upload.document.get("ChecksumAlgorithm"),
    }


def _upload(call: Call, request: JsonDict) -> Upload:
    bucket = bucket_for(call, request)
    return uploads.get(call.stores.objects, bucket.name, request["Key"], request["UploadId"])


def _chosen(part: JsonDict) -> Chosen:
    if "PartNumber" not in part or "ETag" not in part:
        text = "The XML you provided was not well-formed or did not validate against our published schema"
        raise AwsError("MalformedXML", f"{text}: every part has a PartNumber and an ETag.")
    return Chosen(part["PartNumber"], conditions.unquoted(part["ETag"]), _checksums(part))


def _checksums(members: JsonDict) -> dict[str, str]:
    return {
        name: value
        for name, value in members.items()
        if name.startswith("Checksum") and name not in ("ChecksumAlgorithm", "ChecksumType")
    }


def _check_algorithm(algorithm: str | None, kind: str | None) -> None:
    if algorithm is not None and algorithm not in digests.ALGORITHMS:
        raise AwsError("NotImplemented", f"ormer does not count {algorithm} checksums.", 501)
    if kind is None:
        return
    if algorithm is None:
        raise faults.invalid_request("The x-amz-checksum-type header can only be used with x-amz-checksum-algorithm.")
    is_crc = algorithm in digests.CRC_MODELS
    if (kind == "FULL_OBJECT" and not is_crc) or (kind == "COMPOSITE" and algorithm == digests.DEFAULT_ALGORITHM):
        raise faults.invalid_request(f"The {kind} checksum type cannot be used with the {algorithm} algorithm.")
