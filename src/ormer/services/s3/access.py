"""Whose bucket it is: the checks every operation begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.objects import faults, seeds
from ormer.stores.objects.rows import Bucket
from ormer.stores.port import Call

# What anyone who signs may do with a seed bucket.
OPEN_OPERATIONS = frozenset(
    {
        "GetBucketLocation",
        "GetObject",
        "GetObjectAttributes",
        "GetObjectTagging",
        "HeadBucket",
        "HeadObject",
        "ListObjects",
        "ListObjectsV2",
        "ListObjectVersions",
    }
)


def bucket_for(call: Call, request: Mapping[str, Any], *, name: str = "", reading: bool = False) -> Bucket:
    """The bucket a request names, once the caller's account may use it.

    name: another bucket than `request["Bucket"]`, a copy's source. reading: whether it is only read from.
    Errors: NoSuchBucket, AccessDenied for another account's bucket or another owner than expected.
    """
    bucket = call.stores.objects.bucket(name or request["Bucket"])
    member = "ExpectedSourceBucketOwner" if name else "ExpectedBucketOwner"
    expected = request.get(member)
    if expected is not None and expected != bucket.account:
        raise faults.access_denied()
    if bucket.account == call.account:
        return bucket
    if seeds.is_seed(bucket.name) and (reading or call.operation in OPEN_OPERATIONS):
        return bucket
    raise faults.access_denied()


def refuse_customer_keys(request: Mapping[str, Any]) -> None:
    """A clear 501 for keys that the client keeps: contents are not encrypted with them here."""
    if any(name.startswith(("SSECustomer", "CopySourceSSECustomer")) for name in request):
        text = "ormer does not encrypt with customer-provided keys (SSE-C). Use SSE-S3 or SSE-KMS headers instead."
        raise AwsError("NotImplemented", text, 501)
