"""What `.sync` waits for: what an operation begins, where its end is seen, and how it is stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ormer.aws import arns
from ormer.engines.state_machines.language.faults import TASK_FAILED, Fault
from ormer.engines.state_machines.language.integrations import SYNC_JSON, Resource
from ormer.engines.state_machines.runs import Run
from ormer.engines.state_machines.tasks import shaping

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Waited:
    """arn: where the end is seen, of the operation's request and answer. describe: (operation, its request) that tells
    of it. stop: the same for the operation that stops it, None where nothing does. status, good: the member of what
    was described that says how it ended, and what it says then. inner: the member of the description that is meant.
    milliseconds: its times are numbers.
    """

    arn: Callable[[Run, JsonDict, JsonDict], str]
    describe: Callable[[JsonDict, JsonDict], tuple[str, JsonDict]]
    stop: Callable[[JsonDict, JsonDict], tuple[str, JsonDict]] | None
    status: str
    good: str
    inner: Callable[[JsonDict], JsonDict] = lambda described: described
    milliseconds: bool = True


def _job(kind: str) -> Waited:
    name = f"{kind}Name"
    return Waited(
        arn=lambda run, request, made: str(made[f"{kind}Arn"]),
        describe=lambda request, made: (f"Describe{kind}", {name: request[name]}),
        stop=lambda request, made: (f"Stop{kind}", {name: request[name]}),
        status=f"{kind}Status",
        good="Completed",
    )


def _query_arn(run: Run, request: JsonDict, made: JsonDict) -> str:
    return arns.arn("athena", run.row.region, run.row.account, f"queryexecution/{made['QueryExecutionId']}")


def _query(request: JsonDict, made: JsonDict) -> JsonDict:
    return {"QueryExecutionId": made["QueryExecutionId"]}


WAITED: Mapping[tuple[str, str], Waited] = {
    ("sagemaker", "CreateTrainingJob"): _job("TrainingJob"),
    ("sagemaker", "CreateProcessingJob"): _job("ProcessingJob"),
    ("sagemaker", "CreateTransformJob"): _job("TransformJob"),
    ("sagemaker", "CreateHyperParameterTuningJob"): _job("HyperParameterTuningJob"),
    ("stepfunctions", "StartExecution"): Waited(
        arn=lambda run, request, made: str(made["executionArn"]),
        describe=lambda request, made: ("DescribeExecution", {"executionArn": made["executionArn"]}),
        stop=lambda request, made: ("StopExecution", {"executionArn": made["executionArn"]}),
        status="status",
        good="SUCCEEDED",
    ),
    ("codebuild", "StartBuild"): Waited(
        arn=lambda run, request, made: str(made["build"]["arn"]),
        describe=lambda request, made: ("BatchGetBuilds", {"ids": [made["build"]["id"]]}),
        stop=lambda request, made: ("StopBuild", {"id": made["build"]["id"]}),
        status="buildStatus",
        good="SUCCEEDED",
        inner=lambda described: described["builds"][0],
    ),
    ("athena", "StartQueryExecution"): Waited(
        arn=_query_arn,
        describe=lambda request, made: ("GetQueryExecution", _query(request, made)),
        stop=lambda request, made: ("StopQueryExecution", _query(request, made)),
        status="State",
        good="SUCCEEDED",
        inner=lambda described: described["QueryExecution"]["Status"],
    ),
}


def ended(run: Run, resource: Resource, request: JsonDict, made: JsonDict) -> Any:
    """The result of what has ended. Raises Fault when it did not end well, AwsError when it cannot be described."""
    waited = WAITED[resource.service, resource.operation]
    operation, asked = waited.describe(request, made)
    described = run.call(resource.service, operation, asked)
    shape = run.work.port.models.operation(resource.service, operation).output_shape
    result = shaping.answer(described, shape, waited.milliseconds)
    if resource.service == "codebuild":
        result = {"Build": result["Builds"][0]}
    if resource.pattern == SYNC_JSON:
        result = {**result, **{name: json.loads(result[name]) for name in ("Input", "Output") if name in result}}
    if waited.inner(described)[waited.status] != waited.good:
        raise Fault(TASK_FAILED, json.dumps(result, separators=(",", ":"), ensure_ascii=False))
    return result
