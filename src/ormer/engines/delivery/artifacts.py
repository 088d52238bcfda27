"""Artifacts: zips in the delivery pipeline's bucket, handed from action to action."""

from __future__ import annotations

import io
import json
import lzma
import zipfile
import zlib
from typing import Any, Protocol

from ormer.aws.errors import AwsError

JsonDict = dict[str, Any]
# AWS cuts both names in keys, so that policies and people can rely on them.
PIPELINE_CHARACTERS_MAX, ARTIFACT_CHARACTERS_MAX, RANDOM_CHARACTERS = 20, 10, 7
# The largest file that is taken out of an artifact as text, such as a template.
FILE_BYTES_MAX = 16 * 1024 * 1024
READ_BYTES_MAX = 1 << 62
# What an artifact holds that is not files but a commit to clone: {"RepositoryUrl": …, "CommitId": …}. It is small.
CLONE_FILE, CLONE_BYTES_MAX = "codebuild_clone_ref.json", 4096
# The day on which zip's own time begins.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class Caller(Protocol):
    """Calls an operation: ormer.stores.port.Api."""

    def __call__(self, service: str, operation: str, params: JsonDict) -> JsonDict: ...


class Broken(Exception):
    """An artifact does not hold what was asked of it. The text is for the pipeline's owner."""


def place(bucket: str, pipeline: str, artifact: str, run_id: str) -> JsonDict:
    """Where a run puts an artifact: the same place however often it is asked."""
    random = run_id.replace("-", "")[:RANDOM_CHARACTERS]
    key = f"{pipeline[:PIPELINE_CHARACTERS_MAX]}/{artifact[:ARTIFACT_CHARACTERS_MAX]}/{random}"
    return {"bucket": bucket, "key": key}


def read(api: Caller, bucket: str, key: str, version: str | None = None) -> bytes:
    """An object's bytes. Raises AwsError as GetObject does."""
    where = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
    body = api("s3", "GetObject", where)["Body"]
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return b"".join([body.read(READ_BYTES_MAX)] if hasattr(body, "read") else list(body))


def write(api: Caller, location: JsonDict, data: bytes, content_type: str = "application/zip") -> None:
    """Put an artifact. Raises AwsError as PutObject does."""
    where = {"Bucket": location["bucket"], "Key": location["key"]}
    api("s3", "PutObject", {**where, "Body": data, "ContentType": content_type})


def opened(api: Caller, name: str, location: JsonDict) -> zipfile.ZipFile:
    """An artifact's zip. Raises Broken when it is none, or not there."""
    try:
        return zipfile.ZipFile(io.BytesIO(read(api, location["bucket"], location["key"])))
    except zipfile.BadZipFile:
        raise Broken(f"The artifact {name} is not a zip file.") from None
    except AwsError as error:
        raise Broken(f"The artifact {name} cannot be read: {error.message}") from None


def file(api: Caller, name: str, location: JsonDict, path: str) -> bytes:
    """A file of an artifact. Raises Broken when it is not in there, or too large."""
    with opened(api, name, location) as archive:
        try:
            info = archive.getinfo(path)
        except KeyError:
            raise Broken(f"File [{path}] does not exist in artifact [{name}]") from None
        return member(archive, info, FILE_BYTES_MAX)


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, bytes_max: int) -> bytes:
    """A file of a zip. Raises Broken when it cannot be unpacked, or is larger than `bytes_max`."""
    try:
        with archive.open(info) as source:
            data = source.read(bytes_max + 1)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, OSError) as error:
        raise Broken(f"File [{info.filename}] of the artifact cannot be unpacked: {error}") from None
    if len(data) > bytes_max:
        raise Broken(f"File [{info.filename}] of the artifact is larger than {bytes_max} bytes.")
    return data


def clone_reference(api: Caller, name: str, location: JsonDict) -> JsonDict | None:
    """The commit that an artifact means to be cloned, None when it holds files."""
    where = {"Bucket": location["bucket"], "Key": location["key"]}
    if int(api("s3", "HeadObject", where)["ContentLength"]) > CLONE_BYTES_MAX:
        return None
    with opened(api, name, location) as archive:
        if archive.namelist() != [CLONE_FILE]:
            return None
        found = json.loads(member(archive, archive.getinfo(CLONE_FILE), CLONE_BYTES_MAX))
    return found if isinstance(found, dict) and {"RepositoryUrl", "CommitId"} <= set(found) else None


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of these files: the same bytes every time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), data)
    return target.getvalue()
