"""Source CodeStarSourceConnection: a branch behind a code connection becomes a zip.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

from __future__ import annotations

import io

from ormer.aws import arns
from ormer.aws.clock import iso_seconds
from ormer.aws.errors import AwsError
from ormer.engines.delivery import artifacts, remotes
from ormer.engines.delivery.actions import code_commit_source
from ormer.engines.delivery.actions.code_commit_source import CLONE_REFERENCE
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded
from ormer.stores import connections
from ormer.stores.access import PolicyGate
from ormer.stores.connections import Remote, Unusable
from ormer.stores.repositories.processes import GitFailed
from ormer.stores.repositories.repository import Logged, Missing
from ormer.stores.resources import Row

atomic = False
FOLDER = "clones"


def start(action: Action) -> Outcome:
    """Take the branch's newest commit, or the one the execution was started with."""
    given = action.configuration
    parts = arns.parse(action.execution.arn)
    with action.stores.database.read() as tx:
        connection = connections.find(tx, parts.account, parts.region, given["ConnectionArn"])
    if connection is None:
        return Failed("ConfigurationError", f"There is no connection {given['ConnectionArn']}.")
    _check_allowed(action, connection)
    try:
        remote = connections.remote_of(connection, action.stores.vault, given["FullRepositoryId"])
    except Unusable as error:
        return Failed("ConfigurationError", str(error))
    if remote is None:
        name, identifier = connection.name, given["FullRepositoryId"]
        text = (
            f"Nobody has said which repository stands behind {identifier} of the connection {name}. The owner of this "
            f"machine says so: `ormer connection use {name} --full-repository-id {identifier} --url ADDRESS`, or "
            "`--repository NAME` for one of ormer's own."
        )
        return Failed("ConfigurationError", text)
    return (
        _of_ours(action, connection, remote.repository) if remote.repository else _of_remote(action, connection, remote)
    )


def _check_allowed(action: Action, connection: Row) -> None:
    """Raise AccessDeniedException unless the action's role may use the connection, by either of its two names."""
    gate, api = PolicyGate(action.stores), action.api
    refused: AwsError | None = None
    for service in connections.SERVICES:
        own = arns.parse(connection.arn).resource
        target = arns.arn(service, connection.region, connection.account, own)
        try:
            return gate.permit(api.identity, api.region, f"{service}:UseConnection", target)
        except AwsError as error:
            refused = refused or error
    assert refused is not None, "there are two names"
    raise refused


def _asked_commit(action: Action) -> str:
    """The commit that the execution was started with, "" for the newest."""
    asked = action.execution.facts.get("revisions", {}).get(action.declaration["name"], {})
    return str(asked.get("COMMIT_ID", ""))


def _branch(action: Action) -> str:
    """The branch or tag that a trigger began the execution with, else the one the action names."""
    asked = action.execution.facts.get("branches", {}).get(action.declaration["name"])
    return str(asked or action.configuration["BranchName"])


# -- where it lies ------------------------------------------------------------------------------------------------


def _of_ours(action: Action, connection: Row, name: str) -> Outcome:
    """A repository of this server's."""
    branch = _branch(action)
    stores = action.stores
    repository = stores.repositories.named(connection.account, connection.region, name)
    if repository is None:
        return Failed("ConfigurationError", f"There is no repository {name} behind the connection {connection.name}.")
    commit_id = _asked_commit(action) or stores.repositories.head(repository, branch)
    if commit_id is None:
        return Failed("ConfigurationError", f"The repository {name} has no branch {branch}.")
    try:
        commit = stores.repositories.log(repository, commit_id, 1)[0]
    except (Missing, IndexError):
        return Failed("ConfigurationError", f"The repository {name} has no commit {commit_id}.")
    if action.configuration.get("OutputArtifactFormat") == CLONE_REFERENCE:
        data = code_commit_source.reference(action, name, branch, commit_id)
    else:
        target = io.BytesIO()
        stores.repositories.archive(repository, commit_id, target)
        data = target.getvalue()
    return _succeeded(action, connection, commit, data)


def _of_remote(action: Action, connection: Row, remote: Remote) -> Outcome:
    """A repository elsewhere. With its history the artifact holds `.git` too, so that a build can use git."""
    given = action.configuration
    whole = given.get("OutputArtifactFormat") == CLONE_REFERENCE
    folder = action.stores.home / FOLDER / action.run.id
    depth = 0 if whole else 1
    try:
        with remotes.fetched(remote, _branch(action), _asked_commit(action), depth, folder) as (opened, commit_id):
            commit = opened.commit(commit_id)
            target = io.BytesIO()
            opened.archive(commit_id, target)
            data = target.getvalue()
            if whole:
                data = remotes.with_history(data, folder, remote.url)
    except (GitFailed, Missing) as error:
        return Failed("ConfigurationError", f"{given['FullRepositoryId']} cannot be cloned: {error}")
    return _succeeded(action, connection, commit, data)


def _succeeded(action: Action, connection: Row, commit: Logged, data: bytes) -> Succeeded:
    place = action.place(action.outputs[0])
    artifacts.write(action.api, place, data)
    message = commit.message.rstrip("\n")
    given = action.configuration
    return Succeeded(
        id=commit.id,
        summary=message,
        artifacts={action.outputs[0]: place},
        variables={
            "AuthorDate": iso_seconds(commit.authored),
            "AuthorDisplayName": commit.author.name,
            "AuthorEmail": commit.author.email,
            "AuthorId": commit.author.email,
            "BranchName": _branch(action),
            "CommitId": commit.id,
            "CommitMessage": message,
            "ConnectionArn": connection.arn,
            "FullRepositoryName": given["FullRepositoryId"],
            "ProviderType": connection.document["ProviderType"],
        },
        revision={"revisionId": commit.id, "revisionSummary": message, "created": float(commit.committed)},
    )


def look(action: Action) -> Outcome:
    """Nothing waits: do it again."""
    return start(action)


def stop(action: Action) -> None:
    """Nothing waits."""
