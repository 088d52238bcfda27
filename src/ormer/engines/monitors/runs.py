"""A run under way: its row, its monitor, and what both may ask of the operations and of S3."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ormer.aws.identities import root_identity, session_identity
from ormer.engines.monitors import requests
from ormer.engines.monitors.definitions import Monitor
from ormer.engines.worker import Work
from ormer.stores import resources
from ormer.stores.access import PolicyGate
from ormer.stores.objects.store import Objects
from ormer.stores.port import Api
from ormer.stores.resources import Row

SESSION_NAME = "SageMaker"
# AWS's words, which people look for.
NO_DATA = "Job inputs had no data"


class Unable(Exception):
    """The run cannot go on; the text is its FailureReason."""


@dataclass(frozen=True)
class Run:
    """One run of a monitor. Its jobs are made by the service itself; what lies in S3 is read as the monitor's role."""

    work: Work
    row: Row
    monitor: Monitor

    @property
    def objects(self) -> Objects:
        return self.work.stores.objects

    @property
    def api(self) -> Api:
        """The operations as the service."""
        return api_of(self.work, self.row)

    @property
    def window(self) -> tuple[float, float]:
        """[start, end) in seconds since the epoch."""
        start, end = self.row.facts["window"]
        return start, end

    @property
    def report(self) -> str:
        """The folder of the run's report."""
        return requests.report_uri(self.monitor, self.row)

    def job(self, name: str) -> Row | None:
        """The processing job of this name, or None."""
        with self.work.read() as tx:
            return resources.get(tx, requests.job_arn(self.row, name))

    def permit(self, uri: str) -> None:
        """Ask the monitor's role whether it may list what lies at an address. Raises AwsError and Unable."""
        bucket, _ = self.place(uri)
        role = session_identity(self.monitor.role_arn, SESSION_NAME)
        PolicyGate(self.work.stores).permit(role, self.row.region, "s3:ListBucket", f"arn:aws:s3:::{bucket}")

    def place(self, uri: str) -> tuple[str, str]:
        """(bucket, key) of an address. Raises Unable."""
        try:
            return self.objects.parse_uri(uri)
        except ValueError as error:
            raise Unable(f"ClientError: {error}") from None

    def read(self, uri: str) -> Any:
        """A JSON object of S3. Raises AwsError and Unable."""
        bucket, key = self.place(uri)
        body = self._role("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"]
        try:
            return json.loads(body.read() if hasattr(body, "read") else body)
        except ValueError as error:
            raise Unable(f"ClientError: {uri} cannot be read as JSON: {error}") from None

    def write(self, name: str, document: Any) -> str:
        """Put a JSON object beside the run's report. Returns its address. Raises AwsError and Unable."""
        uri = f"{self.report}/{name}"
        bucket, key = self.place(uri)
        self._role("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": json.dumps(document).encode()})
        return uri

    @property
    def _role(self) -> Api:
        role = session_identity(self.monitor.role_arn, SESSION_NAME)
        return self.work.port.acting_as(role, self.row.region)


def api_of(work: Work, row: Row) -> Api:
    """The operations as the service, in the account and region of a row."""
    return work.port.acting_as(root_identity(row.account), row.region)
