"""Source CodeCommit: a branch's newest commit becomes a zip, or a reference to clone from.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

from __future__ import annotations

import io
import json

from ormer.aws import arns
from ormer.aws.clock import iso_seconds
from ormer.engines.delivery import artifacts
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded
from ormer.stores.repositories.repository import Logged, Missing

atomic = False
CLONE_REFERENCE = "CODEBUILD_CLONE_REF"


def start(action: Action) -> Outcome:
    """Take the branch's newest commit, or the one the execution was started with."""
    given = action.configuration
    name, branch = given["RepositoryName"], given["BranchName"]
    # The role must be allowed to see the branch; what it may see is then read from the store.
    found = action.api("codecommit", "GetBranch", {"repositoryName": name, "branchName": branch})
    asked = action.execution.facts.get("revisions", {}).get(action.declaration["name"], {})
    commit_id = asked.get("COMMIT_ID") or found["branch"]["commitId"]
    parts = arns.parse(action.execution.arn)
    repository = action.stores.repositories.named(parts.account, parts.region, name)
    if repository is None:
        return Failed("ConfigurationError", f"There is no repository {name}.")
    try:
        commit = action.stores.repositories.log(repository, commit_id, 1)[0]
    except (Missing, IndexError):
        return Failed("ConfigurationError", f"The repository {name} has no commit {commit_id}.")
    if given.get("OutputArtifactFormat") == CLONE_REFERENCE:
        data = reference(action, name, branch, commit_id)
    else:
        target = io.BytesIO()
        action.stores.repositories.archive(repository, commit_id, target)
        data = target.getvalue()
    place = action.place(action.outputs[0])
    artifacts.write(action.api, place, data)
    return _succeeded(action, name, branch, commit, place)


def _succeeded(action: Action, name: str, branch: str, commit: Logged, place: dict[str, str]) -> Succeeded:
    message = commit.message.rstrip("\n")
    return Succeeded(
        id=commit.id,
        summary=message,
        artifacts={action.outputs[0]: place},
        variables={
            "RepositoryName": name,
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": message,
            "AuthorDate": iso_seconds(commit.authored),
            "CommitterDate": iso_seconds(commit.committed),
        },
        revision={"revisionId": commit.id, "revisionSummary": message, "created": float(commit.committed)},
    )


def reference(action: Action, name: str, branch: str, commit_id: str) -> bytes:
    """What CodeBuild is given instead of the files: where to clone them from."""
    region = arns.parse(action.execution.arn).region
    place = f"https://git-codecommit.{region}.amazonaws.com/v1/repos/{name}"
    words = {"RepositoryUrl": place, "RepositoryName": name, "BranchName": branch, "CommitId": commit_id}
    return artifacts.zipped({artifacts.CLONE_FILE: json.dumps(words).encode()})


def look(action: Action) -> Outcome:
    """Nothing waits: do it again."""
    return start(action)


def stop(action: Action) -> None:
    """Nothing waits."""
