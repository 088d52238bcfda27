"""Buckets, what is configured for them, whose they are, and the seed bucket."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.aws.identities import root_identity
from ormer.stores.keys import Key

from .conftest import REGION, S3Server

ABALONE_SHA256 = "de37cdcdcaaa50c309d514f248f7c2302a5f1f88c168905eba23fe2fbc78449f"


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def fresh_name() -> str:
    return f"b-{uuid.uuid4().hex[:20]}"


@pytest.fixture(scope="module")
def stranger(s3_server: S3Server) -> Any:
    """A client of another account's root."""
    with s3_server.house.stores.database.write() as tx:
        key: Key = s3_server.house.stores.keys.make(tx, root_identity("210987654321"))
    return s3_server.client(key)


def test_a_bucket_is_made_listed_found_and_deleted(s3: Any) -> None:
    name = fresh_name()
    made = s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert made["Location"] == f"/{name}"
    listed = {item["Name"]: item for item in s3.list_buckets()["Buckets"]}
    assert listed[name]["BucketRegion"] == "eu-west-1"
    assert listed[name]["CreationDate"]
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "eu-west-1"
    s3.delete_bucket(Bucket=name)
    with refused("404"):
        s3.head_bucket(Bucket=name)
    with refused("NoSuchBucket"):
        s3.delete_bucket(Bucket=name)


def test_the_first_region_has_no_location(s3: Any, bucket: str) -> None:
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_making_a_bucket_twice_is_only_no_error_in_the_first_region(s3: Any) -> None:
    first, other = fresh_name(), fresh_name()
    for _ in range(2):
        s3.create_bucket(Bucket=first)
    elsewhere = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=other, CreateBucketConfiguration=elsewhere)
    with pytest.raises(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=other, CreateBucketConfiguration=elsewhere)


@pytest.mark.parametrize("name", ["Upper-Case", "under_score", "10.0.0.1", "a..b", "xn--abc", "-dash"])
def test_a_bad_bucket_name_is_refused(s3_server: S3Server, name: str) -> None:
    client = s3_server.client()
    client.meta.events.unregister("before-parameter-build.s3", "validate_bucket_name")
    with refused("InvalidBucketName"):
        client.create_bucket(Bucket=name)


def test_a_bucket_with_objects_is_not_deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")
    s3.create_multipart_upload(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


def test_buckets_are_listed_in_pages(s3: Any) -> None:
    prefix = f"p-{uuid.uuid4().hex[:12]}"
    names = [f"{prefix}-{number}" for number in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = s3.get_paginator("list_buckets").paginate(Prefix=prefix, PaginationConfig={"PageSize": 2})
    assert [[item["Name"] for item in page["Buckets"]] for page in pages] == [names[:2], names[2:4], names[4:]]


DOCUMENTS = {
    "bucket_cors": (
        "NoSuchCORSConfiguration",
        {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}},
        lambda put, got: got["CORSRules"] == put["CORSConfiguration"]["CORSRules"],
        "delete_bucket_cors",
    ),
    "bucket_encryption": (
        "ServerSideEncryptionConfigurationNotFoundError",
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}]
            }
        },
        lambda put, got: got["ServerSideEncryptionConfiguration"] == put["ServerSideEncryptionConfiguration"],
        "delete_bucket_encryption",
    ),
    "public_access_block": (
        "NoSuchPublicAccessBlockConfiguration",
        {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": False}},
        lambda put, got: got["PublicAccessBlockConfiguration"] == put["PublicAccessBlockConfiguration"],
        "delete_public_access_block",
    ),
    "bucket_lifecycle_configuration": (
        "NoSuchLifecycleConfiguration",
        {
            "LifecycleConfiguration": {
                "Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 3}}]
            }
        },
        lambda put, got: got["Rules"] == put["LifecycleConfiguration"]["Rules"],
        "delete_bucket_lifecycle",
    ),
    "bucket_ownership_controls": (
        "OwnershipControlsNotFoundError",
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        lambda put, got: got["OwnershipControls"] == put["OwnershipControls"],
        "delete_bucket_ownership_controls",
    ),
    "bucket_policy": (
        "NoSuchBucketPolicy",
        {"Policy": json.dumps({"Version": "2012-10-17", "Statement": []})},
        lambda put, got: got["Policy"] == put["Policy"],
        "delete_bucket_policy",
    ),
    "bucket_tagging": (
        "NoSuchTagSet",
        {"Tagging": {"TagSet": [{"Key": "a", "Value": "1"}]}},
        lambda put, got: got["TagSet"] == put["Tagging"]["TagSet"],
        "delete_bucket_tagging",
    ),
}


@pytest.mark.parametrize("noun", sorted(DOCUMENTS))
def test_a_configuration_is_missing_kept_and_deleted(s3: Any, bucket: str, noun: str) -> None:
    code, document, same, delete = DOCUMENTS[noun]
    get: Callable[..., Any] = getattr(s3, f"get_{noun}")
    with refused(code):
        get(Bucket=bucket)
    getattr(s3, f"put_{noun}")(Bucket=bucket, **document)
    assert same(document, get(Bucket=bucket))
    getattr(s3, delete)(Bucket=bucket)
    with refused(code):
        get(Bucket=bucket)


def test_default_encryption_stands_in_the_headers_of_new_objects(s3: Any, bucket: str) -> None:
    s3.put_bucket_encryption(Bucket=bucket, **DOCUMENTS["bucket_encryption"][1])
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "k")


def test_acls_are_the_owners_alone(s3: Any, bucket: str) -> None:
    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    with refused("AccessControlListNotSupported"):
        s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    with refused("AccessControlListNotSupported"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="public-read")


def test_what_cannot_be_configured_is_a_clear_501(s3: Any, bucket: str) -> None:
    with refused("NotImplemented"):
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}})
    with refused("NotImplemented"):
        queue = {"QueueArn": "arn:aws:sqs:us-east-1:1:q", "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [queue]}
        )
    with refused("NoSuchWebsiteConfiguration"):
        s3.get_bucket_website(Bucket=bucket)


def test_another_accounts_bucket_is_closed_and_its_name_taken(s3: Any, bucket: str, stranger: Any) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret")
    with refused("AccessDenied"):
        stranger.get_object(Bucket=bucket, Key="k")
    with refused("AccessDenied"):
        stranger.put_object(Bucket=bucket, Key="k", Body=b"other")
    with refused("AccessDenied"):
        stranger.list_objects_v2(Bucket=bucket)
    with refused("403"):
        stranger.head_bucket(Bucket=bucket)
    with pytest.raises(stranger.exceptions.BucketAlreadyExists):
        stranger.create_bucket(Bucket=bucket)
    own = fresh_name()
    stranger.create_bucket(Bucket=own)
    with refused("AccessDenied"):
        stranger.copy_object(Bucket=own, Key="k", CopySource={"Bucket": bucket, "Key": "k"})
    assert bucket not in [item["Name"] for item in stranger.list_buckets()["Buckets"]]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"secret"


def test_the_expected_owner_must_be_the_owner(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner="123456789012")
    with refused("AccessDenied"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner="210987654321")
    with refused("403"):
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="210987654321")


def test_a_role_may_do_what_its_policy_allows(s3_server: S3Server, s3: Any, bucket: str) -> None:
    api = s3_server.house.port.acting_as(root_identity("123456789012"), REGION)
    name = fresh_name()
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    role = api("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(trust)})["Role"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/open/*"},
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": f"arn:aws:s3:::{bucket}",
                "Condition": {"StringLike": {"s3:prefix": "open/*"}},
            },
        ],
    }
    inline = {"RoleName": name, "PolicyName": "p", "PolicyDocument": json.dumps(policy)}
    api("iam", "PutRolePolicy", inline)
    session = api("sts", "AssumeRole", {"RoleArn": role["Arn"], "RoleSessionName": "session"})["Credentials"]
    found = s3_server.house.stores.keys.lookup(session["AccessKeyId"])
    assert found is not None
    client = s3_server.client(found)
    for key in ("open/a", "closed/a"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert client.get_object(Bucket=bucket, Key="open/a")["Body"].read() == b"x"
    assert client.list_objects_v2(Bucket=bucket, Prefix="open/a")["KeyCount"] == 1
    for denied in (
        lambda: client.get_object(Bucket=bucket, Key="closed/a"),
        lambda: client.put_object(Bucket=bucket, Key="open/a", Body=b"y"),
        lambda: client.list_objects_v2(Bucket=bucket, Prefix="closed/"),
        lambda: client.copy_object(Bucket=bucket, Key="open/b", CopySource=f"{bucket}/open/a"),
    ):
        with refused("AccessDenied"):
            denied()


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-southeast-2"])
def test_every_region_has_the_seed_bucket_with_the_abalone_data(s3: Any, stranger: Any, region: str) -> None:
    name = f"sagemaker-servicecatalog-seedcode-{region}"
    for client in (s3, stranger):
        body = client.get_object(Bucket=name, Key="dataset/abalone-dataset.csv")["Body"].read()
        assert hashlib.sha256(body).hexdigest() == ABALONE_SHA256
        batch = client.get_object(Bucket=name, Key="dataset/abalone-dataset-batch")["Body"].read()
        assert batch.splitlines() == [line.rpartition(b",")[0] for line in body.splitlines()]
        assert client.list_objects_v2(Bucket=name, Prefix="dataset/")["KeyCount"] == 2
        with refused("AccessDenied"):
            client.put_object(Bucket=name, Key="k", Body=b"")
        with refused("AccessDenied"):
            client.delete_bucket(Bucket=name)
        with pytest.raises(client.exceptions.BucketAlreadyExists):
            client.create_bucket(Bucket=name)
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == region
    own = fresh_name()
    s3.create_bucket(Bucket=own)
    s3.copy_object(Bucket=own, Key="k", CopySource=f"{name}/dataset/abalone-dataset.csv")
    assert s3.head_object(Bucket=own, Key="k")["ContentLength"] == 191_873
