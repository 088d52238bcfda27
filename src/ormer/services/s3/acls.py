"""Access control lists, as a bucket has them whose owner is enforced (AWS's default): none but the owner's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.s3.access import bucket_for
from ormer.services.s3.owners import owner
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# Canned ACLs that say what holds anyway.
HARMLESS = frozenset({"private", "bucket-owner-full-control", "bucket-owner-read"})
GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP", "AccessControlPolicy")


def refuse_acls(request: Mapping[str, Any]) -> None:
    """Raise AccessControlListNotSupported for an ACL that would open the bucket or object to others."""
    if request.get("ACL", "private") not in HARMLESS or any(request.get(name) for name in GRANTS):
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def get_bucket_acl(call: Call, request: JsonDict) -> JsonDict:
    """The owner's full control.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
    """
    return _full_control(bucket_for(call, request).account)


def get_object_acl(call: Call, request: JsonDict) -> JsonDict:
    """The bucket owner's full control.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
    """
    bucket = bucket_for(call, request)
    call.stores.objects.get(bucket.name, request["Key"], request.get("VersionId"))
    return _full_control(bucket.account)


def put_bucket_acl(call: Call, request: JsonDict) -> None:
    """Accept what holds anyway. Errors: AccessControlListNotSupported.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
    """
    bucket_for(call, request)
    refuse_acls(request)


def put_object_acl(call: Call, request: JsonDict) -> None:
    """Accept what holds anyway. Errors: AccessControlListNotSupported.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
    """
    bucket = bucket_for(call, request)
    call.stores.objects.get(bucket.name, request["Key"], request.get("VersionId"))
    refuse_acls(request)


def _full_control(account: str) -> JsonDict:
    who = owner(account)
    return {"Owner": who, "Grants": [{"Grantee": {**who, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]}
