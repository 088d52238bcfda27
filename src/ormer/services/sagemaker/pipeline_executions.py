"""Pipeline executions: started, stopped, retried and watched here; the pipelines engine moves them.

https://docs.aws.amazon.com/sagemaker/latest/dg/run-pipeline.html
"""

from __future__ import annotations

import secrets
import string

from ormer.aws.errors import conflict
from ormer.engines.pipelines import definitions, parameters
from ormer.engines.pipelines.definitions import Definition
from ormer.engines.pipelines.expressions import text_of
from ormer.engines.pipelines.selection import select
from ormer.services.sagemaker.pipelines import PIPELINE, version_row
from ormer.stores import resources, tasks
from ormer.stores.database import Tx
from ormer.stores.nouns import LONGEST_PAGE, Noun, decode_token, encode_token
from ormer.stores.port import Call, JsonDict
from ormer.stores.resources import Row
from ormer.stores.runs import executions, steps
from ormer.stores.runs.steps import StepRow

EXECUTION = Noun(
    "PipelineExecution",
    name="PipelineExecutionArn",
    arn="pipeline-execution/{name}",
    missing=("ResourceNotFound", "Pipeline execution '{arn}' does not exist."),
    sort={"CreationTime": "created", "PipelineExecutionArn": "arn"},
)
ID_LETTERS = string.ascii_lowercase + string.digits
ID_LENGTH = 12
DESCRIPTIVE = ("PipelineExecutionDisplayName", "PipelineExecutionDescription", "ParallelismConfiguration")


def start_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Start an execution of a pipeline's latest version, or of the one asked for.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
    A repeated ClientRequestToken answers the first execution.
    Errors: ResourceNotFound; ValidationException for unknown, missing and ill-typed parameters.
    """
    with call.write() as tx:
        pipeline = PIPELINE.get(call, request["PipelineName"])
        version = version_row(call, pipeline, request.get("PipelineVersionId"))
        text = executions.definition(tx, pipeline.arn, int(version.name))
        definition = definitions.parse(text, call.port.models)
        given = request.get("PipelineParameters") or []
        values = parameters.assigned(definition.parameters, given)
        identifier = "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
        row = EXECUTION.create(
            call,
            request,
            name=identifier,
            arn=f"{pipeline.arn}/execution/{identifier}",
            parent=pipeline.arn,
            status="Executing",
            document={
                "PipelineArn": pipeline.arn,
                "PipelineName": pipeline.name,
                "PipelineExecutionDisplayName": f"execution-{int(call.now * 1000)}",
                "PipelineVersionId": int(version.name),
                "PipelineParameters": _given_or_default(values, given),
                "ParallelismConfiguration": pipeline.document.get("ParallelismConfiguration"),
                **{name: request[name] for name in DESCRIPTIVE if name in request},
            },
            facts={"role_arn": pipeline.document["RoleArn"], "parameters": values},
        )
        if row.name == identifier:
            steps.insert(tx, _step_rows(tx, row, pipeline, definition, request))
            _note_run(tx, call, pipeline, version, row)
            executions.announce(tx, row, "", call.now, call.identity.arn)
    return {"PipelineExecutionArn": row.arn}


def stop_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Stop an execution and its running jobs; asked again, it answers the same.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopPipelineExecution.html
    Errors: ResourceNotFound; ConflictException when the execution has ended by itself.
    """
    with call.write() as tx:
        row = EXECUTION.get(call, request["PipelineExecutionArn"])
        if row.status in ("Stopping", "Stopped"):
            return {"PipelineExecutionArn": row.arn}
        stopping = executions.advance(
            tx,
            row.arn,
            "Stopping",
            now=call.now,
            expect=("Executing",),
            change={"LastModifiedBy": call.actor},
            actor=call.identity.arn,
        )
        if stopping is None:
            raise conflict(
                f"Pipeline execution '{row.arn}' has ended with status {row.status}; only a running one stops."
            )
    return {"PipelineExecutionArn": row.arn}


def retry_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Resume a failed or stopped execution: steps that failed or stopped get another attempt, the others stand.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryPipelineExecution.html
    Errors: ResourceNotFound; ConflictException unless the execution has failed or stopped.
    """
    with call.write() as tx:
        row = EXECUTION.get(call, request["PipelineExecutionArn"])
        change: JsonDict = {"FailureReason": None, "LastModifiedBy": call.actor}
        if "ParallelismConfiguration" in request:
            change["ParallelismConfiguration"] = request["ParallelismConfiguration"]
        moved = executions.advance(
            tx,
            row.arn,
            "Executing",
            now=call.now,
            expect=("Failed", "Stopped"),
            change=change,
            actor=call.identity.arn,
        )
        if moved is None:
            raise conflict(
                f"Pipeline execution '{row.arn}' has the status {row.status}; only a failed or stopped one is retried."
            )
        for step in steps.of(tx, row.arn).values():
            if step.status in ("Failed", "Stopped"):
                steps.reset(tx, step)
    return {"PipelineExecutionArn": row.arn}


def describe_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Answer an execution.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipelineExecution.html
    Errors: ResourceNotFound.
    """
    return EXECUTION.get(call, request["PipelineExecutionArn"]).document


def update_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Change an execution's name, description or parallelism.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdatePipelineExecution.html
    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        row = EXECUTION.get(call, request["PipelineExecutionArn"])
        EXECUTION.save(call, row, {name: request[name] for name in DESCRIPTIVE if name in request})
        if row.status not in executions.FINAL:
            # More parallel steps may start at once.
            tasks.wake(tx, executions.TASK, row.arn)
    return {"PipelineExecutionArn": row.arn}


def list_pipeline_executions(call: Call, request: JsonDict) -> JsonDict:
    """Page through a pipeline's executions, newest first unless asked otherwise.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutions.html
    Errors: ResourceNotFound.
    """
    pipeline = PIPELINE.get(call, request["PipelineName"])
    rows, more = EXECUTION.rows(call, request, parent=pipeline.arn)
    summaries = [
        {
            **row.document,
            "StartTime": row.created,
            "PipelineExecutionFailureReason": row.document.get("FailureReason"),
        }
        for row in rows
    ]
    return {"PipelineExecutionSummaries": summaries, **more}


def list_pipeline_parameters_for_execution(call: Call, request: JsonDict) -> JsonDict:
    """Page through an execution's parameters: what was given, and the defaults of the others.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineParametersForExecution.html
    Errors: ResourceNotFound.
    """
    row = EXECUTION.get(call, request["PipelineExecutionArn"])
    offset = decode_token(request.get("NextToken"))
    length = min(int(request.get("MaxResults", LONGEST_PAGE)), LONGEST_PAGE)
    every = row.document["PipelineParameters"]
    more = {"NextToken": encode_token(offset + length)} if len(every) > offset + length else {}
    return {"PipelineParameters": every[offset : offset + length], **more}


def describe_pipeline_definition_for_execution(call: Call, request: JsonDict) -> JsonDict:
    """Answer the definition an execution runs, whatever the pipeline has become since.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipelineDefinitionForExecution.html
    Errors: ResourceNotFound.
    """
    row = EXECUTION.get(call, request["PipelineExecutionArn"])
    with call.read() as tx:
        text = executions.definition(tx, row.parent, row.document["PipelineVersionId"])
    return {"PipelineDefinition": text, "CreationTime": row.created}


def _given_or_default(values: JsonDict, given: list[JsonDict]) -> list[JsonDict]:
    texts = {pair["Name"]: pair["Value"] for pair in given}
    return [{"Name": name, "Value": texts.get(name, text_of(value))} for name, value in values.items()]


def _step_rows(tx: Tx, row: Row, pipeline: Row, definition: Definition, request: JsonDict) -> list[StepRow]:
    rows = {
        step.name: StepRow(row.arn, step.name, pipeline.arn, step.type, step.position, facts=_names(step.raw))
        for step in definition.steps.values()
    }
    chosen = request.get("SelectiveExecutionConfig")
    if chosen:
        select(tx, pipeline, definition, rows, chosen)
    return list(rows.values())


def _names(raw: JsonDict) -> JsonDict:
    return {member: raw[member] for member in ("DisplayName", "Description") if raw.get(member)}


def _note_run(tx: Tx, call: Call, pipeline: Row, version: Row, row: Row) -> None:
    resources.save(tx, pipeline, {"LastRunTime": row.created}, now=call.now, touch=False)
    last = {"LastExecutionPipelineExecutionArn": row.arn}
    resources.save(tx, version, last, now=call.now, touch=False)
