"""Buckets: making, finding, listing and deleting them, and their versioning."""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.s3.access import bucket_for
from ormer.services.s3.acls import refuse_acls
from ormer.services.s3.owners import owner
from ormer.stores import tagging
from ormer.stores.objects import faults
from ormer.stores.objects.rows import Bucket
from ormer.stores.port import Call

JsonDict = dict[str, Any]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", "--x-s3", ".mrap", "--table-s3")
FIRST_REGION = "us-east-1"
# LocationConstraints that mean a region by an older name.
OLD_LOCATIONS = {"EU": "eu-west-1", "": FIRST_REGION}


def create_bucket(call: Call, request: JsonDict) -> JsonDict:
    """Make a bucket in the region its LocationConstraint names, else in the caller's.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    Errors: InvalidBucketName, BucketAlreadyExists, BucketAlreadyOwnedByYou (us-east-1 answers 200 instead).
    """
    name = request["Bucket"]
    _check_name(name)
    refuse_acls(request)
    if request.get("ObjectLockEnabledForBucket"):
        raise AwsError("NotImplemented", "ormer does not lock objects yet: leave ObjectLockEnabledForBucket out.", 501)
    configuration = request.get("CreateBucketConfiguration") or {}
    region = _region(call, configuration.get("LocationConstraint"))
    objects = call.stores.objects
    with call.write() as tx:
        try:
            bucket = objects.create_bucket(name, call.account, region)
        except AwsError as error:
            if error.code != "BucketAlreadyOwnedByYou" or region != FIRST_REGION:
                raise
            bucket = objects.bucket(name)
        tagging.put(tx, bucket.arn, configuration.get("Tags") or ())
    return {"Location": f"/{name}", "BucketArn": bucket.arn}


def head_bucket(call: Call, request: JsonDict) -> JsonDict:
    """Whether a bucket is there and the caller may use it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    bucket = bucket_for(call, request)
    return {"BucketRegion": bucket.region, "BucketArn": bucket.arn, "AccessPointAlias": False}


def get_bucket_location(call: Call, request: JsonDict) -> JsonDict:
    """The bucket's region; empty for us-east-1, as AWS has it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    """
    bucket = bucket_for(call, request)
    return {"LocationConstraint": "" if bucket.region == FIRST_REGION else bucket.region}


def list_buckets(call: Call, request: JsonDict) -> JsonDict:
    """The account's buckets by name; pages when MaxBuckets is given.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    limit = request.get("MaxBuckets")
    found = call.stores.objects.list_buckets(
        call.account,
        prefix=request.get("Prefix") or "",
        after=_decode(request.get("ContinuationToken")),
        region=request.get("BucketRegion") or "",
        limit=None if limit is None else limit + 1,
    )
    page = found if limit is None else found[:limit]
    answer: JsonDict = {"Buckets": [_summary(bucket) for bucket in page], "Owner": owner(call.account)}
    if request.get("Prefix"):
        answer["Prefix"] = request["Prefix"]
    if len(found) > len(page):
        answer["ContinuationToken"] = base64.urlsafe_b64encode(page[-1].name.encode()).decode()
    return answer


def delete_bucket(call: Call, request: JsonDict) -> None:
    """Delete an empty bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
    Errors: BucketNotEmpty.
    """
    bucket = bucket_for(call, request)
    with call.write() as tx:
        call.stores.objects.delete_bucket(bucket.name)
        tagging.remove(tx, bucket.arn, tagging.of(tx, bucket.arn))


def get_bucket_versioning(call: Call, request: JsonDict) -> JsonDict:
    """The versioning status; nothing when it was never set.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
    """
    return {"Status": bucket_for(call, request).versioning or None}


def put_bucket_versioning(call: Call, request: JsonDict) -> None:
    """Enable or suspend versioning.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
    """
    bucket = bucket_for(call, request)
    configuration = request["VersioningConfiguration"]
    if configuration.get("MFADelete") == "Enabled":
        raise AwsError("NotImplemented", "ormer has no MFA devices: leave MfaDelete disabled.", 501)
    status = configuration.get("Status")
    if status not in ("Enabled", "Suspended"):
        raise AwsError("IllegalVersioningConfigurationException", "Status must be Enabled or Suspended.")
    call.stores.objects.set_versioning(bucket.name, status)


def _summary(bucket: Bucket) -> JsonDict:
    return {
        "Name": bucket.name,
        "CreationDate": bucket.created,
        "BucketRegion": bucket.region,
        "BucketArn": bucket.arn,
    }


def _region(call: Call, location: str | None) -> str:
    if location is None:
        # AWS's own endpoints insist on a constraint outside of us-east-1; ours is one endpoint for all regions.
        return call.region
    return OLD_LOCATIONS.get(location, location)


def _check_name(name: str) -> None:
    fits = (
        NAME.fullmatch(name)
        and ".." not in name
        and not _is_address(name)
        and not name.startswith(RESERVED_PREFIXES)
        and not name.endswith(RESERVED_SUFFIXES)
    )
    if not fits:
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def _decode(token: str | None) -> str:
    if not token:
        return ""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        raise faults.invalid_argument("The continuation token provided is incorrect") from None
