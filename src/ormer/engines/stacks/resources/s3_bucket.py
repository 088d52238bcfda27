"""AWS::S3::Bucket: Ref gives its name. Each of its configurations is an operation of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.stores.objects.tables import buckets

JsonDict = dict[str, Any]
NAME = "BucketName"
# Access lists that open a bucket to nobody else, which is how buckets are here.
CLOSED = frozenset({"Private", "BucketOwnerFullControl", "BucketOwnerRead", "LogDeliveryWrite", "AwsExecRead"})


@dataclass(frozen=True)
class Part:
    """A property that is configured by operations of its own. member: where the request holds it.

    put, delete: the operations; "" where taking it away means putting `absent`.
    """

    put: str
    member: str
    written: Callable[[Any], Any]
    delete: str = ""
    absent: JsonDict | None = None


def _as_it_is(value: Any) -> Any:
    return value


def _encryption(value: JsonDict) -> JsonDict:
    rules = [_renamed(rule, RULE_NAMES) for rule in value["ServerSideEncryptionConfiguration"]]
    return {"Rules": rules}


def _cors(value: JsonDict) -> JsonDict:
    return {"CORSRules": [_renamed(rule, CORS_NAMES) for rule in value["CorsRules"]]}


def _lifecycle(value: JsonDict) -> JsonDict:
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _lifecycle_rule(rule: JsonDict) -> JsonDict:
    made = _renamed(rule, {"Id": "ID"})
    days, date = made.pop("ExpirationInDays", None), made.pop("ExpirationDate", None)
    marker = made.pop("ExpiredObjectDeleteMarker", None)
    expiration = {"Days": days, "Date": date, "ExpiredObjectDeleteMarker": marker}
    given = {name: value for name, value in expiration.items() if value is not None}
    if given:
        made["Expiration"] = given
    old = made.pop("NoncurrentVersionExpirationInDays", None)
    if old is not None:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": old}
    transitions = [*made.pop("Transitions", []), *([made.pop("Transition")] if "Transition" in made else [])]
    if transitions:
        names = {"TransitionInDays": "Days", "TransitionDate": "Date"}
        made["Transitions"] = [_renamed(each, names) for each in transitions]
    return _filtered(made)


def _filtered(rule: JsonDict) -> JsonDict:
    """The rule with its conditions gathered into a Filter."""
    conditions: JsonDict = {
        name: rule.pop(name) for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in rule
    }
    tags = rule.pop("TagFilters", [])
    if len(conditions) + len(tags) > 1:
        rule["Filter"] = {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    else:
        rule["Filter"] = conditions or ({"Tag": tags[0]} if tags else {"Prefix": ""})
    return rule


def _notification(value: JsonDict) -> JsonDict:
    bridge = value.get("EventBridgeConfiguration")
    made = {name: inner for name, inner in value.items() if name != "EventBridgeConfiguration"}
    if bridge is not None and text_of(bridge.get("EventBridgeEnabled", True)).lower() == "true":
        made["EventBridgeConfiguration"] = {}
    return made


def _renamed(value: JsonDict, names: Mapping[str, str]) -> JsonDict:
    return {names.get(name, name): inner for name, inner in value.items()}


RULE_NAMES = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
CORS_NAMES = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
PARTS: Mapping[str, Part] = {
    "VersioningConfiguration": Part(
        "PutBucketVersioning", "VersioningConfiguration", _as_it_is, absent={"Status": "Suspended"}
    ),
    "BucketEncryption": Part(
        "PutBucketEncryption", "ServerSideEncryptionConfiguration", _encryption, "DeleteBucketEncryption"
    ),
    "PublicAccessBlockConfiguration": Part(
        "PutPublicAccessBlock", "PublicAccessBlockConfiguration", _as_it_is, "DeletePublicAccessBlock"
    ),
    "OwnershipControls": Part(
        "PutBucketOwnershipControls", "OwnershipControls", _as_it_is, "DeleteBucketOwnershipControls"
    ),
    "CorsConfiguration": Part("PutBucketCors", "CORSConfiguration", _cors, "DeleteBucketCors"),
    "LifecycleConfiguration": Part(
        "PutBucketLifecycleConfiguration", "LifecycleConfiguration", _lifecycle, "DeleteBucketLifecycle"
    ),
    "NotificationConfiguration": Part(
        "PutBucketNotificationConfiguration", "NotificationConfiguration", _notification, absent={}
    ),
    # Differs: there is no logging of accesses; the operation answers so.
    "LoggingConfiguration": Part("PutBucketLogging", "BucketLoggingStatus", lambda value: {"LoggingEnabled": value}),
}


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(63, lower=True))
    _check_access(properties)
    _check_free(site, name)
    site.call("s3", "CreateBucket", {"Bucket": name})
    for member in PARTS:
        if member in properties:
            _put(site, name, member, properties[member])
    return Made(name, _attributes(site, name), f"arn:aws:s3:::{name}")


def _check_access(properties: JsonDict) -> None:
    access = properties.get("AccessControl", "Private")
    if access not in CLOSED:
        raise Refused(f"AccessControl {access}: ormer opens no bucket by access lists; use IAM policies.")


def _check_free(site: Site, name: str) -> None:
    """Creating one's own bucket once more succeeds in S3's first region; a stack takes over nobody's bucket.

    Looked up and not asked for: who may make buckets need not be allowed to look at them.
    """
    taken = site.tx.one(sa.select(buckets.c.name).where(buckets.c.name == name, buckets.c.account == site.account))
    if taken is not None:
        raise AwsError("BucketAlreadyOwnedByYou", f"{name} already exists")


def _put(site: Site, bucket: str, member: str, value: Any) -> None:
    part = PARTS[member]
    try:
        written = part.written(value)
    except (KeyError, TypeError, AttributeError):
        raise Refused(f"Properties validation failed for resource {site.logical_id}: {member} is malformed.") from None
    site.make("s3", part.put, {part.member: written}, Bucket=bucket)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _check_access(properties)
    for member, part in PARTS.items():
        if member in properties:
            if properties[member] != held.properties.get(member):
                _put(site, held.physical_id, member, properties[member])
        elif member in held.properties:
            if part.delete:
                site.call("s3", part.delete, {"Bucket": held.physical_id})
            else:
                site.call("s3", part.put, {"Bucket": held.physical_id, part.member: part.absent or {}})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call("s3", "DeleteBucket", {"Bucket": held.physical_id})


def _attributes(site: Site, name: str) -> JsonDict:
    return {
        NAME: name,
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{site.region}.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{site.region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{site.region}.amazonaws.com",
    }


TYPE = ResourceType(
    "AWS::S3::Bucket",
    _create,
    _delete,
    words(NAME, "AccessControl", *PARTS),
    _update,
    words(NAME),
    attributes=words("Arn DomainName RegionalDomainName DualStackDomainName WebsiteURL", NAME),
    named_by=NAME,
)
