"""Inputs of processing jobs that are queries: Athena writes their rows into S3 before the job is staged.

The query runs as the job's role and is asked for by a token made of the job, so that it runs once.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AthenaDatasetDefinition.html
"""

from __future__ import annotations

import hashlib
from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.jobs.data import DataError
from ormer.engines.jobs.plans import PROCESSING, Plan, queried_uri
from ormer.stores.port import Api

JsonDict = dict[str, Any]
MEMBER = "AthenaDatasetDefinition"
LOOK_SECONDS = 0.5


def waiting(api: Api, plan: Plan) -> bool:
    """Begin the queries of a job's inputs; whether one of them is still to be waited for.

    api: the port as the job's role. Raises DataError for a query that failed.
    """
    return sum(_waits(api, plan, each) for each in _asked(plan)) > 0


def _asked(plan: Plan) -> list[JsonDict]:
    if plan.kind != PROCESSING:
        return []
    inputs = plan.document.get("ProcessingInputs", ())
    return [each for each in inputs if MEMBER in (each.get("DatasetDefinition") or {}) and not each.get("AppManaged")]


def _waits(api: Api, plan: Plan, each: JsonDict) -> bool:
    name, asked = each["InputName"], each["DatasetDefinition"][MEMBER]
    try:
        started = api("athena", "StartQueryExecution", _request(plan, name, asked))
        found = api("athena", "GetQueryExecution", {"QueryExecutionId": started["QueryExecutionId"]})
    except AwsError as error:
        raise DataError(f"ClientError: Data download failed: input {name}: {error.code}: {error.message}") from error
    status = found["QueryExecution"]["Status"]
    if status["State"] in ("QUEUED", "RUNNING"):
        return True
    if status["State"] != "SUCCEEDED":
        reason = status.get("StateChangeReason", status["State"])
        raise DataError(f"ClientError: Data download failed: input {name}: its query ended {status['State']}: {reason}")
    return False


def _request(plan: Plan, name: str, asked: JsonDict) -> JsonDict:
    words = [f"format = '{asked['OutputFormat']}'"]
    target = queried_uri(plan.name, name, asked)
    query = asked["QueryString"].strip().rstrip(";")
    return {
        "QueryString": f"UNLOAD ({query}\n) TO '{target}' WITH ({', '.join(words)})",
        "QueryExecutionContext": {"Catalog": asked["Catalog"], "Database": asked["Database"]},
        "ResultConfiguration": {"OutputLocation": asked["OutputS3Uri"]},
        "WorkGroup": asked.get("WorkGroup", "primary"),
        "ClientRequestToken": hashlib.sha256(f"{plan.arn} {name} {plan.document['CreationTime']}".encode()).hexdigest(),
    }
