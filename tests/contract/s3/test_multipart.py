"""Uploads in parts: joined in order, checked part by part, forgotten when aborted."""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.stores.objects.digests import Digests

from .conftest import S3Server

PART_BYTES = 5 * 1024 * 1024


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


@pytest.fixture(scope="module")
def parts() -> list[bytes]:
    return [os.urandom(PART_BYTES), os.urandom(PART_BYTES + 1), os.urandom(1000)]


def begin(s3: Any, bucket: str, **more: Any) -> dict[str, str]:
    made = s3.create_multipart_upload(Bucket=bucket, Key="k", **more)
    return {"Bucket": bucket, "Key": "k", "UploadId": made["UploadId"]}


def send(s3: Any, upload: dict[str, str], parts: list[bytes], **more: Any) -> list[dict[str, Any]]:
    """Upload the parts, last one first; returns what Complete wants to know."""
    done = []
    for number, body in reversed(list(enumerate(parts, 1))):
        answer = s3.upload_part(**upload, PartNumber=number, Body=body, **more)
        kept = {name: value for name, value in answer.items() if name == "ETag" or name.startswith("Checksum")}
        done.append({"PartNumber": number, **kept})
    return done[::-1]


def complete(s3: Any, upload: dict[str, str], done: list[dict[str, Any]], **more: Any) -> Any:
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done}, **more)


def test_parts_become_one_object(s3: Any, bucket: str, parts: list[bytes]) -> None:
    upload = begin(s3, bucket, Metadata={"a": "b"}, ContentType="text/x", Tagging="t=1")
    done = send(s3, upload, parts)
    listed = s3.list_parts(**upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [
        (1, len(parts[0])),
        (2, len(parts[1])),
        (3, 1000),
    ]
    answer = complete(s3, upload, done)
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    assert answer["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    found = s3.get_object(Bucket=bucket, Key="k")
    assert found["Body"].read() == b"".join(parts)
    assert (found["Metadata"], found["ContentType"], found["TagCount"]) == ({"a": "b"}, "text/x", 1)
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (parts[1], 3)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_completing_twice_answers_the_same(s3: Any, bucket: str, parts: list[bytes]) -> None:
    upload = begin(s3, bucket)
    done = send(s3, upload, parts[2:])
    first, again = complete(s3, upload, done), complete(s3, upload, done)
    assert first["ETag"] == again["ETag"]
    with refused("NoSuchUpload"):
        s3.list_parts(**upload)


def test_a_checksum_of_checksums_is_told(s3: Any, bucket: str, parts: list[bytes]) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    done = send(s3, upload, parts, ChecksumAlgorithm="SHA256")
    answer = complete(s3, upload, done)
    total = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()
    assert answer["ChecksumSHA256"] == f"{base64.b64encode(total).decode()}-3"
    assert answer["ChecksumType"] == "COMPOSITE"
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "Checksum"])
    assert attributes["ObjectParts"]["TotalPartsCount"] == 3
    assert attributes["ObjectParts"]["Parts"][0]["ChecksumSHA256"] == done[0]["ChecksumSHA256"]


def test_a_full_object_checksum_is_that_of_the_whole(s3: Any, bucket: str, parts: list[bytes]) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    done = send(s3, upload, parts, ChecksumAlgorithm="CRC32")
    whole = base64.b64encode(zlib.crc32(b"".join(parts)).to_bytes(4, "big")).decode()
    with refused("BadDigest"):
        complete(s3, upload, done, ChecksumCRC32="AAAAAA==", ChecksumType="FULL_OBJECT")
    answer = complete(s3, upload, done, ChecksumCRC32=whole, ChecksumType="FULL_OBJECT")
    assert (answer["ChecksumCRC32"], answer["ChecksumType"]) == (whole, "FULL_OBJECT")


def test_without_an_algorithm_the_whole_has_a_crc64(s3_server: S3Server, bucket: str, parts: list[bytes]) -> None:
    s3 = s3_server.client(request_checksum_calculation="when_required")
    upload = begin(s3, bucket)
    complete(s3, upload, send(s3, upload, parts))
    counted = Digests(["CRC64NVME"])
    counted.update(b"".join(parts))
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == counted.checksums()["ChecksumCRC64NVME"]


def test_what_does_not_fit_is_refused_and_the_upload_goes_on(s3: Any, bucket: str, parts: list[bytes]) -> None:
    upload = begin(s3, bucket)
    done = send(s3, upload, [parts[2], parts[2]])
    with refused("EntityTooSmall"):
        complete(s3, upload, done)
    with refused("InvalidPartOrder"):
        complete(s3, upload, done[::-1])
    with refused("InvalidPart"):
        complete(s3, upload, [{"PartNumber": 1, "ETag": '"0"'}])
    with refused("InvalidPart"):
        complete(s3, upload, [{"PartNumber": 9, "ETag": done[0]["ETag"]}])
    with refused("MalformedXML"):
        complete(s3, upload, [])
    with refused("InvalidArgument"):
        s3.upload_part(**upload, PartNumber=10_001, Body=b"")
    assert complete(s3, upload, done[:1])["ETag"].endswith('-1"')


def test_a_part_of_the_same_number_replaces(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    s3.upload_part(**upload, PartNumber=1, Body=b"old")
    complete(s3, upload, send(s3, upload, [b"new"]))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"new"


def test_an_aborted_upload_is_gone(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    send(s3, upload, [b"x"])
    assert [item["UploadId"] for item in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload["UploadId"]]
    s3.abort_multipart_upload(**upload)
    with refused("NoSuchUpload"):
        s3.upload_part(**upload, PartNumber=1, Body=b"x")
    with refused("NoSuchUpload"):
        s3.abort_multipart_upload(**upload)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_parts_are_copied_from_objects(s3: Any, bucket: str, parts: list[bytes]) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=parts[1])
    upload = begin(s3, bucket)
    source = {"Bucket": bucket, "Key": "source"}
    ranges = [f"bytes=0-{PART_BYTES - 1}", f"bytes={PART_BYTES}-{PART_BYTES}"]
    done = []
    for number, asked in enumerate(ranges, 1):
        copied = s3.upload_part_copy(**upload, PartNumber=number, CopySource=source, CopySourceRange=asked)
        done.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    with refused("InvalidArgument"):
        s3.upload_part_copy(**upload, PartNumber=3, CopySource=source, CopySourceRange="bytes=0-999999999")
    complete(s3, upload, done)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == parts[1]


def test_uploads_and_parts_are_listed_in_pages(s3: Any, bucket: str) -> None:
    made = [s3.create_multipart_upload(Bucket=bucket, Key=f"ü {number // 2}")["UploadId"] for number in range(5)]
    pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}))
    found = [item for page in pages for item in page["Uploads"]]
    assert len(pages) == 3
    assert sorted(item["UploadId"] for item in found) == sorted(made)
    assert [item["Key"] for item in found] == ["ü 0", "ü 0", "ü 1", "ü 1", "ü 2"]
    upload = begin(s3, bucket)
    send(s3, upload, [b"a", b"b", b"c"])
    listed = list(s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 2}))
    assert [[part["PartNumber"] for part in page["Parts"]] for page in listed] == [[1, 2], [3]]


def test_a_conditional_complete_does_not_overwrite(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"first")
    upload = begin(s3, bucket)
    done = send(s3, upload, [b"second"])
    with refused("PreconditionFailed"):
        complete(s3, upload, done, IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"
