"""What the four kinds of monitoring job definitions share: every change replaces, and Ref gives the ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Made, ResourceType, Site, without
from ormer.engines.stacks.resources.sagemaker_nouns import creating, noun

JsonDict = dict[str, Any]


def job_definition(monitor: str) -> ResourceType:
    """The type AWS::SageMaker::<monitor>JobDefinition."""
    kind = f"{monitor}JobDefinition"
    make = creating(kind, "JobDefinitionName", "JobDefinitionArn", ("CreationTime",))

    def create(site: Site, properties: JsonDict) -> Made:
        # The endpoint stands in the job's input; beside it CloudFormation has it once more.
        return make(site, without(properties, "EndpointName"))

    own = [f"{monitor}{part}" for part in ("AppSpecification", "BaselineConfig", "JobInput", "JobOutputConfig")]
    return noun(
        kind,
        "JobDefinitionName",
        " ".join([*own, "EndpointName JobResources NetworkConfig RoleArn StoppingCondition"]),
        attributes="CreationTime",
        arn="JobDefinitionArn",
        create=create,
        required=" ".join([own[0], own[2], own[3], "JobResources RoleArn"]),
    )
