"""What an invocation is given: its variables, what it sees, its limits, and the request that its program reads.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ormer.aws.identities import session_identity
from ormer.engines.functions import languages
from ormer.engines.functions.folders import RunFolder
from ormer.engines.functions.tasks import INVOCATION
from ormer.engines.jobs.contracts import Surroundings, server_variables, write_json
from ormer.engines.jobs.folders import CA_BUNDLE, RUNTIMES
from ormer.engines.jobs.sandbox import Mount, Program
from ormer.engines.jobs.supervision import Job, Limits
from ormer.stores.functions import invocations
from ormer.stores.keys import Key
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
NAME = "function"
TASK_ROOT, OPT = "/var/task", "/opt"
MIB = 1 << 20
# RLIMIT_DATA counts what an interpreter with boto3 reserves, whether it uses it or not.
RESERVED_MIB = 384
# Importing a function's modules is not its own time; a program that does not keep to its time-out is ended then.
LOADING_SECONDS = 60.0
# A function runs for fifteen minutes at most; what it hands to others may take a little longer.
KEY_SECONDS = 3600.0


@dataclass(frozen=True)
class Attempt:
    """An invocation about to run. configuration: the row of the function, or of the version of it.

    layers: the folder that is seen as /opt, None without layers.
    """

    row: Row
    configuration: Row
    folder: RunFolder
    task: Path
    layers: Path | None
    venv: Path
    stores: Stores
    surroundings: Surroundings

    @property
    def document(self) -> JsonDict:
        return self.configuration.document


def job(attempt: Attempt, fence: int, starts: Path) -> Job:
    """The supervised attempt; writes what its program reads."""
    document = attempt.document
    attempt.folder.invocation.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(attempt.folder.invocation / "request.json", _request(attempt))
    mounts = [
        *([Mount(attempt.layers, OPT)] if attempt.layers is not None else []),
        *languages.mounts(document, attempt.venv),
        Mount(attempt.task, TASK_ROOT),
        Mount(attempt.folder.invocation, INVOCATION, read_only=False),
        Mount(attempt.surroundings.programs, RUNTIMES),
    ]
    if attempt.surroundings.trusted is not None:
        mounts.append(Mount(attempt.surroundings.trusted, CA_BUNDLE))
    main = Program(
        name=NAME,
        argv=languages.argv(document, attempt.venv),
        env=variables(attempt),
        cwd=TASK_ROOT,
        mounts=tuple(mounts),
        runtime=attempt.venv,
        hostname="lambda",
    )
    limits = Limits(
        memory_bytes=(document["MemorySize"] + RESERVED_MIB) * MIB,
        reserved_bytes=languages.reserved_bytes(document),
        max_runtime_seconds=document["Timeout"] + LOADING_SECONDS,
        stop_grace_seconds=1.0,
    )
    return Job(attempt.row.name, main, limits=limits, fence=fence, log=attempt.folder.log, starts=starts)


def variables(attempt: Attempt) -> dict[str, str]:
    """The function's environment: its own variables, which may not replace Lambda's."""
    document, here, row = attempt.document, attempt.surroundings, attempt.row
    key = _key(attempt)
    name = document["FunctionName"]
    own = document.get("Environment", {}).get("Variables", {})
    return {
        "TZ": ":UTC",
        "PYTHONUNBUFFERED": "1",
        **(_layered(document["Runtime"]) if attempt.layers is not None else {}),
        **own,
        "_HANDLER": document["Handler"],
        "AWS_REGION": row.region,
        "AWS_DEFAULT_REGION": row.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{document['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": row.document["Version"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(document["MemorySize"]),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": group_of(document),
        "AWS_LAMBDA_LOG_STREAM_NAME": stream_of(row),
        "LAMBDA_TASK_ROOT": TASK_ROOT,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_SESSION_TOKEN": key.session_token or "",
        **server_variables(here),
        **languages.variables(document, here, attempt.stores.tls_address),
    }


def _layered(runtime: str) -> dict[str, str]:
    """Where a layer's packages, libraries and programs are looked for.

    https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html#packaging-layers-paths
    """
    return {
        "PYTHONPATH": f"{OPT}/python:{OPT}/python/lib/{runtime}/site-packages",
        "LD_LIBRARY_PATH": f"{OPT}/lib",
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{OPT}/bin",
    }


def group_of(document: JsonDict) -> str:
    """The log group of a function."""
    return str(document.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{document['FunctionName']}")


def stream_of(row: Row) -> str:
    """The log stream of an attempt: each runs in an environment of its own, and so has a stream of its own."""
    day = datetime.fromtimestamp(row.created, UTC).strftime("%Y/%m/%d")
    return f"{day}/[{row.document['Version']}]{row.facts['id'][:-2]}{row.facts['attempt']:02x}"


def _request(attempt: Attempt) -> JsonDict:
    facts = attempt.row.facts
    return {
        "request_id": attempt.row.name,
        "arn": attempt.row.document["FunctionArn"],
        "timeout": attempt.document["Timeout"],
        "event": invocations.event_of(attempt.row, attempt.stores.vault),
        "client_context": json.loads(facts["client_context"]) if facts.get("client_context") else None,
    }


def _key(attempt: Attempt) -> Key:
    """Keys of the function's role; the session is named after the function, as at AWS."""
    identity = session_identity(attempt.document["Role"], attempt.document["FunctionName"])
    with attempt.stores.database.write() as tx:
        return attempt.stores.keys.make(tx, identity, KEY_SECONDS)
