"""Credentials of a running job or an endpoint's instance: the container-credentials address answers its role's keys.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html

Nothing is kept for it: the job's token is its ARN sealed under the machine's key file, good while the job runs.
"""

from __future__ import annotations

import base64
import binascii
import shlex
from typing import Any

from cryptography.exceptions import InvalidTag

from ormer.aws.clock import iso
from ormer.aws.identities import session_identity
from ormer.aws.lifecycles import lifecycle
from ormer.engines.jobs.folders import RUNTIMES
from ormer.stores import resources
from ormer.stores.resources import Row
from ormer.stores.secrets import Vault
from ormer.stores.stores import Stores

SECONDS = 3600.0
SESSION_NAME = "SageMaker"


def variables(vault: Vault, endpoint: str, job_id: str, arn: str) -> dict[str, str]:
    """What tells the SDKs where a job's keys are."""
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint + path_of(job_id),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token_of(vault, job_id, arn),
    }


def files(python: str) -> dict[str, str]:
    """{path below the job's HOME: text}: the SDKs fetch the same keys by a program, which waits for a server that is
    away; by themselves they give up after three seconds.

    python: the interpreter's path as the job sees it. A job that replaces the file still has the address.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    """
    words = (python, "-I", "-S", f"{RUNTIMES}/run.py", "toolkit", "role_keys")
    return {".aws/config": f"[default]\ncredential_process = {shlex.join(words)}\n"}


def path_of(job_id: str) -> str:
    """The path of the address that answers for this job."""
    return f"/jobs/credentials/{job_id}"


def token_of(vault: Vault, job_id: str, arn: str) -> str:
    """What the job shows as AWS_CONTAINER_AUTHORIZATION_TOKEN."""
    return base64.urlsafe_b64encode(vault.seal(arn, _context(job_id))).decode()


def answer(stores: Stores, job_id: str, token: str) -> dict[str, Any] | None:
    """Keys of the job's role for an hour, in the form the SDKs read.

    None when the token is not this job's, or the job is over."""
    try:
        arn = stores.vault.open(base64.urlsafe_b64decode(token.encode()), _context(job_id))
    except (InvalidTag, binascii.Error, ValueError):
        return None
    with stores.database.write() as tx:
        row = resources.get(tx, arn)
        role = None if row is None else _role(row, job_id)
        if not role:
            return None
        key = stores.keys.make(tx, session_identity(role, SESSION_NAME), SECONDS)
    assert key.expires is not None
    return {
        "RoleArn": role,
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret,
        "Token": key.session_token,
        "Expiration": iso(key.expires),
    }


def _role(row: Row, job_id: str) -> str | None:
    """The role behind the id of a running job, or of one of an endpoint's fleets; None when there is none any more."""
    if "roles" in row.facts:
        found: str | None = row.facts["roles"].get(job_id)
        return found
    if row.status in lifecycle(row.kind).final or row.facts.get("id") != job_id:
        return None
    return row.document.get("RoleArn") or row.facts.get("role_arn")


def _context(job_id: str) -> str:
    return f"job-credentials:{job_id}"
