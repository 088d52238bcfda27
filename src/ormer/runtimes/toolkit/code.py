"""Fetching the user's code: from S3, from an archive on disk or from a folder, into the folder it runs in."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Dict, Mapping
from urllib.parse import urlsplit

from .failures import UserError

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar")


def fetch_code(place: str, destination: Path, environ: Mapping[str, str]) -> None:
    """Puts the user's code into destination; one that already holds something is left as it is.

    place: s3://bucket/key.tar.gz, file:///path, or a path to an archive, a folder or a single script.
    Raises UserError when there is nothing to fetch or the archive cannot be read.
    """
    destination.mkdir(parents=True, exist_ok=True)
    if any(destination.iterdir()):
        return
    if place.lower().startswith("s3://"):
        _fetch_from_s3(place, destination, environ)
        return
    source = Path(urlsplit(place).path if place.startswith("file://") else place)
    if not source.exists():
        raise UserError("the code {} does not exist".format(place))
    if source.is_dir():
        if source.resolve() != destination.resolve():
            shutil.copytree(str(source), str(destination), dirs_exist_ok=True)
    elif source.name.endswith(ARCHIVE_SUFFIXES):
        unpack(source, destination)
    else:
        shutil.copy2(str(source), str(destination))


def unpack(archive: Path, destination: Path) -> None:
    """Unpacks a tar archive. Raises UserError when it is none."""
    safely: Dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    try:
        with tarfile.open(str(archive), "r:*") as opened:
            opened.extractall(str(destination), **safely)
    except tarfile.TarError as error:
        raise UserError("{} cannot be unpacked: {}".format(archive.name, error)) from error


def _fetch_from_s3(uri: str, destination: Path, environ: Mapping[str, str]) -> None:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise UserError("fetching {} needs boto3, which this image lacks; add boto3 to it".format(uri)) from error
    parts = urlsplit(uri)
    name = parts.path.rsplit("/", 1)[-1] or "sourcedir.tar.gz"
    client = boto3.client("s3", **_s3_settings(environ))
    with tempfile.TemporaryDirectory() as scratch:
        local = Path(scratch) / name
        try:
            client.download_file(parts.netloc, parts.path.lstrip("/"), str(local))
        except (BotoCoreError, ClientError) as error:
            raise UserError("the code {} cannot be fetched: {}".format(uri, error)) from error
        fetch_code(str(local), destination, environ)


def _s3_settings(environ: Mapping[str, str]) -> Dict[str, str]:
    """Old boto3 versions do not read the endpoint from the environment, so it is always passed."""
    settings = {}
    for name in ("S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        if environ.get(name):
            settings["endpoint_url"] = environ[name]
            break
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "SAGEMAKER_REGION"):
        if environ.get(name):
            settings["region_name"] = environ[name]
            break
    return settings
