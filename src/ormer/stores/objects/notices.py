"""S3's events for EventBridge, from buckets that ask for them, written with the change they tell of.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

from typing import Any

from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.objects.rows import NULL_VERSION, Bucket, Object

KIND = "NotificationConfiguration"


def created(tx: Tx, bucket: Bucket, made: Object, reason: str, now: float) -> None:
    """An object was written. reason: the operation's name."""
    if _wanted(bucket):
        described = {"key": made.key, "size": made.size, "etag": made.etag}
        _emit(tx, bucket, "Object Created", described | _version(made), {"reason": reason}, now)


def deleted(tx: Tx, bucket: Bucket, gone: Object, now: float) -> None:
    """An object or a version was deleted, or hidden by a delete marker."""
    if _wanted(bucket):
        kind = "Delete Marker Created" if gone.marker else "Permanently Deleted"
        more = {"reason": "DeleteObject", "deletion-type": kind}
        _emit(tx, bucket, "Object Deleted", {"key": gone.key} | _version(gone), more, now)


def _wanted(bucket: Bucket) -> bool:
    return "EventBridgeConfiguration" in bucket.configurations.get(KIND, ())


def _version(found: Object) -> dict[str, str]:
    return {"version-id": found.version} if found.version != NULL_VERSION else {}


def _emit(
    tx: Tx, bucket: Bucket, detail_type: str, described: dict[str, Any], more: dict[str, str], now: float
) -> None:
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": described | {"sequencer": f"{int(now * 1_000_000):016X}"},
        "requester": bucket.account,
        **more,
    }
    events.emit(
        tx,
        account=bucket.account,
        region=bucket.region,
        source="aws.s3",
        detail_type=detail_type,
        detail=detail,
        resources=[bucket.arn],
        now=now,
    )
