"""Delivery pipelines: made, changed, listed and deleted. A new one starts by itself, once.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codepipeline import declarations, starting
from ormer.services.codepipeline.pages import awss_token
from ormer.stores import events, resources
from ormer.stores.deliveries import actions, executions
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

PIPELINE = Noun(
    executions.PIPELINE,
    name="name",
    arn="{name}",
    service="codepipeline",
    arn_member="pipelineArn",
    page=100,
    order="Ascending",
)


def pipeline_of(call: Call, name: str) -> Row:
    """The caller's pipeline of this name. Raises PipelineNotFoundException."""
    row = PIPELINE.find(call, PIPELINE.arn_of(call, name))
    if row is None:
        text = f"The account with id '{call.account}' does not include a pipeline with the name '{name}'"
        raise AwsError("PipelineNotFoundException", text)
    return row


def create_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Make a delivery pipeline and start its first execution.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_CreatePipeline.html
    Differs: stage conditions are refused. Triggers, and polling of S3 sources, are kept and have no effect.
    Errors: PipelineNameInUseException, InvalidStructureException, InvalidStageDeclarationException,
    InvalidActionDeclarationException.
    """
    given = request["pipeline"]
    declarations.check(given)
    full = declarations.completed(given, 1)
    tags = [{"Key": one["key"], "Value": one["value"]} for one in request.get("tags", ())]
    with call.write() as tx:
        row = resources.create(
            tx,
            arn=PIPELINE.arn_of(call, given["name"]),
            kind=PIPELINE.kind,
            name=given["name"],
            document={"pipeline": full},
            now=call.now,
            tag_list=tags,
            facts={executions.SINCE: events.last(tx)},
            actor=call.identity.arn,
        )
        if row is None:
            text = f"A pipeline with the name '{given['name']}' already exists in account '{call.account}'"
            raise AwsError("PipelineNameInUseException", text)
        executions.declare(tx, row.arn, full, call.now)
        starting.begin(tx, call, row, {"triggerType": executions.CREATION, "triggerDetail": call.identity.arn}, {})
    return {"pipeline": full, **({"tags": request["tags"]} if request.get("tags") else {})}


def get_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Answer a delivery pipeline's declaration, today's or one version's.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipeline.html
    Errors: PipelineNotFoundException, PipelineVersionNotFoundException.
    """
    row = pipeline_of(call, request["name"])
    found = row.document["pipeline"]
    if "version" in request:
        with call.read() as tx:
            found = executions.declaration(tx, row.arn, request["version"])
        if found is None:
            text = f"Pipeline {row.name} has no version {request['version']}."
            raise AwsError("PipelineVersionNotFoundException", text)
    return {"pipeline": found, "metadata": {"pipelineArn": row.arn, "created": row.created, "updated": updated(row)}}


def updated(row: Row) -> float:
    """When the declaration last changed."""
    return float(row.facts.get("updated", row.created))


def update_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Give a delivery pipeline a new declaration, as its next version. What runs goes on by the one it began with.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_UpdatePipeline.html
    Errors: PipelineNotFoundException, InvalidStructureException, InvalidStageDeclarationException,
    InvalidActionDeclarationException.
    """
    given = request["pipeline"]
    declarations.check(given)
    with call.write() as tx:
        row = pipeline_of(call, given["name"])
        full = declarations.completed(given, row.document["pipeline"]["version"] + 1)
        resources.save(tx, row, {"pipeline": full}, now=call.now, facts={"updated": call.now})
        executions.declare(tx, row.arn, full, call.now)
    return {"pipeline": full}


def delete_pipeline(call: Call, request: JsonDict) -> JsonDict:
    """Delete a delivery pipeline with its history; one that is not there is no error.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_DeletePipeline.html
    """
    with call.write() as tx:
        row = PIPELINE.find(call, PIPELINE.arn_of(call, request["name"]))
        if row is not None:
            executions.forget(tx, row.arn)
            actions.forget(tx, row.arn)
            PIPELINE.remove(call, row)
    return {}


def list_pipelines(call: Call, request: JsonDict) -> JsonDict:
    """Page through delivery pipelines by name. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListPipelines.html

    Errors: InvalidNextTokenException.
    """
    page = {"SortBy": "Name", "NextToken": request.get("nextToken"), "MaxResults": request.get("maxResults", 100)}
    with awss_token():
        rows, more = PIPELINE.rows(call, page)
    token = {"nextToken": more["NextToken"]} if more else {}
    return {"pipelines": [_summary(row) for row in rows], **token}


def _summary(row: Row) -> JsonDict:
    declared = row.document["pipeline"]
    words = {name: declared[name] for name in ("name", "version", "pipelineType", "executionMode")}
    return {**words, "created": row.created, "updated": updated(row)}
