"""AWS::CodeCommit::Repository, with a first commit from an archive in S3: Ref gives its id."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, CODE = "RepositoryName", "Code"
DEFAULT_BRANCH = "main"
MESSAGE = "Initial commit by AWS CodeCommit"
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
FILES_IN_COMMIT_MAX = 100
ARCHIVE_BYTES_MAX = 20 * 1024 * 1024
UNPACKED_BYTES_MAX = 100 * 1024 * 1024
EXECUTABLE_BITS = 0o111


def _create(site: Site, properties: JsonDict) -> Made:
    request = without(properties, CODE, "Triggers")
    made = site.make("codecommit", "CreateRepository", request)["repositoryMetadata"]
    if CODE in properties:
        _seed(site, text_of(properties[NAME]), properties[CODE])
    if properties.get("Triggers"):
        _trigger(site, properties)
    attributes = {
        "Arn": made.get("Arn", ""),
        "CloneUrlHttp": made.get("cloneUrlHttp", ""),
        "CloneUrlSsh": made.get("cloneUrlSsh", ""),
        "Name": made["repositoryName"],
        "RepositoryId": made["repositoryId"],
        NAME: made["repositoryName"],
    }
    return Made(made["repositoryId"], attributes, made.get("Arn", ""))


def _trigger(site: Site, properties: JsonDict) -> None:
    request = {NAME: properties[NAME], "Triggers": properties["Triggers"]}
    site.make("codecommit", "PutRepositoryTriggers", request)


# -- the first commit ---------------------------------------------------------------------------------------------


def _seed(site: Site, name: str, code: Any) -> None:
    """Commit the archive's files to the branch, in as many commits as they need."""
    if not isinstance(code, dict) or not isinstance(code.get("S3"), dict):
        raise Refused("Code must name an archive: {S3: {Bucket, Key}}.")
    branch = text_of(code.get("BranchName", DEFAULT_BRANCH))
    files = list(_files(_archive(site, code["S3"])))
    parent: JsonDict = {}
    for start in range(0, len(files), FILES_IN_COMMIT_MAX):
        request = {
            "repositoryName": name,
            "branchName": branch,
            "commitMessage": MESSAGE,
            "putFiles": files[start : start + FILES_IN_COMMIT_MAX],
            **parent,
        }
        parent = {"parentCommitId": site.call("codecommit", "CreateCommit", request)["commitId"]}


def _archive(site: Site, where: JsonDict) -> bytes:
    version = {"VersionId": text_of(where["ObjectVersion"])} if "ObjectVersion" in where else {}
    place = {"Bucket": text_of(where.get("Bucket", "")), "Key": text_of(where.get("Key", "")), **version}
    size = int(site.call("s3", "HeadObject", place).get("ContentLength", 0))
    if size > ARCHIVE_BYTES_MAX:
        raise Refused(f"The archive {place['Key']} is larger than {ARCHIVE_BYTES_MAX} bytes.")
    body = site.call("s3", "GetObject", place)["Body"]
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)


def _files(raw: bytes) -> Iterator[JsonDict]:
    """putFiles of an archive's files; nothing is unpacked to disk, and no path leads out of the repository."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if sum(entry.file_size for entry in entries) > UNPACKED_BYTES_MAX:
            raise Refused(f"The archive unpacks to more than {UNPACKED_BYTES_MAX} bytes.")
        for entry in entries:
            path = PurePosixPath(entry.filename)
            if path.is_absolute() or ".." in path.parts or ".git" in path.parts:
                raise Refused(f"The archive holds a path that cannot be committed: {entry.filename}")
            mode = "EXECUTABLE" if (entry.external_attr >> 16) & EXECUTABLE_BITS else "NORMAL"
            yield {"filePath": str(path), "fileContent": archive.read(entry), "fileMode": mode}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise Refused(f"The archive cannot be read: {error}") from None


# -- later --------------------------------------------------------------------------------------------------------


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    """Rename or describe it anew. Code is for the first commit only, as with CloudFormation."""
    old, new = held.attributes[NAME], text_of(properties[NAME])
    if old != new:
        site.call("codecommit", "UpdateRepositoryName", {"oldName": old, "newName": new})
    if properties.get("RepositoryDescription") != held.properties.get("RepositoryDescription"):
        description = text_of(properties.get("RepositoryDescription", ""))
        request = {"repositoryName": new, "repositoryDescription": description}
        site.call("codecommit", "UpdateRepositoryDescription", request)
    if properties.get("KmsKeyId") != held.properties.get("KmsKeyId"):
        request = {"repositoryName": new, **pick(properties, ("KmsKeyId",))}
        site.make("codecommit", "UpdateRepositoryEncryptionKey", request)
    if properties.get("Triggers") != held.properties.get("Triggers"):
        _trigger(site, {"Triggers": [], **properties})
    found = site.call("codecommit", "GetRepository", {"repositoryName": new})["repositoryMetadata"]
    fresh = {"Name": new, NAME: new, "Arn": found.get("Arn", ""), "CloneUrlHttp": found.get("cloneUrlHttp", "")}
    return Made(held.physical_id, {**held.attributes, **fresh}, fresh["Arn"])


def _delete(site: Site, held: Held) -> None:
    site.call("codecommit", "DeleteRepository", {"repositoryName": held.attributes[NAME]})


TYPE = ResourceType(
    "AWS::CodeCommit::Repository",
    _create,
    _delete,
    words("KmsKeyId RepositoryDescription Triggers", NAME, CODE),
    _update,
    required=(NAME,),
    attributes=words("Arn CloneUrlHttp CloneUrlSsh Name RepositoryId", NAME),
    named_by=NAME,
)
