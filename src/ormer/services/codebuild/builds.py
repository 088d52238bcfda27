"""Builds of projects: started with overrides, listed, stopped, retried, deleted. The builds engine runs them.

The settings of a build are its project's at the moment it started; later changes of the project do not touch it.
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codebuild.projects import PROJECT, check_source, invalid, rows_of
from ormer.stores import resources, tasks
from ormer.stores.builds import BUILD as KIND
from ormer.stores.builds import tell_phase, tell_state
from ormer.stores.database import Tx
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

BUILD = Noun(
    KIND,
    name="id",
    arn="build/{name}",
    service="codebuild",
    arn_member="arn",
    missing=("ResourceNotFoundException", "Build cannot be found: {arn}"),
    taken=("InvalidInputException", "Build already exists: {arn}"),
    page=100,
)
TASK = "build"
IN_PROGRESS = "IN_PROGRESS"
# Members that a build takes over from its project as they are.
TAKEN_OVER = (
    "source",
    "secondarySources",
    "secondarySourceVersions",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
    "fileSystemLocations",
    "sourceVersion",
)
# StartBuild's member -> the build's own.
OVERRIDES = {
    "secondarySourcesOverride": "secondarySources",
    "secondarySourcesVersionOverride": "secondarySourceVersions",
    "cacheOverride": "cache",
    "serviceRoleOverride": "serviceRole",
    "timeoutInMinutesOverride": "timeoutInMinutes",
    "queuedTimeoutInMinutesOverride": "queuedTimeoutInMinutes",
    "encryptionKeyOverride": "encryptionKey",
    "sourceVersion": "sourceVersion",
}
SOURCE_OVERRIDES = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "sourceAuthOverride": "auth",
    "gitCloneDepthOverride": "gitCloneDepth",
    "gitSubmodulesConfigOverride": "gitSubmodulesConfig",
    "buildspecOverride": "buildspec",
    "insecureSslOverride": "insecureSsl",
    "reportBuildStatusOverride": "reportBuildStatus",
    "buildStatusConfigOverride": "buildStatusConfig",
}
ENVIRONMENT_OVERRIDES = {
    "environmentTypeOverride": "type",
    "imageOverride": "image",
    "computeTypeOverride": "computeType",
    "certificateOverride": "certificate",
    "privilegedModeOverride": "privilegedMode",
    "registryCredentialOverride": "registryCredential",
    "imagePullCredentialsTypeOverride": "imagePullCredentialsType",
    "fleetOverride": "fleet",
    "hostKernelOverride": "hostKernel",
}


def start_build(call: Call, request: JsonDict) -> JsonDict:
    """Start a build of a project. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html

    A project whose source comes from a delivery pipeline is built with `sourceTypeOverride` S3, zips as
    `sourceLocationOverride` and `secondarySourcesOverride`, and artifacts overridden likewise.
    Errors: InvalidInputException, ResourceNotFoundException, AccountLimitExceededException.
    """
    with call.write() as tx:
        project = PROJECT.get(call, request["projectName"])
        settings = _settings(project, request)
        row = _begin(tx, call, project, settings, _artifacts(project, request), request)
    return {"build": shown(row)}


def retry_build(call: Call, request: JsonDict) -> JsonDict:
    """Start a build again as it was started. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_RetryBuild.html

    Errors: InvalidInputException without an id, ResourceNotFoundException.
    """
    if not request.get("id"):
        raise invalid("Name the build to retry with its id.")
    with call.write() as tx:
        old = BUILD.get(call, request["id"])
        project = PROJECT.get(call, old.document["projectName"])
        settings = {key: old.document[key] for key in TAKEN_OVER if key in old.document}
        settings["logs"] = old.facts["logs"]
        row = _begin(tx, call, project, settings, old.facts["artifacts"], request)
    return {"build": shown(row)}


def stop_build(call: Call, request: JsonDict) -> JsonDict:
    """Ask a build to end. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StopBuild.html

    Its commands get SIGTERM first. A build that is over already stays as it is.
    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        row = BUILD.get(call, request["id"])
        if row.status == IN_PROGRESS:
            row = resources.save(tx, row, {}, now=call.now, facts={"stop": True}, touch=False)
            tasks.wake(tx, TASK, row.arn)
    return {"build": shown(row)}


def batch_get_builds(call: Call, request: JsonDict) -> JsonDict:
    """Answer builds by id or ARN. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html"""
    rows = {name: BUILD.find(call, name) for name in dict.fromkeys(request["ids"])}
    return {
        "builds": [shown(row) for row in rows.values() if row is not None],
        "buildsNotFound": [name for name, row in rows.items() if row is None],
    }


def list_builds(call: Call, request: JsonDict) -> JsonDict:
    """Page through the ids of all builds. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListBuilds.html

    Errors: InvalidInputException for a token that is not ours.
    """
    rows, token = rows_of(BUILD, call, _page(request))
    return {"ids": [row.name for row in rows], **token}


def list_builds_for_project(call: Call, request: JsonDict) -> JsonDict:
    """Page through the ids of a project's builds. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListBuildsForProject.html

    Errors: ResourceNotFoundException, InvalidInputException for a token that is not ours.
    """
    project = PROJECT.get(call, request["projectName"])
    rows, token = rows_of(BUILD, call, _page(request), table.c.parent == project.name)
    return {"ids": [row.name for row in rows], **token}


def batch_delete_builds(call: Call, request: JsonDict) -> JsonDict:
    """Delete builds that are over. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchDeleteBuilds.html"""
    gone, kept = [], []
    with call.write():
        for name in dict.fromkeys(request["ids"]):
            row = BUILD.find(call, name)
            if row is None:
                kept.append({"id": name, "statusCode": "BUILD_NOT_FOUND"})
            elif row.status == IN_PROGRESS:
                kept.append({"id": name, "statusCode": "BUILD_IN_PROGRESS"})
            else:
                BUILD.remove(call, row)
                gone.append(row.arn)
    return {"buildsDeleted": gone, "buildsNotDeleted": kept}


def shown(row: Row) -> JsonDict:
    """A build as AWS shows it."""
    return row.document


def _page(request: JsonDict) -> JsonDict:
    order = request.get("sortOrder", "DESCENDING").capitalize()
    return {"SortOrder": order, "NextToken": request.get("nextToken"), "MaxResults": BUILD.page}


def _settings(project: Row, request: JsonDict) -> JsonDict:
    """The project's settings under the request's overrides."""
    found = {key: project.document[key] for key in TAKEN_OVER if key in project.document}
    found |= {OVERRIDES[key]: value for key, value in request.items() if key in OVERRIDES}
    found["source"] = {**found["source"], **_renamed(request, SOURCE_OVERRIDES)}
    if found["source"]["type"] == "NO_SOURCE":
        found["source"].pop("location", None)
    if found["source"]["type"] == "CODEPIPELINE":
        raise invalid(
            "The source of this project comes from a pipeline: start that, or give sourceTypeOverride and "
            "sourceLocationOverride."
        )
    for source in (found["source"], *found.get("secondarySources", [])):
        check_source(source)
    variables = {each["name"]: each for each in found["environment"].get("environmentVariables", [])}
    variables |= {each["name"]: each for each in request.get("environmentVariablesOverride", [])}
    found["environment"] = {
        **found["environment"],
        **_renamed(request, ENVIRONMENT_OVERRIDES),
        "environmentVariables": list(variables.values()),
    }
    logs = {**project.document.get("logsConfig", {}), **request.get("logsConfigOverride", {})}
    found["logs"] = logs.get("cloudWatchLogs", {})
    return found


def _artifacts(project: Row, request: JsonDict) -> list[JsonDict]:
    """What becomes of the artifacts: the primary one first."""
    primary = request.get("artifactsOverride", project.document["artifacts"])
    secondary = request.get("secondaryArtifactsOverride", project.document.get("secondaryArtifacts", []))
    return [primary, *secondary]


def _renamed(request: JsonDict, names: dict[str, str]) -> JsonDict:
    return {names[key]: value for key, value in request.items() if key in names}


def _begin(tx: Tx, call: Call, project: Row, settings: JsonDict, artifacts: list[JsonDict], request: JsonDict) -> Row:
    """Store a build that waits in line, with its first phase and its events."""
    _check_limit(tx, project)
    key = str(uuid.uuid4())
    identifier = f"{project.name}:{key}"
    number = project.facts.get("builds", 0) + 1
    logs = _logs(call, project.name, key, settings["logs"])
    submitted = {"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED", "startTime": call.now, "endTime": call.now}
    document = {
        **{name: value for name, value in settings.items() if name != "logs"},
        "id": identifier,
        "projectName": project.name,
        "buildNumber": number,
        "startTime": call.now,
        "currentPhase": "QUEUED",
        "phases": [
            {**submitted, "durationInSeconds": 0},
            {"phaseType": "QUEUED", "startTime": call.now},
        ],
        "artifacts": {"location": ""},
        "logs": logs,
        "buildComplete": False,
        "initiator": _initiator(call),
    }
    facts = {
        "id": uuid.uuid4().hex,
        "role_arn": settings["serviceRole"],
        "artifacts": artifacts,
        "logs": settings["logs"],
    }
    token = {"ClientRequestToken": request["idempotencyToken"]} if request.get("idempotencyToken") else {}
    words = {"projectName": project.name, **token}
    row = BUILD.create(
        call,
        words,
        document=document,
        status=IN_PROGRESS,
        name=identifier,
        parent=project.name,
        facts=facts,
        event=False,
    )
    if row.name != identifier:
        return row
    resources.save(tx, project, {}, now=call.now, facts={"builds": number}, touch=False)
    tell_state(tx, row, call.now, call.identity.arn)
    tell_phase(tx, row, row.document["phases"][0], call.now)
    return row


def _check_limit(tx: Tx, project: Row) -> None:
    limit = project.document.get("concurrentBuildLimit")
    if limit is None:
        return
    c = table.c
    mine = (c.kind == KIND, c.parent == project.name, c.account == project.account, c.region == project.region)
    under_way = resources.select(tx, *mine, c.status == IN_PROGRESS, limit=limit)
    if len(under_way) >= limit:
        raise AwsError(
            "AccountLimitExceededException", f"Project {project.name} cannot have more than {limit} builds at once"
        )


def _logs(call: Call, project: str, key: str, wanted: JsonDict) -> JsonDict:
    """Where the build's lines are."""
    group = wanted.get("groupName") or f"/aws/codebuild/{project}"
    stream = f"{wanted['streamName']}/{key}" if wanted.get("streamName") else key
    link = f"https://console.aws.amazon.com/cloudwatch/home?region={call.region}#logEvent:group={group};stream={stream}"
    arn = f"arn:aws:logs:{call.region}:{call.account}:log-group:{group}:log-stream:{stream}"
    return {
        "groupName": group,
        "streamName": stream,
        "deepLink": link,
        "cloudWatchLogsArn": arn,
        "cloudWatchLogs": {"status": "ENABLED"},
    }


def _initiator(call: Call) -> str:
    """Who started the build, as AWS writes it: a user's name, a role's session, or the rule that did."""
    sender = dict(call.identity.tags).get("ormer:sender", "")
    if sender:
        return sender.rpartition(":")[2]
    return call.identity.arn.rpartition(":")[2].removeprefix("user/")
