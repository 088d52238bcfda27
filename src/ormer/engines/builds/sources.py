"""A build's sources: zips of S3 and clones of our own repositories, and the buildspec in them.

A zip is only copied here; the program unpacks it inside the sandbox. A clone is made here, by git, with nobody's hooks
or filters.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores.repositories import processes
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
REPOSITORY = re.compile(r"(?:.*/v1/repos/|codecommit(?:::[a-z0-9-]+)?://(?:[^@/]*@)?)?([\w.-]+?)/?")
COMMIT = re.compile(r"[0-9a-f]{40}")
BUILDSPEC = "buildspec.yml"
BUILDSPEC_BYTES_MAX = 1 << 20
CLONE_SECONDS_MAX = 600.0


class SourceError(Exception):
    """A source cannot be had; the text is the phase's context."""


@dataclass(frozen=True)
class Source:
    """Where a source is, as the build's document says. identifier: "" for the primary one, version: "" for the newest.

    depth: how many commits of its history a clone has, 0 for all.
    """

    kind: str
    location: str
    identifier: str
    version: str
    depth: int


@dataclass(frozen=True)
class Fetched:
    """A source that is here. archive: its zip, None when `folder` holds it already. resolved: which version it is."""

    archive: Path | None
    folder: Path
    resolved: str


def sources_of(document: JsonDict) -> list[Source]:
    """The primary source first."""
    versions = {each["sourceIdentifier"]: each["sourceVersion"] for each in document.get("secondarySourceVersions", [])}
    found = [_source(document["source"], "", document.get("sourceVersion", ""))]
    for each in document.get("secondarySources", []):
        found.append(_source(each, each["sourceIdentifier"], versions.get(each["sourceIdentifier"], "")))
    return found


def fetch(stores: Stores, row: Row, source: Source, folder: Path, archive: Path) -> Fetched:
    """Bring a source here: into `archive` when it is a zip, else into `folder`. Raises SourceError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if source.kind == "NO_SOURCE":
        return Fetched(None, folder, "")
    if source.kind == "CODECOMMIT":
        return Fetched(None, folder, _clone(stores, row, source, folder))
    bucket, key = s3_place(source.location)
    try:
        found = stores.objects.get(bucket, key, source.version or None)
    except AwsError as error:
        raise SourceError(f"Unable to find S3 object {bucket}/{key}: {error.code}: {error.message}") from error
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.unlink(missing_ok=True)
    stores.objects.copy_to(found, archive)
    return Fetched(archive, folder, source.version or found.etag)


def buildspec_text(stores: Stores, given: str, fetched: Fetched) -> str:
    """The buildspec: written out, a file of S3, or a file of the primary source. Raises SourceError."""
    if "\n" in given or given.lstrip().startswith(("version", "{")):
        return given
    if given.startswith("arn:"):
        bucket, key = s3_place(given)
        try:
            return stores.objects.read_bytes(bucket, key)[: BUILDSPEC_BYTES_MAX + 1].decode()
        except AwsError as error:
            raise SourceError(f"YAML_FILE_ERROR: {given}: {error.code}: {error.message}") from error
        except UnicodeDecodeError as error:
            raise SourceError(f"YAML_FILE_ERROR: {given} is no text: {error}") from error
    name = (given or BUILDSPEC).removeprefix("./")
    try:
        content = _member(fetched.archive, name) if fetched.archive else _file(fetched.folder, name)
        return content.decode()
    except UnicodeDecodeError as error:
        raise SourceError(f"YAML_FILE_ERROR: {name} is no text: {error}") from error
    except (OSError, KeyError):
        raise SourceError(f"YAML_FILE_ERROR: {name}: no such file or directory in the source") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise SourceError(f"CLIENT_ERROR: the source is no zip that can be read: {error}") from error


def s3_place(location: str) -> tuple[str, str]:
    """(bucket, key) of `bucket/key`, of an ARN or of an S3 address. Raises SourceError."""
    text = arns.parse(location).resource if arns.is_arn(location) else location.removeprefix("s3://")
    bucket, _, key = text.partition("/")
    if not bucket or not key:
        raise SourceError(f"CLIENT_ERROR: {location} is not of the form bucket/key")
    return bucket, key


def repository_name(location: str) -> str:
    """The repository a clone address names. Raises SourceError."""
    found = REPOSITORY.fullmatch(location)
    if found is None:
        raise SourceError(f"CLIENT_ERROR: {location} is no clone address of a repository here")
    return found[1]


def _source(given: JsonDict, identifier: str, version: str) -> Source:
    return Source(given["type"], given.get("location", ""), identifier, version, given.get("gitCloneDepth", 0))


def _clone(stores: Stores, row: Row, source: Source, folder: Path) -> str:
    """A clone at the version wanted, with its .git; returns the commit."""
    name = repository_name(source.location)
    repository = stores.repositories.row(row.account, row.region, name)
    if repository is None:
        raise SourceError(f"CLIENT_ERROR: repository {name} does not exist")
    place = stores.repositories.folder(repository.document["repositoryId"])
    version = source.version or repository.document.get("defaultBranch", "")
    with stores.repositories.open(repository.document["repositoryId"]) as opened:
        commit = opened.resolve(version) if version else None
    if commit is None:
        raise SourceError(f"CLIENT_ERROR: reference not found for primary source and source version {version}")
    depth = [f"--depth={source.depth}"] if source.depth else []
    _git(folder, "init", "--quiet")
    _git(folder, "fetch", "--quiet", *depth, f"file://{place}", commit, "+refs/heads/*:refs/remotes/origin/*")
    _git(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--force", commit)
    _git(folder, "remote", "add", "--", "origin", source.location)
    return commit


def _git(folder: Path, *words: str) -> None:
    try:
        done = subprocess.run(
            processes.command(*words),
            cwd=folder,
            env=processes.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CLONE_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"CLIENT_ERROR: git {words[0]} took longer than {CLONE_SECONDS_MAX:.0f} s") from error
    if done.returncode:
        raise SourceError(f"CLIENT_ERROR: git {words[0]}: {done.stderr.decode(errors='replace').strip()[-500:]}")


def _member(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as opened, opened.open(name) as file:
        return file.read(BUILDSPEC_BYTES_MAX + 1)


def _file(folder: Path, name: str) -> bytes:
    """A file of a clone; links may lead nowhere but into the clone."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise FileNotFoundError(name)
    with path.open("rb") as file:
        return file.read(BUILDSPEC_BYTES_MAX + 1)
