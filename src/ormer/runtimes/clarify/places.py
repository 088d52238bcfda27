"""Where the job's files are: its inputs and output by the names they have in a Clarify job, and the local copy of an
S3 address.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from .errors import ClientError

CONTAINER_ROOT = Path("/opt/ml")
STAGED_VARIABLE = "ORMER_STAGED_URIS"


@dataclass(frozen=True)
class Places:
    """The paths of one processing job; `root` stands for `/opt/ml`."""

    root: Path
    environ: Mapping[str, str]

    @property
    def config(self) -> Path:
        folder = self._named("analysis_config") or "/opt/ml/processing/input/config"
        return self.below(folder) / "analysis_config.json"

    @property
    def data(self) -> Path:
        """The dataset input; a monitoring run names its own place."""
        given = self.environ.get("dataset_source") or self._named("dataset")
        return self.below(given or "/opt/ml/processing/input/data")

    @property
    def output(self) -> Path:
        """Where the results go; a monitoring run names its own place."""
        given = self.environ.get("output_path") or self._named("analysis_result")
        return self.below(given or "/opt/ml/processing/output")

    @property
    def message(self) -> Path:
        return self.root / "output" / "message"

    @property
    def metrics(self) -> Path:
        return self.root / "output" / "metrics" / "cloudwatch"

    def _named(self, name: str) -> str:
        """The container path of the input or output of this name, "" when the job has none."""
        try:
            job = json.loads((self.root / "config" / "processingjobconfig.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ""
        inputs = {one["InputName"]: one.get("S3Input") or {} for one in job.get("ProcessingInputs") or ()}
        outputs = (job.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
        found = inputs | {one["OutputName"]: one.get("S3Output") or {} for one in outputs}
        return str(found.get(name, {}).get("LocalPath") or "")

    def below(self, path: str) -> Path:
        """Return the container path where `root` stands for /opt/ml; other paths stay as they are."""
        given = Path(path)
        return self.root / given.relative_to(CONTAINER_ROOT) if given.is_relative_to(CONTAINER_ROOT) else given

    def local(self, uri: str, purpose: str) -> Path:
        """Return a local path that holds what `uri` names.

        A path or `file://` address is taken as it is. For an S3 address the platform may have staged a copy
        (environment variable ORMER_STAGED_URIS: a JSON object from address to path); otherwise it is downloaded
        with boto3 where that is installed. Raises ClientError when none of these reaches it.
        """
        staged = json.loads(self.environ.get(STAGED_VARIABLE, "{}")).get(uri)
        parsed = urlparse(uri)
        if staged or parsed.scheme in ("", "file"):
            path = Path(staged or unquote(parsed.path))
            if path.exists():
                return path
            raise ClientError(f"Unable to find the {purpose} at {uri}.")
        if parsed.scheme != "s3":
            raise ClientError(f"The address of the {purpose} must begin with s3://, not {uri}.")
        return _downloaded(parsed.netloc, parsed.path.lstrip("/"), purpose)


def _downloaded(bucket: str, prefix: str, purpose: str) -> Path:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
        from botocore.exceptions import ClientError as AwsClientError
    except ImportError:
        raise ClientError(f"Unable to read the {purpose}: s3://{bucket}/{prefix} was not staged for the job.") from None
    folder = Path(tempfile.mkdtemp(prefix="clarify-"))
    try:
        client = boto3.client("s3")
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", []) if not entry["Key"].endswith("/")]
        for index, key in enumerate(keys):
            client.download_file(bucket, key, str(folder / f"{index:06d}-{Path(key).name.lstrip('._')}"))
    except (BotoCoreError, AwsClientError) as error:
        raise ClientError(f"Unable to read the {purpose} at s3://{bucket}/{prefix}: {error}") from error
    if not keys:
        raise ClientError(f"Unable to find the {purpose} at s3://{bucket}/{prefix}.")
    return folder
