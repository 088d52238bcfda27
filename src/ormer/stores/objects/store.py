"""Objects: buckets and keys in SQL, contents in blobs; what engines and operations read and write S3 through.

An object is written in two steps: its bytes, made durable without any lock, then its row. An acknowledged write thus
survives a kill and a power cut, and a torn one never has a row.
"""

from __future__ import annotations

import base64
import errno
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from ormer.aws.clock import Clock
from ormer.aws.errors import AwsError
from ormer.stores.database import Database, Tx, insert_or_ignore, upsert
from ormer.stores.objects import blobs as files
from ormer.stores.objects import faults, seeds, sweeping, versions
from ormer.stores.objects.blobs import Blobs, BlobWriter
from ormer.stores.objects.digests import DEFAULT_ALGORITHM, Digests, hashed_etag, member
from ormer.stores.objects.rows import Bucket, Object, behind, bucket_of, encode_key, next_key, object_of, parse_uri
from ormer.stores.objects.tables import buckets, objects, uploads
from ormer.stores.objects.versions import NO_CONDITIONS, Conditions, Contents
from ormer.stores.tables import settings

PAGE_ROWS = 1000
# Built once: composing a statement costs more than running it, and every request asks for its bucket.
BUCKET_BY_NAME = sa.select(buckets).where(buckets.c.name == sa.bindparam("name"))
# The setting that holds the fingerprint of what lies in the seed buckets.
PLANTED = "seed_contents"
BUCKET_NOT_EMPTY = "The bucket you tried to delete is not empty"
ALL_VERSIONS = " You must delete all versions in the bucket."

__all__ = ["Bucket", "Object", "Objects", "parse_uri"]


class Objects:
    """All buckets of all accounts; files under `home`/blobs. Whether a caller may is asked at the port, not here."""

    def __init__(self, home: Path, database: Database, clock: Clock) -> None:
        self.blobs = Blobs(home / "blobs")
        self.database = database
        self.clock = clock

    # Buckets.

    def create_bucket(self, name: str, account: str, region: str) -> Bucket:
        """A new bucket. Raises BucketAlreadyOwnedByYou or BucketAlreadyExists when the name is taken."""
        if seeds.is_seed(name):
            raise AwsError("BucketAlreadyExists", seeds.TAKEN, 409, BucketName=name)
        values = _new_bucket(name, account, region, self.clock.now())
        with self.database.write() as tx:
            if tx.execute(insert_or_ignore(tx, buckets).values(**values)).rowcount:
                return bucket_of(values)
            owner = self.bucket(name).account
        if owner == account:
            text = "Your previous request to create the named bucket succeeded and you already own it."
            raise AwsError("BucketAlreadyOwnedByYou", text, 409, BucketName=name)
        raise AwsError("BucketAlreadyExists", seeds.TAKEN, 409, BucketName=name)

    def find_bucket(self, name: str) -> Bucket | None:
        """The bucket of this name, whoever owns it. The seed bucket of a region appears when it is asked for."""
        with self.database.read() as tx:
            row = tx.execute(BUCKET_BY_NAME, {"name": name}).mappings().first()
        if row is not None:
            return bucket_of(row)
        if seeds.is_seed(name):
            return self._plant(name)
        return None

    def bucket(self, name: str) -> Bucket:
        """Like `find_bucket`; raises NoSuchBucket."""
        found = self.find_bucket(name)
        if found is None:
            raise faults.no_such_bucket(name)
        return found

    def list_buckets(
        self, account: str, prefix: str = "", after: str = "", region: str = "", limit: int | None = None
    ) -> Sequence[Bucket]:
        """An account's buckets by name."""
        c = buckets.c
        where = [c.account == account, c.name > after, c.name.startswith(prefix, autoescape=True)]
        if region:
            where.append(c.region == region)
        with self.database.read() as tx:
            return [bucket_of(row) for row in tx.all(sa.select(buckets).where(*where).order_by(c.name).limit(limit))]

    def delete_bucket(self, name: str) -> None:
        """Delete an empty bucket and what was configured for it; raises BucketNotEmpty."""
        with self.database.write() as tx:
            bucket = self.bucket(name)
            row = tx.one(sa.select(objects.c.id).where(objects.c.bucket == name).limit(1))
            if row is not None:
                text = BUCKET_NOT_EMPTY + ("." + ALL_VERSIONS if bucket.versioning else "")
                raise AwsError("BucketNotEmpty", text, 409, BucketName=name)
            sweeping.forget_uploads(tx, sa.select(uploads.c.id).where(uploads.c.bucket == name))
            tx.execute(sa.delete(buckets).where(buckets.c.name == name))

    def set_versioning(self, name: str, status: str) -> None:
        """status: "Enabled" or "Suspended"."""
        with self.database.write() as tx:
            self.bucket(name)
            tx.execute(sa.update(buckets).where(buckets.c.name == name).values(versioning=status))

    # Writing.

    def put_bytes(
        self,
        bucket: str,
        key: str,
        data: bytes,
        content_type: str = "",
        metadata: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        conditions: Conditions = NO_CONDITIONS,
    ) -> Object:
        """Write an object. Durable when it returns. Call it outside of a write transaction: it waits for the disk."""
        self.bucket(bucket)
        encode_key(key)
        writer, digests = self.blobs.writer(), Digests([DEFAULT_ALGORITHM])
        try:
            writer.write(data)
            digests.update(data)
        except BaseException:
            writer.abandon()
            raise
        return self.put(
            bucket, key, finished(writer, digests), content_type, _with(metadata), tags=tags, conditions=conditions
        )

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        content_type: str = "",
        metadata: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        move: bool = False,
        conditions: Conditions = NO_CONDITIONS,
    ) -> Object:
        """Write an object from a file. Durable when it returns.

        move: take the file itself where it lies on our file system; nobody may hold it open for writing.
        """
        self.bucket(bucket)
        encode_key(key)
        contents = self._take(path, move)
        return self.put(bucket, key, contents, content_type, _with(metadata), tags=tags, conditions=conditions)

    def put_hashed(self, bucket: str, key: str, path: Path, sha256: bytes, content_type: str) -> Object:
        """Move a file in as an object whose SHA-256 is known, without reading it. Durable when it returns.

        Its ETag is not the MD5 but made of the SHA-256 (`digests.hashed_etag`), and that is its checksum too.
        """
        self.bucket(bucket)
        encode_key(key)
        size = path.stat().st_size
        try:
            blob = self.blobs.adopt(path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return self.put_file(bucket, key, path, content_type, move=True)
        contents = Contents(blob, hashed_etag(sha256), size, {member("SHA256"): base64.b64encode(sha256).decode()})
        return self.put(bucket, key, contents, content_type)

    def put(
        self,
        bucket: str,
        key: str,
        contents: Contents,
        content_type: str = "",
        document: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        conditions: Conditions = NO_CONDITIONS,
        reason: str = "PutObject",
    ) -> Object:
        """Give durable contents their row: from here on the object is there. reason: for the bucket's event."""
        with self.database.write() as tx:
            return versions.add(
                tx,
                self.bucket(bucket),
                key,
                contents,
                now=self.clock.now(),
                content_type=content_type,
                document=document,
                tags=tags,
                conditions=conditions,
                reason=reason,
            )

    def delete(self, bucket: str, key: str, version: str | None = None) -> Object | None:
        """Delete an object (or one version). Returns what was removed or the delete marker made; None for nothing."""
        with self.database.write() as tx:
            return versions.remove(tx, self.bucket(bucket), key, now=self.clock.now(), version_id=version)

    # Reading.

    def find(self, bucket: str, key: str, version: str | None = None) -> Object | None:
        """The object or one version of it, a delete marker included. Raises NoSuchBucket."""
        with self.database.read() as tx:
            found = versions.version(tx, bucket, key, version) if version else versions.latest(tx, bucket, key)
        if found is None:
            self.bucket(bucket)
            if seeds.is_seed(bucket) and version is None:
                with self.database.read() as tx:
                    return versions.latest(tx, bucket, key)
        return found

    def get(self, bucket: str, key: str, version: str | None = None) -> Object:
        """The object; raises NoSuchKey (NoSuchVersion for a version), NoSuchBucket."""
        found = self.find(bucket, key, version)
        if found is None and version:
            raise faults.no_such_version(key, version)
        if found is None or found.marker:
            raise faults.no_such_key(key)
        return found

    def path(self, found: Object) -> Path:
        """The file of an object's contents, for reading only. Stays for an hour after the object is gone."""
        return self.blobs.path(found.blob)

    def open(self, found: Object) -> BinaryIO:
        """The contents, opened for reading; stays readable whatever happens to the object."""
        return self.path(found).open("rb")

    def read_bytes(self, bucket: str, key: str, version: str | None = None) -> bytes:
        """The whole contents; raises NoSuchKey, NoSuchBucket."""
        return self.path(self.get(bucket, key, version)).read_bytes()

    def copy_to(self, found: Object, target: Path) -> None:
        """Copy contents to a file of the caller's (folders are made), sharing extents where the file system can."""
        target.parent.mkdir(parents=True, exist_ok=True)
        files.copy_file(self.path(found), target)

    def list(self, bucket: str, prefix: str = "", after: str = "", limit: int | None = None) -> Iterator[Object]:
        """The objects whose keys begin with `prefix` and stand behind `after`, in S3's order (UTF-8 bytes).

        Reads a page at a time: objects written meanwhile may or may not appear.
        """
        self.bucket(bucket)
        low, left = next_key(after.encode("utf-8", "surrogatepass")), limit
        while left is None or left > 0:
            size = PAGE_ROWS if left is None else min(left, PAGE_ROWS)
            page = self.page(bucket, prefix.encode("utf-8", "surrogatepass"), low, size)
            yield from page
            if len(page) < size:
                return
            left = None if left is None else left - size
            low = next_key(encode_key(page[-1].key))

    def page(self, bucket: str, prefix: bytes, start: bytes, limit: int) -> Sequence[Object]:
        """At most `limit` objects with keys from `start` on that begin with `prefix`."""
        c = objects.c
        where = [c.bucket == bucket, c.latest.is_(True), c.marker.is_(False), c.key >= start]
        if prefix:
            where += [c.key >= prefix, c.key < behind(prefix)]
        with self.database.read() as tx:
            return [object_of(row) for row in tx.all(sa.select(objects).where(*where).order_by(c.key).limit(limit))]

    def parse_uri(self, uri: str) -> tuple[str, str]:
        """`s3://bucket/key` as (bucket, key); ValueError for anything else."""
        return parse_uri(uri)

    # Housekeeping.

    def sweep(self) -> int:
        """Delete files nobody can read any more; call it hourly. Returns how many."""
        sweeping.forget_completed(self.database, self.clock.now())
        return sweeping.sweep(self.database, self.blobs)

    def _take(self, path: Path, move: bool) -> Contents:
        """A file's bytes as contents."""
        digests = Digests([DEFAULT_ALGORITHM])
        if move:
            size = _count(path, digests)
            try:
                return Contents(self.blobs.adopt(path), digests.etag, size, digests.checksums())
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                digests = Digests([DEFAULT_ALGORITHM])
        writer = self.blobs.writer()
        try:
            with path.open("rb") as source:
                if writer.clone(source):
                    for chunk in writer.read_back():
                        digests.update(chunk)
                else:
                    while chunk := source.read(files.CHUNK_BYTES):
                        digests.update(chunk)
                        writer.write(chunk)
        except BaseException:
            writer.abandon()
            raise
        contents = finished(writer, digests)
        if move:
            path.unlink()
        return contents

    # The seed buckets.

    def _plant(self, name: str) -> Bucket:
        """Make a region's seed bucket with what lies in it."""
        contents = self._written(seeds.contents())
        with self.database.write() as tx:
            row = tx.one(sa.select(buckets).where(buckets.c.name == name))
            if row is not None:
                versions.discard(tx, [item.blob for item in contents.values()])
                return bucket_of(row)
            values = _new_bucket(name, seeds.ACCOUNT, seeds.region_of(name), self.clock.now())
            tx.execute(sa.insert(buckets).values(**values))
            self._plant_rows(tx, bucket_of(values), contents)
            return bucket_of(values)

    def replant(self) -> None:
        """Bring the seed buckets that are there up to what this release puts into them; for a server's start."""
        wanted = seeds.fingerprint()
        with self.database.read() as tx:
            row = tx.one(sa.select(settings.c.value).where(settings.c.name == PLANTED))
            planted = tx.all(sa.select(buckets).where(buckets.c.account == seeds.ACCOUNT))
        if row is not None and row["value"] == wanted:
            return
        raw = seeds.contents() if planted else {}
        for bucket in planted:
            contents = self._written(raw)
            with self.database.write() as tx:
                self._plant_rows(tx, bucket_of(bucket), contents)
        with self.database.write() as tx:
            tx.execute(upsert(tx, settings, ["name"], {"name": PLANTED, "value": wanted}))

    def _plant_rows(self, tx: Tx, bucket: Bucket, contents: Mapping[str, Contents]) -> None:
        """Give what is new its row; what is as it was stays."""
        for key, item in contents.items():
            there = versions.latest(tx, bucket.name, key)
            if there is not None and there.etag == item.etag:
                versions.discard(tx, [item.blob])
            else:
                versions.add(tx, bucket, key, item, now=self.clock.now(), content_type=seeds.content_type(key))

    def _written(self, raw: Mapping[str, bytes]) -> dict[str, Contents]:
        """Bytes made durable, as contents that wait for their rows."""
        made = {}
        for key, data in raw.items():
            writer, digests = self.blobs.writer(), Digests([DEFAULT_ALGORITHM])
            writer.write(data)
            digests.update(data)
            made[key] = finished(writer, digests)
        return made


def finished(writer: BlobWriter, digests: Digests) -> Contents:
    """Make a written blob durable, as contents."""
    return Contents(writer.finish(), digests.etag, writer.size, digests.checksums())


def _new_bucket(name: str, account: str, region: str, now: float) -> dict[str, Any]:
    return {
        "name": name,
        "account": account,
        "region": region,
        "created": now,
        "versioning": "",
        "configurations": {},
    }


def _count(path: Path, digests: Digests) -> int:
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(files.CHUNK_BYTES):
            size += len(chunk)
            digests.update(chunk)
    return size


def _with(metadata: Mapping[str, str] | None) -> dict[str, Any]:
    return {"Metadata": {name.lower(): value for name, value in metadata.items()}} if metadata else {}
