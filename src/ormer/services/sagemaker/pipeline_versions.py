"""Versions of pipelines: every definition a pipeline has had.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-versioning.html
"""

from __future__ import annotations

from ormer.services.sagemaker.pipelines import PIPELINE, PIPELINE_VERSION, version_row
from ormer.stores import resources
from ormer.stores.port import Call, JsonDict

NAMING = ("PipelineVersionDisplayName", "PipelineVersionDescription")


def list_pipeline_versions(call: Call, request: JsonDict) -> JsonDict:
    """Page through a pipeline's versions, newest first unless asked otherwise.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineVersions.html
    Errors: ResourceNotFound.
    """
    pipeline = PIPELINE.get(call, request["PipelineName"])
    rows, more = PIPELINE_VERSION.rows(call, request, parent=pipeline.arn)
    return {"PipelineVersionSummaries": [row.document for row in rows], **more}


def update_pipeline_version(call: Call, request: JsonDict) -> JsonDict:
    """Name or describe a version.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdatePipelineVersion.html
    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        pipeline = PIPELINE.get(call, request["PipelineArn"])
        row = version_row(call, pipeline, request["PipelineVersionId"])
        change = {name: request[name] for name in NAMING if name in request}
        resources.save(tx, row, change, now=call.now, actor=call.identity.arn)
    return {"PipelineArn": pipeline.arn, "PipelineVersionId": int(row.name)}
