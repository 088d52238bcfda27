"""Build and Test CodeBuild: a build of a project, with artifacts in and out.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.delivery import artifacts
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded, Waiting
from ormer.engines.delivery.artifacts import Broken

JsonDict = dict[str, Any]
atomic = True
# A build's own change wakes the pipeline; this is for one that ended without.
LOOK_SECONDS = 10.0
ENDED = frozenset(["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"])


def start(action: Action) -> Outcome:
    """Start the build once: its idempotency token is the run's id."""
    given = action.configuration
    names = list(action.inputs)
    primary = given.get("PrimarySource") or names[0]
    if primary not in names:
        return Failed("ConfigurationError", f"PrimarySource {primary} is none of the input artifacts {names}.")
    request: JsonDict = {
        "projectName": given["ProjectName"],
        "idempotencyToken": action.run.id,
        **_source(action, primary),
        "secondarySourcesOverride": [
            {"type": "S3", "location": _path(action.inputs[name]), "sourceIdentifier": name}
            for name in names
            if name != primary
        ],
        "environmentVariablesOverride": _environment(given.get("EnvironmentVariables")),
    }
    request |= _artifacts(action)
    build = action.api("codebuild", "StartBuild", request)["build"]
    return Waiting(id=build["id"], watch=build["arn"], seconds=LOOK_SECONDS)


def _source(action: Action, name: str) -> JsonDict:
    """The primary source: a zip of files, or a commit that CodeBuild clones itself."""
    try:
        clone = artifacts.clone_reference(action.api, name, action.inputs[name])
    except ValueError:
        clone = None
    if clone is None:
        return {"sourceTypeOverride": "S3", "sourceLocationOverride": _path(action.inputs[name])}
    return {
        "sourceTypeOverride": "CODECOMMIT",
        "sourceLocationOverride": clone["RepositoryUrl"],
        "sourceVersion": clone["CommitId"],
    }


def _artifacts(action: Action) -> JsonDict:
    """Where the build is to leave its artifacts: one is the primary, of several each is a secondary by its name."""
    places = {name: action.place(name) for name in action.outputs}
    if not places:
        return {"artifactsOverride": {"type": "NO_ARTIFACTS"}}
    made = [_artifact(place) for place in places.values()]
    if len(made) == 1:
        return {"artifactsOverride": made[0]}
    named = [one | {"artifactIdentifier": name} for name, one in zip(places, made, strict=True)]
    return {"artifactsOverride": {"type": "NO_ARTIFACTS"}, "secondaryArtifactsOverride": named}


def _artifact(place: JsonDict) -> JsonDict:
    folder, _, last = place["key"].rpartition("/")
    return {
        "type": "S3",
        "location": place["bucket"],
        "path": folder,
        "name": last,
        "namespaceType": "NONE",
        "packaging": "ZIP",
        "overrideArtifactName": False,
    }


def _path(place: JsonDict) -> str:
    return f"{place['bucket']}/{place['key']}"


def _environment(text: str | None) -> list[JsonDict]:
    """The variables a build is given besides the project's own. Raises Broken for what is no list of them."""
    if not text:
        return []
    try:
        found = json.loads(text)
        return [{"name": one["name"], "value": one["value"], "type": one.get("type", "PLAINTEXT")} for one in found]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Broken('EnvironmentVariables is not a JSON list of {"name": …, "value": …, "type": …}.') from None


def look(action: Action) -> Outcome:
    """The build's end, if it has ended."""
    found = action.api("codebuild", "BatchGetBuilds", {"ids": [action.run.result["externalExecutionId"]]})["builds"]
    if not found:
        return Failed("JobFailed", "The build is gone.")
    build = found[0]
    status = build["buildStatus"]
    if status not in ENDED:
        return Waiting(id=build["id"], watch=build["arn"], seconds=LOOK_SECONDS)
    if status != "SUCCEEDED":
        return Failed("JobFailed", _reason(build), id=build["id"])
    exported = {one["name"]: one["value"] for one in build.get("exportedEnvironmentVariables", ())}
    return Succeeded(
        id=build["id"],
        artifacts={name: action.place(name) for name in action.outputs},
        variables=exported,
    )


def _reason(build: JsonDict) -> str:
    """The words of the phase that failed."""
    texts = [
        context["message"]
        for phase in build.get("phases", ())
        if phase.get("phaseStatus") not in (None, "SUCCEEDED")
        for context in phase.get("contexts", ())
        if context.get("message")
    ]
    reason = f": {' '.join(texts)}" if texts else ""
    return f"Build terminated with state: {build['buildStatus']}{reason}"


def stop(action: Action) -> None:
    """Stop the build."""
    identifier = action.run.result.get("externalExecutionId")
    if identifier:
        action.api("codebuild", "StopBuild", {"id": identifier})
