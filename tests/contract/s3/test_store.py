"""The in-process face: what engines read and write objects through, and what a crash or a sweep leaves."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ormer.aws.clock import ManualClock
from ormer.aws.errors import AwsError
from ormer.stores.objects import sweeping, uploads
from ormer.stores.objects.blobs import Blobs
from ormer.stores.objects.store import Objects
from ormer.stores.objects.versions import Conditions, Contents
from ormer.stores.stores import Stores, open_stores

ACCOUNT = "123456789012"


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    made = open_stores(tmp_path / "home", tmp_path / "home" / "o.db", ManualClock())
    made.objects.create_bucket("bucket", ACCOUNT, "us-east-1")
    yield made
    made.close()


@pytest.fixture
def objects(stores: Stores) -> Objects:
    return stores.objects


def files(stores: Stores) -> set[str]:
    """Ids of all blobs on the disk."""
    return {path.name for path in (stores.home / "blobs").glob("*/*")}


def sweep(stores: Stores, objects: Objects) -> int:
    """A sweep for which everything is old enough."""
    return sweeping.sweep(stores.database, objects.blobs, -1, -1)


def test_bytes_and_files_go_in_and_come_out(objects: Objects, tmp_path: Path) -> None:
    made = objects.put_bytes("bucket", "a/b", b"hello", content_type="text/plain", metadata={"A": "1"})
    found = objects.get("bucket", "a/b")
    assert found == made
    assert (found.size, found.etag, found.metadata) == (5, "5d41402abc4b2a76b9719d911017c592", {"a": "1"})
    assert objects.read_bytes("bucket", "a/b") == b"hello"
    source = tmp_path / "source"
    source.write_bytes(b"x" * 3_000_000)
    objects.put_file("bucket", "copied", source)
    assert source.exists()
    objects.put_file("bucket", "moved", source, move=True)
    assert not source.exists()
    copied, moved = objects.get("bucket", "copied"), objects.get("bucket", "moved")
    assert (copied.etag, copied.size, copied.document) == (moved.etag, 3_000_000, moved.document)


def test_a_copy_that_was_handed_out_may_be_changed(objects: Objects, tmp_path: Path) -> None:
    found = objects.put_bytes("bucket", "k", b"hello")
    target = tmp_path / "deep" / "er" / "file"
    objects.copy_to(found, target)
    with target.open("ab") as file:
        file.write(b" changed")
    assert objects.read_bytes("bucket", "k") == b"hello"
    assert target.read_bytes() == b"hello changed"


def test_missing_things_are_named(objects: Objects) -> None:
    with pytest.raises(AwsError, match="NoSuchKey"):
        objects.get("bucket", "absent")
    with pytest.raises(AwsError, match="NoSuchBucket"):
        objects.get("absent", "k")
    with pytest.raises(AwsError, match="NoSuchBucket"):
        objects.put_bytes("absent", "k", b"")
    with pytest.raises(ValueError, match="must look like s3://bucket/key"):
        objects.parse_uri("https://bucket/key")
    assert objects.parse_uri("s3://bucket/a/b") == ("bucket", "a/b")


@pytest.mark.parametrize(
    "address",
    [
        "my-s3-bucket.s3-us-west-2.amazonaws.com/a%20b/c",
        "my-s3-bucket.s3.us-gov-west-1.amazonaws.com/a%20b/c",
        "my-s3-bucket.s3.dualstack.us-east-1.amazonaws.com/a%20b/c",
        "my-s3-bucket.s3.amazonaws.com/a%20b/c",
        "s3.eu-central-1.amazonaws.com/my-s3-bucket/a%20b/c",
        "s3.amazonaws.com/my-s3-bucket/a%20b/c",
    ],
)
def test_an_objects_address_at_s3_is_as_good_as_its_uri(objects: Objects, address: str) -> None:
    assert objects.parse_uri(f"https://{address}") == ("my-s3-bucket", "a b/c")


def test_user_keys_never_become_paths(stores: Stores, objects: Objects) -> None:
    for key in ("../../etc/passwd", "/abs", "a\0b", ".."):
        objects.put_bytes("bucket", key, b"x")
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in files(stores))
    assert len(files(stores)) == 4


def test_a_sweep_takes_what_lost_its_row_and_nothing_else(stores: Stores, objects: Objects) -> None:
    kept = objects.put_bytes("bucket", "kept", b"kept")
    objects.put_bytes("bucket", "k", b"old")
    replaced = objects.put_bytes("bucket", "k", b"new")
    gone = objects.put_bytes("bucket", "gone", b"gone")
    objects.delete("bucket", "gone")
    assert objects.sweep() == 0
    assert gone.blob in files(stores)
    assert sweep(stores, objects) == 2
    assert files(stores) == {kept.blob, replaced.blob}


def test_contents_shared_by_a_copy_stay_until_the_last_row_goes(stores: Stores, objects: Objects) -> None:

    first = objects.put_bytes("bucket", "a", b"shared")
    objects.put("bucket", "b", Contents(first.blob, first.etag, first.size))
    objects.delete("bucket", "a")
    assert sweep(stores, objects) == 0
    assert objects.read_bytes("bucket", "b") == b"shared"
    objects.delete("bucket", "b")
    assert sweep(stores, objects) == 1


def test_a_reader_keeps_what_it_has_open(stores: Stores, objects: Objects) -> None:
    found = objects.put_bytes("bucket", "k", b"being read")
    with objects.open(found) as reader:
        objects.delete("bucket", "k")
        sweep(stores, objects)
        assert files(stores) == set()
        assert reader.read() == b"being read"


def test_a_blob_without_a_row_is_collected_by_age(stores: Stores, objects: Objects) -> None:
    writer = objects.blobs.writer()
    writer.write(b"a server was killed before the row")
    orphan = writer.finish()
    assert objects.sweep() == 0
    day_old = time.time() - 25 * 3600
    os.utime(objects.blobs.path(orphan), (day_old, day_old))
    kept = objects.put_bytes("bucket", "kept", b"kept")
    os.utime(objects.path(kept), (day_old, day_old))
    assert objects.sweep() == 1
    assert files(stores) == {kept.blob}


def test_an_aborted_uploads_parts_are_swept(stores: Stores, objects: Objects) -> None:
    upload = uploads.begin(objects, objects.bucket("bucket"), "k", ACCOUNT, "", {}, {})
    part = objects.put_bytes("bucket", "part", b"part")

    uploads.put_part(objects, upload, 1, Contents(part.blob, part.etag, part.size))
    objects.delete("bucket", "part")
    assert sweep(stores, objects) == 0
    uploads.abort(objects, upload)
    assert sweep(stores, objects) == 1


def test_a_refused_write_changes_nothing(objects: Objects) -> None:
    objects.put_bytes("bucket", "k", b"first")
    with pytest.raises(AwsError, match="PreconditionFailed"):
        objects.put_bytes("bucket", "k", b"second", conditions=Conditions(if_absent=True))
    assert objects.read_bytes("bucket", "k") == b"first"


def test_everything_is_there_after_reopening(stores: Stores, tmp_path: Path) -> None:
    stores.objects.put_bytes("bucket", "k", b"kept")
    stores.close()
    again = open_stores(tmp_path / "home", tmp_path / "home" / "o.db", ManualClock())
    assert again.objects.read_bytes("bucket", "k") == b"kept"
    again.close()


def test_blobs_are_private_to_their_owner(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    writer = blobs.writer()
    path = blobs.path(writer.finish())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_completed_upload_is_forgotten_after_a_week(stores: Stores, objects: Objects) -> None:
    upload = uploads.begin(objects, objects.bucket("bucket"), "k", ACCOUNT, "", {}, {})
    part = objects.put_bytes("bucket", "part", b"part")
    uploads.put_part(objects, upload, 1, Contents(part.blob, part.etag, part.size))
    made = uploads.complete(objects, upload, [uploads.Chosen(1, part.etag)])
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(6 * 24 * 3600)
    objects.sweep()
    known = uploads.get(objects, "bucket", "k", upload.id, completed=True)
    assert uploads.complete(objects, known, []).etag == made.etag
    stores.clock.advance(2 * 24 * 3600)
    objects.sweep()
    with pytest.raises(AwsError, match="NoSuchUpload"):
        uploads.get(objects, "bucket", "k", upload.id, completed=True)
    assert objects.read_bytes("bucket", "k") == b"part"
