"""Steps of pipeline executions: listed, and for callback steps ended by whoever has their token.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
"""

from __future__ import annotations

from ormer.aws.errors import conflict, not_found, validation
from ormer.services.sagemaker.pipeline_executions import EXECUTION
from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.nouns import LONGEST_PAGE, decode_token, encode_token
from ormer.stores.port import Call, JsonDict
from ormer.stores.runs import executions, steps
from ormer.stores.runs.steps import StepRow

# The SDKs do not page through steps, so a page holds as many as AWS allows.
STEPS_PAGE = 100


def list_pipeline_execution_steps(call: Call, request: JsonDict) -> JsonDict:
    """Page through the steps that have begun, the latest first unless asked otherwise.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutionSteps.html
    Differs: a page holds 100 steps unless MaxResults says otherwise.
    Errors: ResourceNotFound.
    """
    if "PipelineExecutionArn" not in request:
        raise validation("PipelineExecutionArn is missing: say which execution's steps to list.")
    row = EXECUTION.get(call, request["PipelineExecutionArn"])
    offset = decode_token(request.get("NextToken"))
    length = min(int(request.get("MaxResults", STEPS_PAGE)), LONGEST_PAGE)
    descending = request.get("SortOrder", "Descending") == "Descending"
    with call.read() as tx:
        found = steps.listed(tx, row.arn, descending=descending, offset=offset, limit=length + 1)
    more = {"NextToken": encode_token(offset + length)} if len(found) > length else {}
    return {"PipelineExecutionSteps": [_summary(step) for step in found[:length]], **more}


def send_pipeline_execution_step_success(call: Call, request: JsonDict) -> JsonDict:
    """End a waiting callback step well, with its output parameters.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SendPipelineExecutionStepSuccess.html
    Errors: ResourceNotFound for an unknown token; ConflictException when the step has ended.
    """
    outputs = request.get("OutputParameters") or []
    with call.write() as tx:
        step = _waiting(tx, call, request["CallbackToken"])
        metadata = {"Callback": {**step.metadata["Callback"], "OutputParameters": outputs}}
        properties = {"OutputParameters": {pair["Name"]: pair["Value"] for pair in outputs}}
        _end(tx, call, step, status="Succeeded", metadata=metadata, properties=properties)
    return {"PipelineExecutionArn": step.execution_arn}


def send_pipeline_execution_step_failure(call: Call, request: JsonDict) -> JsonDict:
    """End a waiting callback step badly, with a reason.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SendPipelineExecutionStepFailure.html
    Errors: ResourceNotFound for an unknown token; ConflictException when the step has ended.
    """
    with call.write() as tx:
        step = _waiting(tx, call, request["CallbackToken"])
        _end(tx, call, step, status="Failed", failure_reason=request.get("FailureReason") or "Callback step failed.")
    return {"PipelineExecutionArn": step.execution_arn}


def _summary(step: StepRow) -> JsonDict:
    summary: JsonDict = {
        "StepName": step.name,
        "StepDisplayName": step.facts.get("DisplayName"),
        "StepDescription": step.facts.get("Description"),
        "StartTime": step.started,
        "EndTime": step.ended,
        "StepStatus": step.status or "Starting",
        "FailureReason": step.failure_reason or None,
        "Metadata": step.metadata,
        "AttemptCount": step.attempt,
    }
    if step.cache_source:
        summary["CacheHitResult"] = {"SourcePipelineExecutionArn": step.cache_source}
    if step.selective_source:
        summary["SelectiveExecutionResult"] = {"SourcePipelineExecutionArn": step.selective_source}
    return summary


def _waiting(tx: Tx, call: Call, token: str) -> StepRow:
    step = steps.by_token(tx, token)
    row = EXECUTION.find(call, step.execution_arn) if step else None
    if step is None or row is None:
        raise not_found(f"No callback step waits with the token '{token}'.")
    if step.status not in steps.RUNNING or row.status != "Executing":
        raise conflict(f"Callback step '{step.name}' has ended with status {step.status or row.status}.")
    return step


def _end(tx: Tx, call: Call, step: StepRow, **values: object) -> None:
    steps.change(tx, step, call.now, ended=call.now, **values)
    tasks.wake(tx, executions.TASK, step.execution_arn)
