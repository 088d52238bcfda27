"""Versions: kept, read, hidden by delete markers, and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def body(s3: Any, bucket: str, version: str | None = None) -> bytes:
    more = {"VersionId": version} if version else {}
    found: bytes = s3.get_object(Bucket=bucket, Key="k", **more)["Body"].read()
    return found


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def test_the_status_is_what_was_set(s3: Any, bucket: str) -> None:
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status


def test_every_version_stays_readable(s3: Any, versioned: str) -> None:
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=versioned, Key="k", Body=b"2")["VersionId"]
    assert (body(s3, versioned), body(s3, versioned, first), body(s3, versioned, second)) == (b"2", b"1", b"2")
    with pytest.raises(ClientError, match="NoSuchVersion"):
        body(s3, versioned, "absent")


def test_a_delete_marker_hides_the_object_until_it_is_deleted(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=versioned, Key="k")
    with pytest.raises(s3.exceptions.NoSuchKey) as caught:
        body(s3, versioned)
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    with pytest.raises(ClientError, match="MethodNotAllowed"):
        body(s3, versioned, marker["VersionId"])
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0
    gone = s3.delete_object(Bucket=versioned, Key="k", VersionId=marker["VersionId"])
    assert gone["DeleteMarker"] is True
    assert body(s3, versioned) == b"1"


def test_deleting_the_latest_version_brings_the_one_before_back(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    second = s3.put_object(Bucket=versioned, Key="k", Body=b"2")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="k", VersionId=second)
    assert body(s3, versioned) == b"1"
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=versioned)


def test_suspended_versioning_replaces_only_the_null_version(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = s3.put_object(Bucket=bucket, Key="k", Body=b"kept")["VersionId"]
    assert body(s3, bucket, "null") == b"before"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"after")["VersionId"] == "null"
    assert (body(s3, bucket), body(s3, bucket, "null"), body(s3, bucket, kept)) == (b"after", b"after", b"kept")
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["VersionId"] == "null"
    assert body(s3, bucket, kept) == b"kept"


def test_a_copy_may_name_a_version(s3: Any, versioned: str) -> None:
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"2")
    source = {"Bucket": versioned, "Key": "k", "VersionId": first}
    copied = s3.copy_object(Bucket=versioned, Key="k", CopySource=source)
    assert copied["CopySourceVersionId"] == first
    assert body(s3, versioned) == b"1"


def test_many_versions_are_deleted_at_once(s3: Any, versioned: str) -> None:
    made = [s3.put_object(Bucket=versioned, Key="k", Body=b"")["VersionId"] for _ in range(3)]
    wanted = [{"Key": "k", "VersionId": version} for version in made]
    answer = s3.delete_objects(Bucket=versioned, Delete={"Objects": wanted})
    assert [item["VersionId"] for item in answer["Deleted"]] == made
    s3.delete_bucket(Bucket=versioned)
