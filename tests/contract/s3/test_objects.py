"""Writing, reading, copying and deleting objects as AWS does it."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from .conftest import S3Server

HELLO_ETAG = '"5d41402abc4b2a76b9719d911017c592"'


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "/leading",
        "a//b",
        "trailing/",
        ".",
        "..",
        "../../etc/passwd",
        "a/./b",
        "ünï ☃",
        "+%20%2F?&=#",
        "\x01\x7f",
        "𝄞" * 256,
    ],
)
def test_a_key_of_any_characters_comes_back_as_it_was(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_key_beyond_1024_bytes_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k" * 1024, Body=b"")
    with refused("KeyTooLongError"):
        s3.put_object(Bucket=bucket, Key="ü" * 513, Body=b"")


def test_headers_metadata_and_tags_are_told_again(s3: Any, bucket: str) -> None:
    told = {
        "ContentType": "text/csv; charset=utf-8",
        "ContentEncoding": "gzip",
        "ContentDisposition": 'attachment; filename="a.csv"',
        "ContentLanguage": "de",
        "CacheControl": "max-age=5",
        "Metadata": {"one": "1", "two": "two words"},
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/abc",
    }
    expires = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", Expires=expires, Tagging="a=1&b=2%203", **told)
    for answer in (s3.head_object(Bucket=bucket, Key="k"), s3.get_object(Bucket=bucket, Key="k")):
        assert {name: answer[name] for name in told} == told
        assert answer["ETag"] == HELLO_ETAG
        assert answer["ContentLength"] == 5
        assert answer["TagCount"] == 2
        assert answer["ExpiresString"] == "Wed, 02 Jan 2030 03:04:05 GMT"
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2 3"}]


def test_an_object_without_a_type_is_binary(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=2-4", 2, 5),
        ("bytes=3-", 3, 10),
        ("bytes=-4", 6, 10),
        ("bytes=5-99", 5, 10),
        ("bytes=-99", 0, 10),
    ],
)
def test_a_range_is_answered_with_206(s3: Any, bucket: str, asked: str, start: int, end: int) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert answer["Body"].read() == b"0123456789"[start:end]
    assert answer["ContentRange"] == f"bytes {start}-{end - 1}/10"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_a_range_outside_of_the_object_is_not_satisfiable(s3: Any, bucket: str, asked: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert caught.value.response["Error"]["Code"] == "InvalidRange"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


@pytest.mark.parametrize("asked", ["bytes=4-2", "lines=1-2", "bytes=0-1,3-4"])
def test_a_range_that_cannot_be_read_means_the_whole(s3: Any, bucket: str, asked: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()) == (200, b"0123456789")


def test_conditions_of_reads(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    now = datetime.now(UTC)
    past, future = now - timedelta(days=1), now + timedelta(days=1)
    for holds in (
        {"IfMatch": HELLO_ETAG},
        {"IfMatch": "*"},
        {"IfNoneMatch": '"other"'},
        {"IfModifiedSince": past},
        {"IfUnmodifiedSince": future},
        {"IfMatch": HELLO_ETAG, "IfUnmodifiedSince": past},
    ):
        assert s3.get_object(Bucket=bucket, Key="k", **holds)["Body"].read() == b"hello"
    for fails in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": past}):
        with refused("PreconditionFailed"):
            s3.get_object(Bucket=bucket, Key="k", **fails)
        with refused("412"):
            s3.head_object(Bucket=bucket, Key="k", **fails)
    for unchanged in ({"IfNoneMatch": HELLO_ETAG}, {"IfModifiedSince": future}):
        with refused("304"):
            s3.get_object(Bucket=bucket, Key="k", **unchanged)


def test_not_modified_tells_the_etag_without_a_body(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    answer = requests.get(url, headers={"If-None-Match": HELLO_ETAG}, timeout=10)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", HELLO_ETAG)
    since = format_datetime(datetime.now(UTC), usegmt=True)
    assert requests.get(url, headers={"If-Modified-Since": since}, timeout=10).status_code == 304


def test_conditions_of_writes(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", IfNoneMatch="*")
    with refused("PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"again", IfNoneMatch="*")
    with refused("PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"again", IfMatch='"other"')
    with refused("NoSuchKey"):
        s3.put_object(Bucket=bucket, Key="absent", Body=b"again", IfMatch='"other"')
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"
    s3.put_object(Bucket=bucket, Key="k", Body=b"again", IfMatch=HELLO_ETAG)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"again"


def test_a_missing_key_is_told_apart_from_a_missing_bucket(s3: Any, bucket: str) -> None:
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="absent")
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.get_object(Bucket="absent-bucket", Key="absent")
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.put_object(Bucket="absent-bucket", Key="k", Body=b"")
    with refused("404"):
        s3.head_object(Bucket=bucket, Key="absent")


def test_a_refusal_of_head_has_no_body(s3: Any, bucket: str) -> None:
    url = s3.generate_presigned_url("head_object", Params={"Bucket": bucket, "Key": "absent"})
    answer = requests.head(url, timeout=10)
    assert (answer.status_code, answer.content) == (404, b"")


def test_a_wrong_content_md5_leaves_nothing_behind(s3: Any, bucket: str) -> None:
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    with refused("BadDigest"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ContentMD5=wrong)
    with refused("InvalidDigest"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ContentMD5="bm90IGFuIG1kNQ==")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_verified_kept_and_told_when_asked(s3: Any, bucket: str, algorithm: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)
    member = f"Checksum{algorithm}"
    asked = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert asked[member] == put[member]
    assert asked["ChecksumType"] == "FULL_OBJECT"
    assert member not in s3.head_object(Bucket=bucket, Key="k")
    with refused("BadDigest"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"other", **{member: put[member]})
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectSize", "ETag"])
    assert attributes["Checksum"][member] == put[member]
    assert (attributes["ObjectSize"], attributes["ETag"]) == (5, HELLO_ETAG.strip('"'))


@pytest.mark.parametrize(
    ("algorithm", "text"), [("CRC32C", "4waSgw=="), ("CRC64NVME", "rosUhgp5mIg="), ("SHA512", None)]
)
def test_checksums_that_botocore_cannot_count_are_verified_too(
    s3: Any, bucket: str, algorithm: str, text: str | None
) -> None:
    """The published check values of both CRCs over the nine digits."""
    text = text or base64.b64encode(hashlib.sha512(b"123456789").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"123456789", **{f"Checksum{algorithm}": text})
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[f"Checksum{algorithm}"] == text
    with refused("BadDigest"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"12345678", **{f"Checksum{algorithm}": text})


def test_a_copy_keeps_or_replaces_metadata_and_tags(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b/ü+", Body=b"hello", ContentType="text/x", Metadata={"a": "1"}, Tagging="t=1")
    source = {"Bucket": bucket, "Key": "a b/ü+"}
    copied = s3.copy_object(Bucket=bucket, Key="kept", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == HELLO_ETAG
    kept = s3.get_object(Bucket=bucket, Key="kept")
    assert (kept["Body"].read(), kept["Metadata"], kept["ContentType"], kept["TagCount"]) == (
        b"hello",
        {"a": "1"},
        "text/x",
        1,
    )
    s3.copy_object(
        Bucket=bucket,
        Key="replaced",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
        TaggingDirective="REPLACE",
        Tagging="u=2",
    )
    replaced = s3.head_object(Bucket=bucket, Key="replaced")
    assert (replaced["Metadata"], replaced["ContentType"]) == ({"b": "2"}, "binary/octet-stream")
    assert s3.get_object_tagging(Bucket=bucket, Key="replaced")["TagSet"] == [{"Key": "u", "Value": "2"}]


def test_a_copy_outlives_its_source_and_onto_itself_must_change_something(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"hello")
    source = {"Bucket": bucket, "Key": "a"}
    with refused("InvalidRequest"):
        s3.copy_object(Bucket=bucket, Key="a", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="a", CopySource=source, MetadataDirective="REPLACE", Metadata={"x": "y"})
    assert s3.head_object(Bucket=bucket, Key="a")["Metadata"] == {"x": "y"}
    s3.copy_object(Bucket=bucket, Key="b", CopySource=source)
    s3.put_object(Bucket=bucket, Key="a", Body=b"changed")
    s3.delete_object(Bucket=bucket, Key="a")
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"hello"
    with refused("PreconditionFailed"):
        s3.copy_object(
            Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "b"}, CopySourceIfNoneMatch=HELLO_ETAG
        )
    with refused("NoSuchKey"):
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "absent"})


def test_many_keys_are_deleted_at_once(s3: Any, bucket: str) -> None:
    keys = [f"k{number}" for number in range(5)] + ["<&>", "ü"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    wanted = [{"Key": key} for key in [*keys[1:], "absent"]]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    assert sorted(item["Key"] for item in answer["Deleted"]) == sorted(item["Key"] for item in wanted)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k0"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k0"}], "Quiet": True})
    assert "Deleted" not in quiet and "Errors" not in quiet


def test_tags_of_an_object_change_without_changing_it(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    before = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    tags = [{"Key": "a", "Value": "1"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert s3.head_object(Bucket=bucket, Key="k")["LastModified"] == before
    with refused("BadRequest"):
        eleven = [{"Key": f"k{number}", "Value": ""} for number in range(11)]
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": eleven})


def test_customer_keys_and_locks_are_a_clear_501(s3: Any, bucket: str) -> None:
    with refused("NotImplemented"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)
    with refused("NotImplemented"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", ObjectLockLegalHoldStatus="ON")


def test_too_much_metadata_is_refused(s3: Any, bucket: str) -> None:
    with refused("MetadataTooLarge"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2048})


def test_an_unsigned_request_is_refused(s3_server: S3Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    answer = requests.get(f"{s3_server.url}/{bucket}/k", timeout=10)
    assert (answer.status_code, b"<Code>AccessDenied</Code>" in answer.content) == (403, True)


def test_a_presigned_url_ends_and_cannot_be_changed(s3: Any, s3_server: S3Server, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    client = s3_server.client(signature_version="s3v4")
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    assert requests.get(url, timeout=10).content == b"hello"
    assert requests.get(url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"), timeout=10).status_code == 403
    assert requests.put(url, data=b"other", timeout=10).status_code == 403


def test_events_reach_eventbridge_when_the_bucket_asks(s3_server: S3Server, s3: Any, bucket: str) -> None:
    from ormer.stores import events

    def heard() -> list[dict[str, Any]]:
        with s3_server.house.stores.database.read() as tx:
            return [event for event in events.about(tx, f"arn:aws:s3:::{bucket}") if event["source"] == "aws.s3"]

    s3.put_object(Bucket=bucket, Key="before", Body=b"")
    assert heard() == []
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    s3.delete_object(Bucket=bucket, Key="k")
    created, deleted = sorted(heard(), key=lambda event: event["id"])
    assert (created["detail_type"], deleted["detail_type"]) == ("Object Created", "Object Deleted")
    assert created["detail"]["bucket"] == {"name": bucket}
    assert created["detail"]["object"] | {"sequencer": ""} == {
        "key": "k",
        "size": 5,
        "etag": HELLO_ETAG.strip('"'),
        "sequencer": "",
    }
    assert created["detail"]["reason"] == "PutObject"
    assert json.dumps(deleted["detail"])


def test_a_request_id_names_each_answer(s3: Any, bucket: str) -> None:
    metadata = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]
    assert uuid.UUID(metadata["RequestId"])
