"""Pipelines: definitions by name, checked when they are made. Executions and versions are files of their own.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
"""

from __future__ import annotations

import sqlalchemy as sa

from ormer.aws.errors import conflict, validation
from ormer.engines.pipelines import definitions, objects
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.nouns import Noun
from ormer.stores.port import Call, JsonDict
from ormer.stores.resources import Row
from ormer.stores.runs import executions, steps
from ormer.stores.tables import resources as table

PIPELINE = Noun(
    "Pipeline",
    name="PipelineName",
    arn="pipeline/{name}",
    taken=(
        "ValidationException",
        "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists.",
    ),
)
PIPELINE_VERSION = Noun(
    "PipelineVersion", name="PipelineVersionId", arn="pipeline-version/{name}", arn_member="PipelineArn"
)
DEFINITION_MEMBERS = ("PipelineDefinition", "PipelineDefinitionS3Location")
UPDATABLE = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")


def create_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Store a pipeline after checking its whole definition; it is its version 1.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html
    Errors: ValidationException when the name is taken or the definition is wrong; it names the step.
    """
    text = definition_text(call, request)
    if text is None:
        raise validation("Give the pipeline's steps in PipelineDefinition or PipelineDefinitionS3Location.")
    definitions.parse(text, call.port.models)
    words = {name: value for name, value in request.items() if name not in DEFINITION_MEMBERS}
    words.setdefault("PipelineDisplayName", request["PipelineName"])
    with call.write() as tx:
        row = PIPELINE.create(call, words, status="Active", facts={"version": 1})
        if version_of(tx, row, 1) is None:
            add_version(tx, call, row, 1, text)
    return {"PipelineArn": row.arn}


def update_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Change a pipeline; a definition in the request becomes its next version.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdatePipeline.html
    Errors: ResourceNotFound; ValidationException when the definition is wrong.
    """
    text = definition_text(call, request)
    if text is not None:
        definitions.parse(text, call.port.models)
    with call.write() as tx:
        row = PIPELINE.get(call, request["PipelineName"])
        version = int(row.facts["version"])
        change = {name: request[name] for name in UPDATABLE if name in request}
        if text is not None:
            version += 1
            add_version(tx, call, row, version, text)
        resources.save(
            tx,
            row,
            {**change, "LastModifiedBy": call.actor},
            now=call.now,
            facts={"version": version},
            actor=call.identity.arn,
        )
    return {"PipelineArn": row.arn, "PipelineVersionId": version}


def describe_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Answer a pipeline with its latest definition, or with that of the version asked for.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipeline.html
    Errors: ResourceNotFound, which the SDK takes as leave to create it.
    """
    row = PIPELINE.get(call, request["PipelineName"])
    version = version_row(call, row, request.get("PipelineVersionId"))
    named = ("PipelineVersionDisplayName", "PipelineVersionDescription")
    with call.read() as tx:
        text = executions.definition(tx, row.arn, int(version.name))
    return {
        **row.document,
        **{member: version.document[member] for member in named if member in version.document},
        "PipelineDefinition": text,
    }


def delete_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Delete a pipeline with its versions, its executions and their steps; what its jobs made stays.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeletePipeline.html
    Errors: ResourceNotFound; ConflictException while an execution runs.
    """
    with call.write() as tx:
        row = PIPELINE.get(call, request["PipelineName"])
        inner = resources.select(tx, table.c.parent == row.arn)
        running = [one.arn for one in inner if one.kind == executions.KIND and one.status not in executions.FINAL]
        if running:
            raise conflict(
                f"Pipeline '{row.arn}' has running executions ({', '.join(running[:3])}). Stop them by "
                "StopPipelineExecution and wait until they have stopped, then delete the pipeline."
            )
        for one in inner:
            resources.delete(tx, one.arn)
        steps.forget(tx, row.arn)
        executions.forget_definitions(tx, row.arn)
        resources.delete(tx, row.arn)
    return {"PipelineArn": row.arn}


def list_pipelines(call: Call, request: JsonDict) -> JsonDict:
    """Page through pipelines, newest first unless asked otherwise.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelines.html
    """
    prefix = request.get("PipelineNamePrefix")
    conditions: list[sa.ColumnElement[bool]] = []
    if prefix:
        conditions.append(table.c.name.startswith(prefix, autoescape=True))
    rows, more = PIPELINE.rows(call, request, *conditions)
    return {
        "PipelineSummaries": [{**row.document, "LastExecutionTime": row.document.get("LastRunTime")} for row in rows],
        **more,
    }


def definition_text(call: Call, request: JsonDict) -> str | None:
    """The definition a request carries or points at; None without one. Raises ValidationException when both stand."""
    location = request.get("PipelineDefinitionS3Location")
    text = request.get("PipelineDefinition")
    if location is None:
        return None if text is None else str(text)
    if text is not None:
        raise validation("Give PipelineDefinition or PipelineDefinitionS3Location, not both.")
    where = {"Bucket": location["Bucket"], "Key": location["ObjectKey"]}
    if location.get("VersionId"):
        where["VersionId"] = location["VersionId"]
    api = call.port.acting_as(call.identity, call.region)
    return objects.read_object(api, where).decode()


def add_version(tx: Tx, call: Call, pipeline: Row, version: int, text: str) -> None:
    """Keep a definition as the pipeline's version of this number."""
    executions.add_definition(tx, pipeline.arn, version, text, call.now)
    resources.create(
        tx,
        arn=f"{pipeline.arn}/version/{version}",
        kind="PipelineVersion",
        name=str(version),
        parent=pipeline.arn,
        document={"PipelineArn": pipeline.arn, "PipelineVersionId": version, "CreatedBy": call.actor},
        now=call.now,
    )


def version_of(tx: Tx, pipeline: Row, version: int) -> Row | None:
    """One version's row, or None."""
    return resources.get(tx, f"{pipeline.arn}/version/{version}")


def version_row(call: Call, pipeline: Row, version: int | None) -> Row:
    """The version asked for, the latest without a number. Raises ResourceNotFound."""
    wanted = int(pipeline.facts["version"]) if version is None else version
    with call.read() as tx:
        found = version_of(tx, pipeline, wanted)
    if found is None:
        raise PIPELINE_VERSION.not_found(call, f"{pipeline.arn}/version/{wanted}")
    return found
