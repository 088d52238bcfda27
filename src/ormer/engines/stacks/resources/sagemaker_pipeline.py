"""AWS::SageMaker::Pipeline: its definition as text, as an object, or in S3; Ref gives its name."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE

JsonDict = dict[str, Any]
NAME = "PipelineName"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties[NAME])
    tags = {"Tags": site.tags} if site.tags else {}
    made = site.make(SERVICE, "CreatePipeline", _request(properties), ClientRequestToken=site.token(), **tags)
    return Made(name, {NAME: name}, str(made["PipelineArn"]))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make(SERVICE, "UpdatePipeline", _request(properties))
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeletePipeline", {NAME: held.physical_id, "ClientRequestToken": site.token()})


def _request(properties: JsonDict) -> JsonDict:
    """The request of both; CloudFormation has the definition in one object of two forms."""
    definition = properties["PipelineDefinition"]
    request = without(properties, "PipelineDefinition")
    if not isinstance(definition, dict):
        return {**request, "PipelineDefinition": definition}
    if "PipelineDefinitionBody" in definition:
        body = definition["PipelineDefinitionBody"]
        return {**request, "PipelineDefinition": body if isinstance(body, str) else json.dumps(body)}
    place = definition.get("PipelineDefinitionS3Location")
    if not isinstance(place, dict):
        raise Refused("PipelineDefinition must hold PipelineDefinitionBody or PipelineDefinitionS3Location.")
    where = {"Bucket": place.get("Bucket"), "ObjectKey": place.get("Key"), "VersionId": place.get("Version")}
    given = {name: value for name, value in where.items() if value is not None}
    return {**request, "PipelineDefinitionS3Location": given}


TYPE = ResourceType(
    "AWS::SageMaker::Pipeline",
    _create,
    _delete,
    words("ParallelismConfiguration PipelineDefinition PipelineDescription PipelineDisplayName PipelineName RoleArn"),
    _update,
    words(NAME),
    ("PipelineName", "PipelineDefinition", "RoleArn"),
    words(NAME),
    NAME,
)
