"""A job's data between S3 and its folders: which objects an input means, and files as objects.

Reading copies (sharing extents where the file system can), so that a job may change its inputs without changing the
store's. Writing makes the bytes durable first; the rows that make objects of them are written by the caller in the
transaction that only the current holder of the job's task can make.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ormer.aws.errors import AwsError
from ormer.engines.jobs.folders import regular_files
from ormer.engines.jobs.plans import Destination, Source
from ormer.stores.objects.digests import DEFAULT_ALGORITHM, Digests
from ormer.stores.objects.store import Object, Objects, finished
from ormer.stores.objects.versions import Contents

CHUNK_BYTES = 1 << 20
GZIP_SUFFIX = ".gz"


class DataError(Exception):
    """A job's data cannot be had or kept; the text is the job's FailureReason."""


@dataclass(frozen=True)
class Item:
    """One object of an input and its path below the input's address, which a key may fill with anything."""

    found: Object
    path: str


@dataclass(frozen=True)
class Written:
    """A file whose bytes are durable and which waits to become the object `s3://bucket/key`."""

    bucket: str
    key: str
    contents: Contents

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def items_of(objects: Objects, source: Source) -> list[Item]:
    """The objects an input means, by key. Raises DataError, which names the address, when there are none."""
    try:
        bucket, key = objects.parse_uri(source.uri)
        if source.data_type == "S3Prefix":
            found = list(_below(objects, bucket, key))
        else:
            found = list(_listed(objects, bucket, key))
    except ValueError as error:
        raise DataError(f"ClientError: Data download failed: {error}") from error
    except AwsError as error:
        raise DataError(_nothing_there(source, f"{error.code}: {error.message} ")) from error
    if not found:
        raise DataError(_nothing_there(source, ""))
    return found


def shard(items: list[Item], source: Source, host: int, hosts: int) -> list[Item]:
    """What the host numbered `host` (from 0) of `hosts` gets of an input."""
    return items[host::hosts] if source.distribution == "ShardedByS3Key" else items


def fetch(objects: Objects, items: Iterable[Item], source: Source, folder: Path) -> None:
    """Copy an input into `folder`, unpacking gzip when the input says so.

    Raises DataError that says which object could not be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for item in items:
        target = folder / _safe(item)
        try:
            if source.gzip:
                _unpack(objects, item, _without_suffix(target))
            else:
                objects.copy_to(item.found, target)
        except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
            text = f"{item.found.uri}: an object must not be both a file and a folder"
            raise DataError(f"ClientError: Data download failed: {text}") from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            text = f"{item.found.uri} is not compressed with gzip: {error}"
            raise DataError(f"ClientError: Data download failed: {text}") from error


def write_folder(objects: Objects, folder: Path, destination: Destination) -> list[Written]:
    """Every regular file of a folder, durable, for the keys below the destination's address."""
    bucket, prefix = _place(objects, destination)
    return [
        Written(bucket, _joined(prefix, PurePosixPath(path).as_posix()), contents_of(objects, descriptor))
        for path, descriptor in regular_files(folder)
    ]


def write_open(objects: Objects, descriptor: int, destination: Destination, path: str) -> Written:
    """An open file's bytes, durable, for the key `path` below the destination's address."""
    bucket, prefix = _place(objects, destination)
    return Written(bucket, _joined(prefix, path), contents_of(objects, descriptor))


def write_bytes(objects: Objects, content: bytes, destination: Destination, path: str) -> Written:
    """Bytes of our own, durable, for the key `path` below the destination's address."""
    bucket, prefix = _place(objects, destination)
    writer, digests = objects.blobs.writer(), Digests([DEFAULT_ALGORITHM])
    try:
        digests.update(content)
        writer.write(content)
    except BaseException:
        writer.abandon()
        raise
    return Written(bucket, _joined(prefix, path), finished(writer, digests))


def write_file(objects: Objects, path: Path, uri: str) -> Written:
    """One file of our own, durable, for the address."""
    bucket, key = objects.parse_uri(uri)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return Written(bucket, key, contents_of(objects, descriptor))
    finally:
        os.close(descriptor)


def publish(objects: Objects, written: Iterable[Written]) -> None:
    """Make objects of written files; call it inside the transaction that may. Raises DataError for a missing bucket."""
    for each in written:
        try:
            objects.put(each.bucket, each.key, each.contents)
        except AwsError as error:
            raise DataError(f"ClientError: Data upload failed: {each.uri}: {error.code}: {error.message}") from error


def contents_of(objects: Objects, descriptor: int) -> Contents:
    """An open file's bytes, durable."""
    writer, digests = objects.blobs.writer(), Digests([DEFAULT_ALGORITHM])
    try:
        with os.fdopen(os.dup(descriptor), "rb") as source:
            if writer.clone(source):
                for chunk in writer.read_back():
                    digests.update(chunk)
            else:
                while chunk := source.read(CHUNK_BYTES):
                    digests.update(chunk)
                    writer.write(chunk)
    except BaseException:
        writer.abandon()
        raise
    return finished(writer, digests)


def check_place(objects: Objects, destination: Destination) -> None:
    """Raise DataError when nothing could be written to the destination, before the job does its work for nothing."""
    _place(objects, destination)


def _place(objects: Objects, destination: Destination) -> tuple[str, str]:
    try:
        bucket, prefix = objects.parse_uri(destination.uri)
    except ValueError as error:
        raise DataError(f"ClientError: Data upload failed: {error}") from error
    if objects.find_bucket(bucket) is None:
        text = f"the bucket of {destination.uri} does not exist; create it or name another one"
        raise DataError(f"ClientError: Data upload failed: {text}")
    return bucket, prefix


def _below(objects: Objects, bucket: str, prefix: str) -> Iterator[Item]:
    """All objects whose keys begin with the prefix, with their structure below it."""
    cut = prefix.rfind("/") + 1
    for found in objects.list(bucket, prefix):
        rest = found.key[len(prefix) :]
        inside = prefix.endswith("/") or not prefix or rest.startswith("/")
        path = rest.lstrip("/") if inside else found.key[cut:]
        if path and not path.endswith("/"):
            yield Item(found, path)


def _listed(objects: Objects, bucket: str, key: str) -> Iterator[Item]:
    """The objects of a manifest: `[{"prefix": "s3://…"}, "relative/path", …]`.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    try:
        manifest = json.loads(objects.read_bytes(bucket, key))
    except ValueError as error:
        raise ValueError(f"the manifest s3://{bucket}/{key} is no JSON: {error}") from error
    if (
        not isinstance(manifest, list)
        or not manifest
        or not isinstance(manifest[0], dict)
        or "prefix" not in manifest[0]
    ):
        raise ValueError(f'the manifest s3://{bucket}/{key} must be a list that begins with {{"prefix": "s3://..."}}')
    data_bucket, prefix = objects.parse_uri(manifest[0]["prefix"])
    for path in manifest[1:]:
        found = objects.get(data_bucket, prefix + path)
        # Nothing is left of an object whose own address is the prefix.
        yield Item(found, path.lstrip("/") or found.key.rsplit("/", 1)[-1])


def _safe(item: Item) -> str:
    """The path as one of files. Raises DataError for one that would not stay below its folder."""
    normal = os.path.normpath(item.path)
    if normal.startswith(("../", "/")) or normal in ("..", ".") or "\0" in item.path:
        text = f"the key of {item.found.uri} leads out of the input's folder"
        raise DataError(f"ClientError: Data download failed: {text}")
    return normal


def _joined(prefix: str, path: str) -> str:
    return f"{prefix.rstrip('/')}/{path}" if prefix else path


def _unpack(objects: Objects, item: Item, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with objects.open(item.found) as packed, gzip.open(packed) as reader, target.open("wb") as writer:
        shutil.copyfileobj(reader, writer, CHUNK_BYTES)


def _without_suffix(path: Path) -> Path:
    return path.with_suffix("") if path.suffix == GZIP_SUFFIX else path


def _nothing_there(source: Source, why: str) -> str:
    return (
        f'ClientError: Data download failed: {why}No S3 objects found under S3 URL "{source.uri}" given in input data '
        f'source "{source.name}". Please ensure that the bucket exists in the selected region, that objects exist '
        'under that S3 prefix, and that the role has "s3:ListBucket" permissions on the bucket.'
    )
