"""Multipart uploads: parts that are durable one by one, joined into one blob when the upload is complete."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.stores.database import Tx, upsert
from ormer.stores.objects import digests, faults, sweeping, versions
from ormer.stores.objects.rows import Bucket, Object, behind, decode_key, encode_key, object_of
from ormer.stores.objects.store import Objects
from ormer.stores.objects.tables import objects as objects_table
from ormer.stores.objects.tables import parts as parts_table
from ormer.stores.objects.tables import uploads as uploads_table
from ormer.stores.objects.versions import NO_CONDITIONS, Conditions, Contents

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
PART_BYTES_MIN = 5 * 1024 * 1024
PART_NUMBER_MAX = 10_000


@dataclass(frozen=True)
class Upload:
    """An upload under way. document: headers for the object to come; Checksum: its algorithm and type."""

    id: str
    bucket: str
    key: str
    account: str
    created: float
    content_type: str
    document: Mapping[str, Any]
    tags: Mapping[str, str]
    completed: Mapping[str, Any] | None = None

    @property
    def algorithm(self) -> str:
        """The checksum the client asked for, or the one S3 counts anyway."""
        return str(self.document.get("ChecksumAlgorithm") or digests.DEFAULT_ALGORITHM)

    @property
    def checksum_type(self) -> str:
        """ "FULL_OBJECT" or "COMPOSITE"."""
        default = "FULL_OBJECT" if self.algorithm == digests.DEFAULT_ALGORITHM else "COMPOSITE"
        return str(self.document.get("ChecksumType") or default)


@dataclass(frozen=True)
class Part:
    """One part. etag: without quotes. checksums: {"ChecksumCRC32": base64}."""

    number: int
    etag: str
    size: int
    modified: float
    blob: str
    checksums: Mapping[str, str]


@dataclass(frozen=True)
class Chosen:
    """A part as CompleteMultipartUpload names it."""

    number: int
    etag: str
    checksums: Mapping[str, str] = field(default_factory=dict)


def begin(
    objects: Objects,
    bucket: Bucket,
    key: str,
    account: str,
    content_type: str,
    document: Mapping[str, Any],
    tags: Mapping[str, str],
) -> Upload:
    """Start an upload."""
    values = {
        "id": secrets.token_urlsafe(48),
        "bucket": bucket.name,
        "key": encode_key(key),
        "account": account,
        "created": objects.clock.now(),
        "content_type": content_type,
        "document": dict(document),
        "tags": dict(tags),
        "completed": None,
    }
    with objects.database.write() as tx:
        tx.execute(sa.insert(uploads_table).values(**values))
    return _upload_of(values)


def get(objects: Objects, bucket: str, key: str, upload_id: str, completed: bool = False) -> Upload:
    """The upload; NoSuchUpload when it is not there, or complete already (unless `completed`)."""
    with objects.database.read() as tx:
        found = tx.one(sa.select(uploads_table).where(uploads_table.c.id == upload_id))
    if found is None or found["bucket"] != bucket or found["key"] != encode_key(key):
        raise faults.no_such_upload(upload_id)
    upload = _upload_of(found)
    if upload.completed is not None and not completed:
        raise faults.no_such_upload(upload_id)
    return upload


def put_part(objects: Objects, upload: Upload, number: int, contents: Contents) -> Part:
    """Keep a durable part; one of the same number is replaced."""
    values = {
        "upload": upload.id,
        "number": number,
        "etag": contents.etag,
        "size": contents.size,
        "modified": objects.clock.now(),
        "blob": contents.blob,
        "checksums": dict(contents.checksums),
    }
    c = parts_table.c
    with objects.database.write() as tx:
        get(objects, upload.bucket, upload.key, upload.id)
        replaced = tx.one(sa.select(c.blob).where(c.upload == upload.id, c.number == number))
        if replaced is not None:
            versions.discard(tx, [replaced["blob"]])
        tx.execute(upsert(tx, parts_table, ["upload", "number"], values))
    return _part_of(values)


def list_parts(objects: Objects, upload: Upload, after: int = 0, limit: int | None = None) -> Sequence[Part]:
    """Parts by number."""
    c = parts_table.c
    statement = sa.select(parts_table).where(c.upload == upload.id, c.number > after).order_by(c.number).limit(limit)
    with objects.database.read() as tx:
        return [_part_of(row) for row in tx.all(statement)]


def under_way(objects: Objects, bucket: str, prefix: str, after: tuple[str, str], limit: int) -> Sequence[Upload]:
    """Uploads of a bucket by key and id, behind (key, id)."""
    c, raw = uploads_table.c, prefix.encode("utf-8", "surrogatepass")
    key, upload_id = after[0].encode("utf-8", "surrogatepass"), after[1]
    where: list[sa.ColumnElement[bool]] = [c.bucket == bucket, c.completed.is_(None)]
    if raw:
        where += [c.key >= raw, c.key < behind(raw)]
    if key and upload_id:
        where.append(sa.or_(c.key > key, sa.and_(c.key == key, c.id > upload_id)))
    elif key:
        where.append(c.key > key)
    with objects.database.read() as tx:
        statement = sa.select(uploads_table).where(*where).order_by(c.key, c.id).limit(limit)
        return [_upload_of(row) for row in tx.all(statement)]


def abort(objects: Objects, upload: Upload) -> None:
    """Forget an upload and its parts."""
    with objects.database.write() as tx:
        sweeping.forget_uploads(tx, [upload.id])


def complete(
    objects: Objects,
    upload: Upload,
    chosen: Sequence[Chosen],
    expected: Mapping[str, str] | None = None,
    conditions: Conditions = NO_CONDITIONS,
) -> Object:
    """Join the chosen parts into the object. Asked again, it answers the same object.

    expected: checksums of the whole that must come out. Raises InvalidPart, InvalidPartOrder, EntityTooSmall,
    BadDigest, PreconditionFailed.
    """
    if upload.completed is not None:
        return object_of({**upload.completed, "key": encode_key(upload.completed["key"])})
    known = {part.number: part for part in list_parts(objects, upload)}
    parts = _check(upload, known, chosen)
    checksums = _whole(upload, parts)
    for name, value in (expected or {}).items():
        if checksums.get(name, value).partition("-")[0] != value.partition("-")[0]:
            raise AwsError("BadDigest", f"The {name} you specified did not match the calculated checksum.")
    joined = _join(objects, parts)
    contents = Contents(
        joined, digests.multipart_etag([part.etag for part in parts]), sum(part.size for part in parts), checksums
    )
    with objects.database.write() as tx:
        return _finish(tx, objects, upload, parts, contents, conditions)


def _finish(
    tx: Tx, objects: Objects, upload: Upload, parts: Sequence[Part], contents: Contents, conditions: Conditions
) -> Object:
    current = get(objects, upload.bucket, upload.key, upload.id, completed=True)
    if current.completed is not None:
        return complete(objects, current, ())
    listed = [{"PartNumber": part.number, "Size": part.size, **part.checksums} for part in parts]
    document = {**upload.document, "ChecksumType": upload.checksum_type, "Parts": listed}
    made = versions.add(
        tx,
        objects.bucket(upload.bucket),
        upload.key,
        contents,
        now=objects.clock.now(),
        content_type=upload.content_type,
        document=document,
        tags=upload.tags,
        conditions=conditions,
        reason="CompleteMultipartUpload",
    )
    lost = tx.all(sa.delete(parts_table).where(parts_table.c.upload == upload.id).returning(parts_table.c.blob))
    versions.discard(tx, [row["blob"] for row in lost])
    answer = {column.name: getattr(made, column.name, None) for column in objects_table.columns if column.name != "id"}
    tx.execute(sa.update(uploads_table).where(uploads_table.c.id == upload.id).values(completed=answer))
    return made


def _check(upload: Upload, known: Mapping[int, Part], chosen: Sequence[Chosen]) -> Sequence[Part]:
    numbers = [item.number for item in chosen]
    if numbers != sorted(set(numbers)):
        text = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise AwsError("InvalidPartOrder", text, UploadId=upload.id)
    parts: list[Part] = []
    for item in chosen:
        part = known.get(item.number)
        if part is None or part.etag != item.etag or not _same(part.checksums, item.checksums):
            text = (
                "One or more of the specified parts could not be found.  "
                "The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
            )
            raise AwsError("InvalidPart", text, UploadId=upload.id, PartNumber=item.number, ETag=item.etag)
        parts.append(part)
    for part in parts[:-1]:
        if part.size < PART_BYTES_MIN:
            text = "Your proposed upload is smaller than the minimum allowed size"
            sizes = {"ProposedSize": part.size, "MinSizeAllowed": PART_BYTES_MIN}
            raise AwsError("EntityTooSmall", text, **sizes, PartNumber=part.number, ETag=part.etag)
    return parts


def _same(stored: Mapping[str, str], named: Mapping[str, str]) -> bool:
    return all(stored.get(name, value) == value for name, value in named.items())


def _whole(upload: Upload, parts: Sequence[Part]) -> dict[str, str]:
    """The checksum of the object to come, {} when a part was uploaded without it."""
    name = digests.member(upload.algorithm)
    if not all(name in part.checksums for part in parts):
        return {}
    if upload.checksum_type == "FULL_OBJECT":
        return {name: digests.combined(upload.algorithm, [(part.checksums[name], part.size) for part in parts])}
    return {name: digests.composite(upload.algorithm, [part.checksums[name] for part in parts])}


def _join(objects: Objects, parts: Sequence[Part]) -> str:
    """One blob of all parts; a single part's blob becomes the object's."""
    if len(parts) == 1:
        return parts[0].blob
    writer = objects.blobs.writer()
    try:
        for part in parts:
            with objects.blobs.path(part.blob).open("rb") as source:
                writer.append_file(source.fileno(), 0, part.size)
    except BaseException:
        writer.abandon()
        raise
    return writer.finish()


def _upload_of(row: Any) -> Upload:
    return Upload(
        row["id"],
        row["bucket"],
        decode_key(row["key"]),
        row["account"],
        row["created"],
        row["content_type"],
        row["document"],
        row["tags"],
        row["completed"],
    )


def _part_of(row: Any) -> Part:
    return Part(row["number"], row["etag"], row["size"], row["modified"], row["blob"], row["checksums"])
