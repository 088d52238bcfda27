"""AWS::CodePipeline::Pipeline: a delivery; Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, DISABLED, RESTARTS = "Name", "DisableInboundStageTransitions", "RestartExecutionOnUpdate"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(100))
    tags = [{"key": pair["Key"], "value": pair["Value"]} for pair in site.tags]
    pipeline = _pipeline(site, name, properties)
    made = site.call("codepipeline", "CreatePipeline", {"pipeline": pipeline, **({"tags": tags} if tags else {})})
    _disable(site, name, [], properties)
    arn = arns.arn("codepipeline", site.region, site.account, name)
    return Made(name, {NAME: name, "Arn": arn, "Version": text_of(made["pipeline"].get("version", 1))}, arn)


def _pipeline(site: Site, name: str, properties: JsonDict) -> JsonDict:
    """The pipeline's structure in the operation's words."""
    words_ = {**without(properties, DISABLED, RESTARTS), NAME: name}
    stores = words_.pop("ArtifactStores", None)
    if stores is not None:
        try:
            words_["ArtifactStores"] = {text_of(each["Region"]): each["ArtifactStore"] for each in stores}
        except (TypeError, KeyError):
            raise Refused("Every ArtifactStores member needs a Region and an ArtifactStore.") from None
    fitted: JsonDict = site.fitted("codepipeline", "CreatePipeline", {"Pipeline": words_})
    return dict(fitted["pipeline"])


def _disable(site: Site, name: str, before: list[JsonDict], properties: JsonDict) -> None:
    """Close the stages that are to be closed, and open those that no longer are."""
    wanted = {text_of(each["StageName"]): text_of(each["Reason"]) for each in properties.get(DISABLED, [])}
    transition = {"pipelineName": name, "transitionType": "Inbound"}
    for stage in sorted({text_of(each["StageName"]) for each in before} - set(wanted)):
        site.call("codepipeline", "EnableStageTransition", {**transition, "stageName": stage})
    for stage, reason in wanted.items():
        site.call("codepipeline", "DisableStageTransition", {**transition, "stageName": stage, "reason": reason})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    name = held.physical_id
    made = site.call("codepipeline", "UpdatePipeline", {"pipeline": _pipeline(site, name, properties)})
    _disable(site, name, held.properties.get(DISABLED, []), properties)
    if text_of(properties.get(RESTARTS, False)).lower() == "true":
        site.call("codepipeline", "StartPipelineExecution", {"name": name})
    version = text_of(made["pipeline"].get("version", 1))
    return Made(held.physical_id, {**held.attributes, "Version": version}, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call("codepipeline", "DeletePipeline", {"name": held.physical_id})


TYPE = ResourceType(
    "AWS::CodePipeline::Pipeline",
    _create,
    _delete,
    words(
        "ArtifactStore ArtifactStores ExecutionMode Name PipelineType RoleArn Stages Triggers Variables",
        DISABLED,
        RESTARTS,
    ),
    _update,
    words(NAME),
    ("RoleArn", "Stages"),
    words("Arn Version", NAME),
    NAME,
)
