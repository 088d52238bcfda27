"""Build projects: what is built, with which buildspec, in which environment, as which role."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import tagging
from ormer.stores.builds import PROJECT as KIND
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

PROJECT = Noun(
    KIND,
    name="name",
    arn="project/{name}",
    service="codebuild",
    arn_member="arn",
    missing=("ResourceNotFoundException", "Project cannot be found: {arn}"),
    taken=("ResourceAlreadyExistsException", "Project already exists: {arn}"),
    page=100,
    order="Ascending",
)
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
DEFAULTS: JsonDict = {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480}
SORTS = {"NAME": "Name", "CREATED_TIME": "CreationTime", "LAST_MODIFIED_TIME": "LastModifiedTime"}
NEEDS_LOCATION = ("CODECOMMIT", "S3")
ELSEWHERE = ("GITHUB", "GITHUB_ENTERPRISE", "BITBUCKET", "GITLAB", "GITLAB_SELF_MANAGED")


def create_project(call: Call, request: JsonDict) -> JsonDict:
    """Store a project. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html

    Differs: sources of GitHub, Bitbucket and GitLab are refused; VPCs, file systems and batch builds are kept, unused.
    Errors: InvalidInputException, ResourceAlreadyExistsException.
    """
    check(request)
    words = {key: value for key, value in request.items() if key not in ("tags", "badgeEnabled")}
    encryption = f"arn:aws:kms:{call.region}:{call.account}:alias/aws/s3"
    cache = {"type": "NO_CACHE"}
    made = {**DEFAULTS, "encryptionKey": encryption, "cache": cache, **words}
    made |= {"badge": {"badgeEnabled": request.get("badgeEnabled", False)}}
    tags = [{"Key": pair["key"], "Value": pair.get("value", "")} for pair in request.get("tags", []) if "key" in pair]
    row = PROJECT.create(call, {"name": request["name"], "Tags": tags}, document=made, event=False)
    return {"project": shown(call, row)}


def update_project(call: Call, request: JsonDict) -> JsonDict:
    """Change the members that are given. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_UpdateProject.html

    Errors: InvalidInputException, ResourceNotFoundException.
    """
    with call.write() as tx:
        row = PROJECT.get(call, request["name"])
        change = {key: value for key, value in request.items() if key not in ("tags", "badgeEnabled", "name")}
        if "badgeEnabled" in request:
            change["badge"] = {"badgeEnabled": request["badgeEnabled"]}
        check({**row.document, **change})
        row = PROJECT.save(call, row, change)
        if "tags" in request:
            gone = list(tagging.of(tx, row.arn))
            tagging.remove(tx, row.arn, gone)
            pairs = [{"Key": pair["key"], "Value": pair.get("value", "")} for pair in request["tags"] if "key" in pair]
            tagging.put(tx, row.arn, pairs)
    return {"project": shown(call, row)}


def delete_project(call: Call, request: JsonDict) -> JsonDict:
    """Delete a project; its builds stay. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_DeleteProject.html

    A project that is not there is no error.
    """
    with call.write():
        row = PROJECT.find(call, request["name"])
        if row is not None:
            PROJECT.remove(call, row)
    return {}


def batch_get_projects(call: Call, request: JsonDict) -> JsonDict:
    """Answer projects by name or ARN. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html"""
    rows = {name: PROJECT.find(call, name) for name in dict.fromkeys(request["names"])}
    return {
        "projects": [shown(call, row) for row in rows.values() if row is not None],
        "projectsNotFound": [name for name, row in rows.items() if row is None],
    }


def list_projects(call: Call, request: JsonDict) -> JsonDict:
    """Page through the projects' names. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListProjects.html

    Errors: InvalidInputException for a token that is not ours.
    """
    page = {
        "SortBy": SORTS[request.get("sortBy", "NAME")],
        "SortOrder": request.get("sortOrder", "ASCENDING").capitalize(),
        "NextToken": request.get("nextToken"),
        "MaxResults": PROJECT.page,
    }
    rows, token = rows_of(PROJECT, call, page)
    return {"projects": [row.name for row in rows], **token}


def invalidate_project_cache(call: Call, request: JsonDict) -> JsonDict:
    """Forget what a project's builds keep for the next. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_InvalidateProjectCache.html

    Differs: nothing of a project's own is kept, so there is nothing to forget.
    Errors: ResourceNotFoundException.
    """
    PROJECT.get(call, request["projectName"])
    return {}


def shown(call: Call, row: Row) -> JsonDict:
    """A project as AWS shows it."""
    with call.read() as tx:
        tags = [{"key": pair["Key"], "value": pair["Value"]} for pair in tagging.listed(tx, row.arn)]
    return {**row.document, "tags": tags, "created": row.created, "lastModified": row.modified}


def check(project: JsonDict) -> None:
    """Raise InvalidInputException for sources, artifacts and variables that could not be built."""
    for source in (project["source"], *project.get("secondarySources", [])):
        check_source(source)
    for source in project.get("secondarySources", []):
        if not source.get("sourceIdentifier"):
            raise invalid("Secondary sources must have a sourceIdentifier each")
    for artifact in (project["artifacts"], *project.get("secondaryArtifacts", [])):
        if artifact["type"] == "S3" and not artifact.get("location"):
            raise invalid("Invalid artifacts: artifact location is required when artifacts type is S3")


def check_source(source: JsonDict) -> None:
    """Raise InvalidInputException for one source."""
    kind = source["type"]
    if kind in ELSEWHERE:
        raise invalid(f"Sources of type {kind} cannot be had here: push the code to a CodeCommit repository, or use S3")
    if kind in NEEDS_LOCATION and not source.get("location"):
        raise invalid(f"Invalid project source: location is required when source type is {kind}")
    if kind == "NO_SOURCE" and not source.get("buildspec"):
        raise invalid("Invalid project source: a buildspec is required when source type is NO_SOURCE")


def invalid(text: str) -> AwsError:
    """CodeBuild's answer to what is wrong in itself."""
    return AwsError("InvalidInputException", text)


def rows_of(noun: Noun, call: Call, page: JsonDict, *conditions: Any) -> tuple[list[Row], JsonDict]:
    """A page and {} or {"nextToken": …}. Raises InvalidInputException for a token that is not ours."""
    try:
        rows, more = noun.rows(call, page, *conditions)
    except AwsError as error:
        raise invalid(error.message) from error
    return rows, {"nextToken": more["NextToken"]} if more else {}
