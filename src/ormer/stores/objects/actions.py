"""What IAM calls S3's operations, and which ARNs they are about.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.objects.tables import buckets

# Asked at every authorised request: built once.
POLICY = sa.select(buckets.c.configurations).where(buckets.c.name == sa.bindparam("of_bucket"))
OWNER = sa.select(buckets.c.account).where(buckets.c.name == sa.bindparam("of_bucket"))
BUCKETS = "arn:aws:s3:::"
# Operations whose action has another name.
ACTIONS: Mapping[str, str] = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
# Actions that have a twin for a named version.
VERSIONED = frozenset(
    {
        "DeleteObject",
        "DeleteObjectTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectTagging",
        "PutObjectAcl",
        "PutObjectTagging",
    }
)


def needed(operation: str, params: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """[(action, ARN), ...] that the caller must be allowed, all of them."""
    bucket, key = params.get("Bucket", ""), params.get("Key", "")
    if operation == "DeleteObjects":
        objects = params["Delete"].get("Objects") or ()
        return [_on("DeleteObject", bucket, item["Key"], item.get("VersionId")) for item in objects]
    action = ACTIONS.get(operation, operation)
    if not bucket:
        return [(f"s3:{action}", "*")]
    wanted = [_on(action, bucket, key, params.get("VersionId"))]
    if operation == "PutObject" and params.get("Tagging"):
        wanted.append(_on("PutObjectTagging", bucket, key, None))
    if params.get("CopySource"):
        path, _, version = params["CopySource"].partition("?versionId=")
        source_bucket, _, source_key = unquote(path).lstrip("/").partition("/")
        wanted.append(_on("GetObject", source_bucket, source_key, version))
    return wanted


def conditions(params: Mapping[str, Any]) -> dict[str, Any]:
    """S3's own condition keys."""
    named = {
        "s3:prefix": params.get("Prefix"),
        "s3:delimiter": params.get("Delimiter"),
        "s3:max-keys": params.get("MaxKeys"),
        "s3:VersionId": params.get("VersionId"),
        "s3:x-amz-acl": params.get("ACL"),
        "s3:x-amz-server-side-encryption": params.get("ServerSideEncryption"),
        "s3:x-amz-server-side-encryption-aws-kms-key-id": params.get("SSEKMSKeyId"),
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def owner(tx: Tx, target: str) -> str:
    """The account of the bucket that an S3 ARN is in, "" when there is none: the ARN does not say."""
    row = tx.one(OWNER, {"of_bucket": _bucket_of(target)})
    return str(row["account"]) if row is not None else ""


def policy(tx: Tx, target: str) -> dict[str, Any] | None:
    """The policy of the bucket that an S3 ARN is in, None without one."""
    row = tx.one(POLICY, {"of_bucket": _bucket_of(target)})
    kept = row["configurations"].get("Policy") if row is not None else None
    found: dict[str, Any] | None = json.loads(kept["Policy"]) if kept else None
    return found


def _bucket_of(target: str) -> str:
    return target.removeprefix(BUCKETS).partition("/")[0]


def _on(action: str, bucket: str, key: str, version: str | None) -> tuple[str, str]:
    if version and action in VERSIONED:
        action = action.replace("Object", "ObjectVersion", 1)
    return f"s3:{action}", f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
