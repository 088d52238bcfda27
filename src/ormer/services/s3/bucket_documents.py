"""What is configured for a bucket and kept as a document: policy, CORS, encryption, lifecycle, notifications, ..."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ormer.aws.errors import AwsError
from ormer.services.s3.access import bucket_for
from ormer.stores import tagging
from ormer.stores.objects import configurations
from ormer.stores.port import Call, Operation

JsonDict = dict[str, Any]
TAGS_MAX = 50


@dataclass(frozen=True)
class Configuration:
    """One kind of document.

    member: the request's member that holds it. missing: (code, text) when there is none, else `absent` is answered.
    whole: the answer holds the document under `member`; otherwise its members are the answer's own.
    """

    member: str
    missing: tuple[str, str] | None = None
    absent: Mapping[str, Any] | None = None
    whole: bool = False

    def get(self, call: Call, request: JsonDict) -> JsonDict:
        """What is configured."""
        bucket = bucket_for(call, request)
        document = bucket.configurations.get(self.member)
        if document is not None:
            return {self.member: document} if self.whole else document
        if self.missing is not None:
            code, text = self.missing
            raise AwsError(code, text, 404, BucketName=bucket.name)
        return dict(self.absent or {})

    def put(self, call: Call, request: JsonDict) -> None:
        """Configure, replacing what was there."""
        with call.write() as tx:
            configurations.put(tx, bucket_for(call, request), self.member, request.get(self.member) or {})

    def delete(self, call: Call, request: JsonDict) -> None:
        """Forget the configuration, if there is one."""
        with call.write() as tx:
            configurations.delete(tx, bucket_for(call, request), self.member)

    @property
    def operations(self) -> tuple[Operation, Operation, Operation]:
        """(put, get, delete)."""
        return self.put, self.get, self.delete


put_bucket_cors, get_bucket_cors, delete_bucket_cors = Configuration(
    "CORSConfiguration", ("NoSuchCORSConfiguration", "The CORS configuration does not exist")
).operations

put_bucket_encryption, get_bucket_encryption, delete_bucket_encryption = Configuration(
    "ServerSideEncryptionConfiguration",
    ("ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found"),
    whole=True,
).operations

put_public_access_block, get_public_access_block, delete_public_access_block = Configuration(
    "PublicAccessBlockConfiguration",
    ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    whole=True,
).operations

# Differs: the rules are kept and answered; nothing expires by them.
put_bucket_lifecycle_configuration, get_bucket_lifecycle_configuration, delete_bucket_lifecycle = Configuration(
    "LifecycleConfiguration", ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
).operations

put_bucket_ownership_controls, get_bucket_ownership_controls, delete_bucket_ownership_controls = Configuration(
    "OwnershipControls",
    ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    whole=True,
).operations

_NOTIFICATIONS = Configuration("NotificationConfiguration")
get_bucket_notification_configuration = _NOTIFICATIONS.get

# What nobody can configure here, asked about by tools that look a bucket over.
get_bucket_website = Configuration(
    "WebsiteConfiguration",
    ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
).get
get_bucket_replication = Configuration(
    "ReplicationConfiguration",
    ("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
    whole=True,
).get
get_object_lock_configuration = Configuration(
    "ObjectLockConfiguration",
    (
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ),
    whole=True,
).get
get_bucket_logging = Configuration("BucketLoggingStatus").get
get_bucket_accelerate_configuration = Configuration("AccelerateConfiguration").get
get_bucket_request_payment = Configuration("RequestPaymentConfiguration", absent={"Payer": "BucketOwner"}).get


def put_bucket_notification_configuration(call: Call, request: JsonDict) -> None:
    """Turn events to EventBridge on or off.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
    Differs: topics, queues and functions are refused with 501; route events to them through EventBridge rules.
    """
    configuration = request["NotificationConfiguration"]
    others = [name for name, value in configuration.items() if name != "EventBridgeConfiguration" and value]
    if others:
        text = f"ormer does not send S3 events by {', '.join(others)}: use EventBridgeConfiguration and an events rule."
        raise AwsError("NotImplemented", text, 501)
    _NOTIFICATIONS.put(call, request)


_POLICY = Configuration("Policy", ("NoSuchBucketPolicy", "The bucket policy does not exist"))


def put_bucket_policy(call: Call, request: JsonDict) -> None:
    """Keep a bucket policy, once it is readable.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    Differs: it gives what it permits to callers that it names by their ARNs; denials, and what it permits to everybody,
    are kept and answered, without effect.
    Errors: MalformedPolicy.
    """
    bucket_for(call, request)
    try:
        document = msgspec.json.decode(request["Policy"])
    except msgspec.DecodeError:
        raise AwsError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise AwsError("MalformedPolicy", "Missing required field Statement")
    with call.write() as tx:
        configurations.put(tx, bucket_for(call, request), "Policy", {"Policy": request["Policy"]})


get_bucket_policy, delete_bucket_policy = _POLICY.get, _POLICY.delete


def get_bucket_policy_status(call: Call, request: JsonDict) -> JsonDict:
    """Whether the policy makes the bucket public: never, because bucket policies open nothing to everybody.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
    """
    _POLICY.get(call, request)
    return {"PolicyStatus": {"IsPublic": False}}


def put_bucket_tagging(call: Call, request: JsonDict) -> None:
    """Replace the bucket's tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
    Errors: InvalidTag.
    """
    bucket = bucket_for(call, request)
    pairs = request["Tagging"].get("TagSet") or []
    if len({pair["Key"] for pair in pairs}) != len(pairs):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key")
    if len(pairs) > TAGS_MAX:
        raise AwsError("BadRequest", f"A bucket may have {TAGS_MAX} tags at most.")
    with call.write() as tx:
        tagging.remove(tx, bucket.arn, tagging.of(tx, bucket.arn))
        tagging.put(tx, bucket.arn, pairs)


def get_bucket_tagging(call: Call, request: JsonDict) -> JsonDict:
    """The bucket's tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html
    Errors: NoSuchTagSet.
    """
    bucket = bucket_for(call, request)
    with call.read() as tx:
        pairs = tagging.listed(tx, bucket.arn)
    if not pairs:
        raise AwsError("NoSuchTagSet", "The TagSet does not exist", 404, BucketName=bucket.name)
    return {"TagSet": pairs}


def delete_bucket_tagging(call: Call, request: JsonDict) -> None:
    """Remove the bucket's tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html
    """
    bucket = bucket_for(call, request)
    with call.write() as tx:
        tagging.remove(tx, bucket.arn, tagging.of(tx, bucket.arn))
