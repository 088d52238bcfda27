"""A build's artifacts on their way to S3: which key each has, as one zip or file by file.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectArtifacts.html
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.aws import arns
from ormer.engines.builds.folders import BuildFolder
from ormer.engines.jobs.data import Written, contents_of
from ormer.stores.objects.digests import DEFAULT_ALGORITHM, Digests
from ormer.stores.objects.store import Objects, finished
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
CHUNK_BYTES = 1 << 20


class UploadError(Exception):
    """An artifact cannot be kept; the text is the phase's context."""


@dataclass(frozen=True)
class Upload:
    """One artifact with durable bytes: the objects it becomes, and what the build's document says of it."""

    written: list[Written]
    document: JsonDict


def uploads(objects: Objects, row: Row, folder: BuildFolder, told: object) -> list[Upload]:
    """Every artifact the program says it gathered. Raises UploadError."""
    zips, settings = folder.artifacts(), {}
    for number, each in enumerate(row.facts["artifacts"]):
        settings[each.get("artifactIdentifier", "") if number else ""] = each
    found = []
    for each in told if isinstance(told, list) else []:
        artifact = settings.get(str(each.get("identifier", ""))) if isinstance(each, dict) else None
        file = zips.get(str(each.get("file"))) if isinstance(each, dict) else None
        if artifact is not None and file is not None:
            found.append(_upload(objects, row, artifact, file, str(each.get("name", ""))))
    return found


def _upload(objects: Objects, row: Row, artifact: JsonDict, file: Path, spec_name: str) -> Upload:
    bucket, prefix, name = _place(row, artifact, spec_name)
    if objects.find_bucket(bucket) is None:
        raise UploadError(f"the bucket {bucket} of the artifacts does not exist; create it or name another one")
    packed = artifact.get("packaging", "NONE") == "ZIP"
    key = "/".join(part for part in (*prefix, name) if part)
    document: JsonDict = {"location": f"arn:aws:s3:::{bucket}/{key}".rstrip("/")}
    if artifact.get("artifactIdentifier"):
        document["artifactIdentifier"] = artifact["artifactIdentifier"]
    document |= {
        member: artifact[member]
        for member in ("overrideArtifactName", "encryptionDisabled", "bucketOwnerAccess")
        if member in artifact
    }
    if not packed:
        return Upload(_unpacked(objects, file, bucket, key), document)
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        written = [Written(bucket, key, contents_of(objects, descriptor))]
        document |= _sums(descriptor)
    finally:
        os.close(descriptor)
    return Upload(written, document)


def _place(row: Row, artifact: JsonDict, spec_name: str) -> tuple[str, list[str], str]:
    """The bucket, the folders of the key, and the artifact's name."""
    location = artifact["location"].removeprefix("s3://")
    location = arns.parse(location).resource if arns.is_arn(location) else location
    bucket, _, folder = location.partition("/")
    prefix = [part for text in (folder, artifact.get("path", "")) for part in text.split("/") if part]
    if artifact.get("namespaceType") == "BUILD_ID":
        prefix.append(row.name.partition(":")[2])
    name = artifact.get("name") or row.document["projectName"]
    if artifact.get("overrideArtifactName") and spec_name:
        name = spec_name
    return bucket, prefix, "/".join(part for part in name.split("/") if part)


def _unpacked(objects: Objects, file: Path, bucket: str, prefix: str) -> list[Written]:
    written = []
    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                parts = [part for part in info.filename.split("/") if part not in ("", ".", "..")]
                if info.is_dir() or not parts:
                    continue
                writer, digests = objects.blobs.writer(), Digests([DEFAULT_ALGORITHM])
                try:
                    with archive.open(info) as content:
                        while chunk := content.read(CHUNK_BYTES):
                            digests.update(chunk)
                            writer.write(chunk)
                except BaseException:
                    writer.abandon()
                    raise
                key = "/".join([*([prefix] if prefix else []), *parts])
                written.append(Written(bucket, key, finished(writer, digests)))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise UploadError(f"an artifact is no zip that can be read: {error}") from error
    return written


def _sums(descriptor: int) -> JsonDict:
    sha, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    os.lseek(descriptor, 0, os.SEEK_SET)
    while chunk := os.read(descriptor, CHUNK_BYTES):
        sha.update(chunk)
        md5.update(chunk)
    return {"sha256sum": sha.hexdigest(), "md5sum": md5.hexdigest()}
