"""Listings against a plain model of S3's rules: byte order, prefixes, folding, pages that miss and repeat nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormer.aws.identities import root_identity

from .conftest import REGION, S3Server

KEYS = st.text(st.sampled_from("ab/-é\U00010000~ "), min_size=1, max_size=6)


def model(keys: list[str], prefix: str, delimiter: str) -> list[str]:
    """Every key and common prefix, in the order and form a listing has them."""
    found = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = key if at < 0 else key[: at + len(delimiter)] + "*"
        if entry not in found:
            found.append(entry)
    return found


def entries(page: dict[str, Any]) -> list[str]:
    """A page's keys and common prefixes in one order."""
    keys = [item["Key"] for item in page.get("Contents", ())]
    folded = [item["Prefix"] for item in page.get("CommonPrefixes", ())]
    return [key if key in keys else key + "*" for key in sorted([*keys, *folded], key=str.encode)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(KEYS, unique=True, max_size=12),
    st.text(st.sampled_from("ab/é"), max_size=2),
    st.sampled_from(["", "/", "a", "é", "b/"]),
    st.integers(1, 4),
)
def test_pages_add_up_to_the_model(
    s3_server: S3Server, keys: list[str], prefix: str, delimiter: str, limit: int
) -> None:
    """In process, through the port: checks, authorisation and operation are the same as over HTTP."""
    api = s3_server.house.port.acting_as(root_identity("123456789012"), REGION)
    bucket = f"h-{uuid.uuid4().hex[:20]}"
    objects = s3_server.house.stores.objects
    api("s3", "CreateBucket", {"Bucket": bucket})
    first = objects.put_bytes(bucket, keys[0], b"x") if keys else None
    for key in keys[1:]:
        assert first is not None
        api("s3", "CopyObject", {"Bucket": bucket, "Key": key, "CopySource": f"{bucket}/{_quoted(keys[0])}"})
    asked = {"Bucket": bucket, "Prefix": prefix, "Delimiter": delimiter, "MaxKeys": limit}
    assert _all_v2(api, asked) == model(keys, prefix, delimiter)
    assert _all_v1(api, asked) == model(keys, prefix, delimiter)
    assert [found.key for found in objects.list(bucket, prefix)] == model(keys, prefix, "")
    for after in keys[:2]:
        behind = [key for key in model(keys, prefix, "") if key.encode() > after.encode()]
        answer = api("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": prefix, "StartAfter": after})
        assert [item["Key"] for item in answer["Contents"]] == behind
        assert [found.key for found in objects.list(bucket, prefix, after=after)] == behind


def _quoted(key: str) -> str:
    from urllib.parse import quote

    return quote(key)


def _all_v2(api: Any, asked: dict[str, Any]) -> list[str]:
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = api("s3", "ListObjectsV2", {**asked, **token})
        assert page["KeyCount"] == len(entries(page)) <= asked["MaxKeys"]
        found += entries(page)
        if not page["IsTruncated"]:
            return found
        token = {"ContinuationToken": page["NextContinuationToken"]}


def _all_v1(api: Any, asked: dict[str, Any]) -> list[str]:
    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        page = api("s3", "ListObjects", {**asked, **marker})
        found += entries(page)
        if not page["IsTruncated"]:
            return found
        marker = {"Marker": page.get("NextMarker") or page["Contents"][-1]["Key"]}


def test_boto3s_paginators_see_every_key_once(s3: Any, s3_server: S3Server, bucket: str) -> None:
    keys = sorted(f"{number % 7}/{number:04d} ü&+" for number in range(60))
    for key in keys:
        s3_server.house.stores.objects.put_bytes(bucket, key, b"")
    for name in ("list_objects_v2", "list_objects"):
        pages = s3.get_paginator(name).paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
        assert [item["Key"] for page in pages for item in page["Contents"]] == keys
    folded = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=3)
    assert [item["Prefix"] for item in folded["CommonPrefixes"]] == ["0/", "1/", "2/"]
    assert (folded["KeyCount"], folded["IsTruncated"], folded.get("Contents")) == (3, True, None)


def test_an_answer_can_be_read_raw_when_the_client_asks_for_encoding(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b\x01/<c>", Body=b"")
    heard: list[bytes] = []
    s3.meta.events.register(
        "after-call.s3.ListObjectsV2", lambda http_response, **_: heard.append(http_response.content)
    )
    s3.list_objects_v2(Bucket=bucket, EncodingType="url")
    assert b"<Key>a%20b%01/%3Cc%3E</Key>" in heard[0]
    assert b"<ListBucketResult xmlns=" in heard[0]


def test_no_keys_are_asked_for_and_none_come(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    answer = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert (answer["KeyCount"], answer["IsTruncated"]) == (0, False)


def test_the_owner_is_told_when_asked(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert "Owner" not in s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert len(s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"]["ID"]) == 64


def test_a_token_that_is_none_is_refused(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError, match="InvalidArgument"):
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="not a token!")


def test_versions_are_listed_newest_first_with_their_markers(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    made = [s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for key, body in _WRITES]
    marker = s3.delete_object(Bucket=bucket, Key="a")
    assert marker["DeleteMarker"] is True
    answer = s3.list_object_versions(Bucket=bucket)
    assert [(item["Key"], item["VersionId"], item["IsLatest"]) for item in answer["Versions"]] == [
        ("a", made[2], False),
        ("a", made[0], False),
        ("b", made[1], True),
    ]
    assert [(item["Key"], item["IsLatest"]) for item in answer["DeleteMarkers"]] == [("a", True)]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    seen = [item["VersionId"] for page in pages for item in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]]
    assert seen == [marker["VersionId"], made[2], made[0], made[1]]


_WRITES = (("a", b"1"), ("b", b"2"), ("a", b"3"))
