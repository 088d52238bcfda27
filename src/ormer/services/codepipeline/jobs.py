"""Jobs: what actions give to functions, which say themselves how they ended.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import resources, tasks
from ormer.stores.database import Tx
from ormer.stores.deliveries import actions, executions
from ormer.stores.port import Call

JsonDict = dict[str, Any]
SAID = ("continuationToken", "executionDetails", "outputVariables")


def put_job_success_result(call: Call, request: JsonDict) -> JsonDict:
    """End a job well; with a continuationToken its function is asked again later.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobSuccessResult.html
    Errors: JobNotFoundException, InvalidJobStateException.
    """
    with call.write() as tx:
        _settle(call, tx, request["jobId"], {name: request[name] for name in SAID if name in request})
    return {}


def put_job_failure_result(call: Call, request: JsonDict) -> JsonDict:
    """End a job badly, with the reason. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobFailureResult.html

    Errors: JobNotFoundException, InvalidJobStateException.
    """
    with call.write() as tx:
        _settle(call, tx, request["jobId"], {"failureDetails": request["failureDetails"]})
    return {}


def _settle(call: Call, tx: Tx, job_id: str, result: JsonDict) -> None:
    run = actions.get(tx, job_id)
    pipeline = resources.get(tx, run.pipeline_arn) if run is not None else None
    mine = pipeline is not None and (pipeline.account, pipeline.region) == (call.account, call.region)
    if run is None or not mine or not run.facts.get("job"):
        raise AwsError(
            "JobNotFoundException", f"There is no job {job_id}: pass the id of the event's CodePipeline.job."
        )
    if run.status != actions.IN_PROGRESS or run.facts.get("result") is not None:
        raise AwsError("InvalidJobStateException", f"The job {job_id} has ended, or its result is known already.")
    execution = executions.find(tx, run.pipeline_arn, run.execution_id)
    assert execution is not None, "runs go with their execution"
    actions.change(tx, execution, run, call.now, facts={**run.facts, "result": result})
    tasks.wake(tx, executions.TASK, run.pipeline_arn)
