"""kill -9 at the commits of S3 writes: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.crash.documents import digest
from tests.crash.lives import Patient, lives

JsonDict = dict[str, Any]
BUCKET = "shelf"
PART_BYTES = 5 * 1024 * 1024
SAMPLE = 10
# The commits of a first start come before those of the writes.
GONE = ""


class Shelf:
    """Writes objects, and knows after each answer what must be there: {key: digest, or GONE}."""

    def __init__(self, client: Callable[[Shelf], Patient]) -> None:
        self.promised: dict[str, str] = {}
        self.under_way: dict[str, str] = {}
        self.looked = 0
        self._client = client(self)

    def write(self, operation: str, changes: dict[str, str], **params: Any) -> JsonDict:
        """One request that makes `changes` when it is answered."""
        self.under_way = changes
        answer = self._client.call("s3", operation, Bucket=BUCKET, **params)
        self.promised |= changes
        self.under_way = {}
        return answer

    def look(self, operation: str, params: JsonDict) -> None:
        """Compare what is there with what was promised; what is under way may be as before or as after, but whole."""
        self.looked += 1
        if operation == "create_bucket":
            return
        found = self.found()
        for key in {*self.promised, *self.under_way, *found}:
            allowed = {self.promised.get(key, GONE), self.under_way.get(key, self.promised.get(key, GONE))}
            assert found.get(key, GONE) in allowed, f"{key} after the loss of {operation}"

    def found(self) -> dict[str, str]:
        """{key: digest of the contents} of everything that is listed."""
        found = {}
        for item in self._client.call("s3", "list_objects_v2", Bucket=BUCKET).get("Contents", ()):
            body = self._client.call("s3", "get_object", Bucket=BUCKET, Key=item["Key"])["Body"].read()
            assert len(body) == item["Size"], item
            found[item["Key"]] = digest(body)
        return found


def tell(shelf: Shelf) -> None:
    """Every kind of write once: new, over another, copied, in parts, deleted one by one and together."""
    small, other, parts = b"first" * 200, b"second" * 300, [os.urandom(PART_BYTES), b"the end"]
    shelf.write("create_bucket", {})
    for key in ("a", "b", "c", "d"):
        shelf.write("put_object", {key: digest(small)}, Key=key, Body=small)
    shelf.write("put_object", {"a": digest(other)}, Key="a", Body=other)
    shelf.write("copy_object", {"copy": digest(other)}, Key="copy", CopySource={"Bucket": BUCKET, "Key": "a"})
    upload = {"Key": "whole", "UploadId": shelf.write("create_multipart_upload", {}, Key="whole")["UploadId"]}
    etags = [
        shelf.write("upload_part", {}, **upload, PartNumber=number, Body=part)["ETag"]
        for number, part in enumerate(parts, 1)
    ]
    done = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    whole = {"whole": digest(b"".join(parts))}
    shelf.write("complete_multipart_upload", whole, **upload, MultipartUpload={"Parts": done})
    shelf.write("delete_object", {"b": GONE}, Key="b")
    shelf.write("delete_objects", {"c": GONE, "d": GONE}, Delete={"Objects": [{"Key": "c"}, {"Key": "d"}]})
    shelf.write("put_object", {"last": digest(small)}, Key="last", Body=small)


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_no_write_is_lost_or_torn_whichever_commit_the_server_is_killed_at(
    killed_at_commits: Callable[..., None],
) -> None:
    killed_at_commits(_story, "S3 writes", SAMPLE)


def _story(home: Path, kills: Sequence[str]) -> tuple[int, int]:
    """(commits of the last server, how many were killed) of one story."""
    with lives(home, kills) as servers:
        shelf = Shelf(lambda made: Patient(servers, made.look))
        tell(shelf)
        assert shelf.found() == {key: value for key, value in shelf.promised.items() if value != GONE}
    return servers.commits, servers.killed
