"""One look at an AutoML job, within one transaction: what it asked for, what it has begun, and what that became."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity, session_identity
from ormer.engines.automl.places import Places
from ormer.engines.work import Work
from ormer.stores import logs, resources, tagging
from ormer.stores.automl import candidates
from ormer.stores.automl.facts import BEGUN
from ormer.stores.automl.requests import Asked, asked
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
LOG_GROUP = "/aws/sagemaker/AutoMLJobs"
# Some thousand columns' descriptions.
JSON_BYTES_MAX = 16 * 1024 * 1024
DIGITS = 16
NAME_CHARS_MAX, TUNING_CHARS_MAX = 63, 32


@dataclass
class Run:
    """An AutoML job under its engine's hands; `row` is as it stands in this transaction."""

    work: Work
    tx: Tx
    row: Row

    @property
    def facts(self) -> JsonDict:
        return self.row.facts

    @property
    def region(self) -> str:
        return self.row.region

    @property
    def asked(self) -> Asked:
        return asked(self.row.document)

    @property
    def places(self) -> Places:
        return Places(f"{self.asked.output}/{self.row.name}")

    @property
    def begun(self) -> dict[str, str]:
        found: dict[str, str] = self.facts.get(BEGUN, {})
        return found

    def api(self, operation: str, params: JsonDict) -> JsonDict:
        """Call an operation as the account; the jobs it makes run as the AutoML job's role."""
        return self.work.port.acting_as(root_identity(self.row.account), self.region)("sagemaker", operation, params)

    def as_role(self, service: str, operation: str, params: JsonDict) -> JsonDict:
        """Call an operation as the AutoML job's role: for what its caller might not do."""
        role = session_identity(self.asked.role, self.row.name)
        return self.work.port.acting_as(role, self.region)(service, operation, params)

    def create(self, kind: str, name: str, request: JsonDict, as_role: bool = False) -> str:
        """Make something of this name; returns its ARN. Raises AwsError, and has then made nothing."""
        tags = tagging.listed(self.tx, self.row.arn)
        asked = {f"{kind}Name": name, **request, **({"Tags": tags} if tags else {})}
        with self.tx.connection.begin_nested():
            if as_role:
                return str(self.as_role("sagemaker", f"Create{kind}", asked)[f"{kind}Arn"])
            return str(self.api(f"Create{kind}", asked)[f"{kind}Arn"])

    def named(self, what: str) -> str:
        """The name of something of this job's: the same at every look, and another one for another job."""
        end = f"-{what}-{self._digits(what)}"
        return self.row.name[: NAME_CHARS_MAX - len(end)].rstrip("-") + end

    def tuning_name(self) -> str:
        """A tuning job's name has 32 characters at most; candidates are named by it."""
        return f"tuning-job-1-{self._digits('tuning')}"[:TUNING_CHARS_MAX]

    def row_of(self, purpose: str) -> Row:
        """What was begun for a purpose. Raises AwsError when somebody deleted it."""
        found = resources.get(self.tx, self.begun[purpose])
        if found is None:
            raise AwsError("ResourceNotFound", f"{self.begun[purpose]} was deleted while this job needed it.")
        return found

    def candidates(self) -> list[JsonDict]:
        """All candidates, in the order they were begun."""
        return candidates.candidates(self.tx, self.row)

    def best(self) -> JsonDict:
        """The best candidate. Raises AwsError when there is none."""
        found = candidates.ranked(self.candidates())
        if not found:
            raise AwsError("ResourceNotFound", "No candidate came to its end with an objective.")
        return found[0]

    def note(self, facts: JsonDict) -> None:
        """Remember facts."""
        self.row = resources.save(self.tx, self.row, {}, now=self.work.now, facts={**self.facts, **facts})

    def tell(self, change: JsonDict) -> None:
        """Change the document."""
        self.row = resources.save(self.tx, self.row, change, now=self.work.now)

    def say(self, text: str) -> None:
        """Write a line of the job's log."""
        name = f"{self.row.name}/automl"
        stream = logs.stream(self.tx, self.row.account, self.region, LOG_GROUP, name, self.work.now)
        logs.append(self.tx, stream["id"], [(int(self.work.now * 1000), text)], self.work.now)

    def read_json(self, uri: str) -> JsonDict:
        """An object's JSON. Raises AwsError when it is not there, or not what the job's own programs write."""
        objects = self.work.stores.objects
        bucket, key = objects.parse_uri(uri)
        if objects.get(bucket, key).size > JSON_BYTES_MAX:
            raise AwsError("ValidationException", f"{uri} is larger than {JSON_BYTES_MAX} bytes.")
        try:
            found: JsonDict = json.loads(objects.read_bytes(bucket, key))
        except ValueError as error:
            raise AwsError("ValidationException", f"{uri} does not hold JSON: {error}") from None
        return found

    def write(self, uri: str, content: bytes) -> None:
        """Put an object. Raises AwsError as PutObject does."""
        bucket, key = self.work.stores.objects.parse_uri(uri)
        self.as_role("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": content})

    def _digits(self, what: str) -> str:
        text = f"{self.row.arn} {self.row.created} {what}"
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
