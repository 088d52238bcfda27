"""Kinds of actions that delivery pipelines can hold: their settings and how many artifacts they take and make.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class ActionType:
    """A kind of action. required, optional: keys of its configuration. inputs, outputs: least and most artifacts."""

    category: str
    provider: str
    required: frozenset[str]
    optional: frozenset[str]
    inputs: tuple[int, int]
    outputs: tuple[int, int]

    @property
    def id(self) -> JsonDict:
        return {"category": self.category, "owner": "AWS", "provider": self.provider, "version": "1"}

    @property
    def shown(self) -> JsonDict:
        """As ListActionTypes answers it."""
        keys = [(name, True) for name in sorted(self.required)] + [(name, False) for name in sorted(self.optional)]
        return {
            "id": self.id,
            "settings": {},
            "actionConfigurationProperties": [
                {"name": name, "required": required, "key": True, "secret": False} for name, required in keys
            ],
            "inputArtifactDetails": {"minimumCount": self.inputs[0], "maximumCount": self.inputs[1]},
            "outputArtifactDetails": {"minimumCount": self.outputs[0], "maximumCount": self.outputs[1]},
        }


def _type(
    category: str, provider: str, required: str, optional: str, inputs: tuple[int, int], outputs: tuple[int, int]
) -> ActionType:
    return ActionType(category, provider, frozenset(required.split()), frozenset(optional.split()), inputs, outputs)


BUILDING = "PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables"
STACKING = (
    "StackName ChangeSetName TemplatePath TemplateConfiguration OutputFileName ParameterOverrides Capabilities RoleArn"
)
ACTION_TYPES = (
    _type(
        "Source",
        "CodeCommit",
        "RepositoryName BranchName",
        "PollForSourceChanges OutputArtifactFormat",
        (0, 0),
        (1, 1),
    ),
    _type(
        "Source",
        "CodeStarSourceConnection",
        "ConnectionArn FullRepositoryId BranchName",
        "OutputArtifactFormat DetectChanges",
        (0, 0),
        (1, 1),
    ),
    _type("Source", "S3", "S3Bucket S3ObjectKey", "PollForSourceChanges AllowOverrideForS3ObjectKey", (0, 0), (1, 1)),
    _type("Build", "CodeBuild", "ProjectName", BUILDING, (1, 5), (0, 5)),
    _type("Test", "CodeBuild", "ProjectName", BUILDING, (1, 5), (0, 5)),
    _type("Deploy", "CloudFormation", "ActionMode", STACKING, (0, 10), (0, 1)),
    _type("Deploy", "S3", "BucketName Extract", "ObjectKey CannedACL CacheControl", (1, 1), (0, 0)),
    _type("Invoke", "Lambda", "FunctionName", "UserParameters", (0, 5), (0, 5)),
    _type("Invoke", "StepFunctions", "StateMachineArn", "ExecutionNamePrefix InputType Input", (0, 1), (0, 1)),
    _type("Approval", "Manual", "", "CustomData ExternalEntityLink NotificationArn", (0, 0), (0, 0)),
)
BY_ID = {(kind.category, kind.provider): kind for kind in ACTION_TYPES}


def find(action_type_id: JsonDict) -> ActionType | None:
    """The kind an actionTypeId names, or None when it is not there."""
    if action_type_id["owner"] != "AWS" or action_type_id["version"] != "1":
        return None
    return BY_ID.get((action_type_id["category"], action_type_id["provider"]))
