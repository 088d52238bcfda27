"""What a delivery pipeline's declaration must be like before it is stored.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ormer.aws import action_types
from ormer.aws.action_types import ActionType
from ormer.aws.errors import AwsError

JsonDict = dict[str, Any]
STAGES_MIN = 2
MODES = ("CREATE_UPDATE", "REPLACE_ON_FAILURE", "DELETE_ONLY", "CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE")
# What a mode needs besides StackName.
MODE_NEEDS = {
    "CREATE_UPDATE": ("TemplatePath",),
    "REPLACE_ON_FAILURE": ("TemplatePath",),
    "CHANGE_SET_REPLACE": ("TemplatePath", "ChangeSetName"),
    "CHANGE_SET_EXECUTE": ("ChangeSetName",),
    "DELETE_ONLY": (),
}
# The provider whose sources triggers may watch.
TRIGGERED = "CodeStarSourceConnection"
CONDITIONS = ("beforeEntry", "onSuccess", "onFailure")


def completed(declaration: JsonDict, version: int) -> JsonDict:
    """The declaration with AWS's defaults, of this version."""
    kind = declaration.get("pipelineType", "V1")
    full = {"pipelineType": kind, "executionMode": "SUPERSEDED", **declaration, "version": version}
    stages = [{**stage, "actions": [_action(one) for one in stage["actions"]]} for stage in full["stages"]]
    return full | {"stages": stages}


def _action(declared: JsonDict) -> JsonDict:
    defaults = {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": []}
    return {**defaults, **declared}


def check(declaration: JsonDict) -> None:
    """Raise InvalidStructureException, InvalidStageDeclarationException or InvalidActionDeclarationException."""
    _check_store(declaration)
    _check_kind(declaration)
    stages = declaration["stages"]
    if len(stages) < STAGES_MIN:
        raise structure(
            f"Pipeline has {len(stages)} stage(s). There should be a minimum of {STAGES_MIN} stages in a pipeline"
        )
    _check_unique((stage["name"] for stage in stages), "stage", "the pipeline")
    for position, stage in enumerate(stages):
        _check_stage(stage, position)
    _check_artifacts(stages)
    _check_triggers(declaration)
    namespaces = [one["namespace"] for stage in stages for one in stage["actions"] if one.get("namespace")]
    _check_unique(namespaces, "namespace", "the pipeline")


def structure(text: str) -> AwsError:
    """The pipeline as a whole cannot be."""
    return AwsError("InvalidStructureException", text)


def _check_store(declaration: JsonDict) -> None:
    if ("artifactStore" in declaration) == ("artifactStores" in declaration):
        raise structure(
            "You must include either artifactStore or artifactStores in your pipeline, but you cannot use both."
        )


def _check_kind(declaration: JsonDict) -> None:
    if declaration.get("pipelineType", "V1") == "V2":
        _check_unique((one["name"] for one in declaration.get("variables", ())), "variable", "the pipeline")
        return
    for member in ("variables", "triggers"):
        if declaration.get(member):
            raise structure(f"{member} need a pipeline of type V2: set pipelineType to V2.")
    if declaration.get("executionMode", "SUPERSEDED") != "SUPERSEDED":
        raise structure("The execution modes QUEUED and PARALLEL need a pipeline of type V2: set pipelineType to V2.")


def _check_triggers(declaration: JsonDict) -> None:
    """Each trigger watches a source action behind a connection, and a push filter looks at tags or at branches."""
    known = {one["name"] for one in declaration["stages"][0]["actions"] if one["actionTypeId"]["provider"] == TRIGGERED}
    names = [one["gitConfiguration"]["sourceActionName"] for one in declaration.get("triggers") or ()]
    _check_unique(names, "trigger", "the pipeline")
    missing = next((name for name in names if name not in known), None)
    if missing is not None:
        raise structure(f"A trigger watches {missing}, which is no source action of the provider {TRIGGERED}.")
    for one in declaration.get("triggers") or ():
        configuration = one["gitConfiguration"]
        for push in configuration.get("push") or ():
            if push.get("tags") and (push.get("branches") or push.get("filePaths")):
                source = configuration["sourceActionName"]
                text = "A push filter looks at tags, or at branches and file paths: give another filter for the others"
                raise structure(f"{text} (trigger of {source}).")


def _check_unique(names: Iterable[str], what: str, where: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise structure(f"Duplicate {what} name {twice[0]} in {where}: {what} names must be unique.")


def _check_stage(stage: JsonDict, position: int) -> None:
    name = stage["name"]
    for member in CONDITIONS:
        if stage.get(member):
            text = f"Stage {name}: ormer has no stage conditions ({member}) yet: leave the member out."
            raise AwsError("InvalidStageDeclarationException", text)
    if not stage["actions"]:
        raise AwsError("InvalidStageDeclarationException", f"Stage {name} has no action: give it at least one.")
    _check_unique((action["name"] for action in stage["actions"]), "action", f"stage {name}")
    sources = [action["actionTypeId"]["category"] == "Source" for action in stage["actions"]]
    if position == 0 and not all(sources):
        raise structure(f"Pipeline should start with a stage that only contains source actions; {name} has others.")
    if position > 0 and any(sources):
        raise structure(f"Only the first stage can contain source actions; stage {name} has one.")
    for action in stage["actions"]:
        _check_action(action)


def _check_action(action: JsonDict) -> None:
    kind = action_types.find(action["actionTypeId"])
    name, asked = action["name"], action["actionTypeId"]
    if kind is None:
        known = ", ".join(f"{one.category}/{one.provider}" for one in action_types.ACTION_TYPES)
        text = (
            f"ActionType (Category: '{asked['category']}', Provider: '{asked['provider']}', Owner: '{asked['owner']}', "
            f"Version: '{asked['version']}') in action '{name}' is not available here. There are, owned by AWS in "
            f"version 1: {known}."
        )
        raise invalid(text)
    _check_configuration(action, kind)
    for member, (least, most) in (("inputArtifacts", kind.inputs), ("outputArtifacts", kind.outputs)):
        count = len(action.get(member, ()))
        if not least <= count <= most:
            wanted = str(least) if least == most else f"between {least} and {most}"
            raise invalid(f"Action '{name}' has {count} {member}; {kind.provider} takes {wanted}.")


def invalid(text: str) -> AwsError:
    """One action cannot be."""
    return AwsError("InvalidActionDeclarationException", text)


def _check_configuration(action: JsonDict, kind: ActionType) -> None:
    given, name = action.get("configuration", {}), action["name"]
    missing = sorted(kind.required - set(given))
    if missing:
        raise invalid(f"Action configuration for action '{name}' is missing required configuration '{missing[0]}'")
    unknown = sorted(set(given) - kind.required - kind.optional)
    if unknown:
        raise invalid(f"Action configuration for action '{name}' contains unknown configuration '{unknown[0]}'")
    if kind.provider == "CloudFormation":
        _check_mode(name, given)
    if given.get("BatchEnabled", "false").lower() == "true":
        raise invalid(f"Action '{name}': ormer has no batch builds yet: leave BatchEnabled out.")


def _check_mode(name: str, given: JsonDict) -> None:
    mode = given["ActionMode"]
    if mode not in MODES:
        raise invalid(f"Action '{name}': ActionMode {mode} is none of {', '.join(MODES)}.")
    for member in ("StackName", *MODE_NEEDS[mode]):
        if not given.get(member):
            raise invalid(f"Action configuration for action '{name}' is missing required configuration '{member}'")


def _check_artifacts(stages: list[JsonDict]) -> None:
    """Every artifact is made once, and before it is used."""
    made: set[str] = set()
    for stage in stages:
        for action in sorted(stage["actions"], key=lambda one: int(one.get("runOrder") or 1)):
            _check_inputs(stage, action, made)
            for one in action.get("outputArtifacts", ()):
                if one["name"] in made:
                    raise structure(
                        "Output Artifact Bundle name must be unique within the pipeline. "
                        f"{one['name']} has been used more than once."
                    )
                made.add(one["name"])


def _check_inputs(stage: JsonDict, action: JsonDict, made: set[str]) -> None:
    for one in action.get("inputArtifacts", ()):
        if one["name"] not in made:
            raise structure(
                f"Input Artifact Bundle {one['name']} in action {action['name']} is declared to be an input artifact "
                f"in stage {stage['name']}, but no action before it makes it."
            )
