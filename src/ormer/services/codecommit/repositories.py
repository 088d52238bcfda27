"""Repositories: made, found, renamed, tagged and deleted; the folder with git's files follows by itself."""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.codecommit.paging import continuation
from ormer.stores import tagging
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.repositories.repository import HEADS
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

REPOSITORY = Noun(
    "Repository",
    name="repositoryName",
    arn="{name}",
    service="codecommit",
    arn_member="Arn",
    missing=("RepositoryDoesNotExistException", "{name} does not exist"),
    taken=("RepositoryNameExistsException", "Repository named {name} already exists"),
    page=100,
    order="Ascending",
)
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
BATCH_MAX = 25
TAGS_MAX = 50
SORTS = {"repositoryName": "Name", "lastModifiedDate": "LastModifiedTime"}


def create_repository(call: Call, request: JsonDict) -> JsonDict:
    """Make an empty repository. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateRepository.html

    Errors: RepositoryNameExistsException, InvalidRepositoryNameException.
    """
    name = request["repositoryName"]
    _check_name(name)
    tags = [{"Key": key, "Value": value} for key, value in request.get("tags", {}).items()]
    _check_tags(tags)
    words = {"repositoryName": name, "Tags": tags}
    words |= {key: request[key] for key in ("repositoryDescription", "kmsKeyId") if key in request}
    made = {"accountId": call.account, "repositoryId": str(uuid.uuid4())}
    with call.write() as tx:
        row = REPOSITORY.create(call, words, document=made, event=False)
        call.stores.repositories.add(tx, made["repositoryId"], row.arn)
    return {"repositoryMetadata": shown(call, row)}


def get_repository(call: Call, request: JsonDict) -> JsonDict:
    """Answer a repository's metadata. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetRepository.html

    Errors: RepositoryDoesNotExistException.
    """
    return {"repositoryMetadata": shown(call, repository_of(call, request))}


def batch_get_repositories(call: Call, request: JsonDict) -> JsonDict:
    """Answer the metadata of many. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_BatchGetRepositories.html

    Errors: MaximumRepositoryNamesExceededException, RepositoryNamesRequiredException.
    """
    names = list(dict.fromkeys(request["repositoryNames"]))
    if not names:
        raise AwsError("RepositoryNamesRequiredException", "A list of repository names is required.")
    if len(names) > BATCH_MAX:
        text = f"The maximum number of allowed repository names is {BATCH_MAX}: ask in several requests."
        raise AwsError("MaximumRepositoryNamesExceededException", text)
    rows = {name: REPOSITORY.find(call, name) for name in names}
    return {
        "repositories": [shown(call, row) for row in rows.values() if row is not None],
        "repositoriesNotFound": [name for name, row in rows.items() if row is None],
        "errors": [],
    }


def list_repositories(call: Call, request: JsonDict) -> JsonDict:
    """Page through repositories. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_ListRepositories.html"""
    page = {
        "SortBy": SORTS[request.get("sortBy", "repositoryName")],
        "SortOrder": request.get("order", "ascending").capitalize(),
        "NextToken": request.get("nextToken"),
    }
    with continuation():
        rows, more = REPOSITORY.rows(call, {"MaxResults": REPOSITORY.page, **page})
    token = {"nextToken": more["NextToken"]} if more else {}
    found = [{"repositoryName": row.name, "repositoryId": row.document["repositoryId"]} for row in rows]
    return {"repositories": found, **token}


def delete_repository(call: Call, request: JsonDict) -> JsonDict:
    """Delete a repository with everything in it. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_DeleteRepository.html

    A repository that is not there is no error; the answer then has no id.
    """
    with call.write() as tx:
        row = REPOSITORY.find(call, request["repositoryName"])
        if row is None:
            return {}
        REPOSITORY.remove(call, row)
        call.stores.repositories.remove(tx, row.document["repositoryId"])
    return {"repositoryId": row.document["repositoryId"]}


def update_repository_name(call: Call, request: JsonDict) -> JsonDict:
    """Rename a repository; its ARN and clone URL change. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdateRepositoryName.html

    Errors: RepositoryDoesNotExistException, RepositoryNameExistsException, InvalidRepositoryNameException.
    """
    old, new = request["oldName"], request["newName"]
    _check_name(new)
    with call.write() as tx:
        row = REPOSITORY.get(call, old)
        if old != new and REPOSITORY.find(call, new) is not None:
            raise AwsError("RepositoryNameExistsException", f"Repository named {new} already exists")
        call.stores.repositories.rename(tx, row, new, REPOSITORY.arn_of(call, new))
    return {}


def update_repository_description(call: Call, request: JsonDict) -> JsonDict:
    """Describe a repository anew; without a description it has none. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdateRepositoryDescription.html

    Errors: RepositoryDoesNotExistException.
    """
    new = request.get("repositoryDescription")
    with call.write():
        row = repository_of(call, request)
        change = {"repositoryDescription": new} if new else {}
        REPOSITORY.save(call, row, change, drop=() if new else ("repositoryDescription",))
    return {}


def update_default_branch(call: Call, request: JsonDict) -> JsonDict:
    """Choose the branch that clones check out. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdateDefaultBranch.html

    Errors: BranchDoesNotExistException, RepositoryDoesNotExistException.
    """
    name = request["defaultBranchName"].removeprefix(HEADS)
    with call.write():
        row = repository_of(call, request)
        with call.stores.repositories.open(row.document["repositoryId"]) as opened:
            if opened.head(name) is None:
                raise AwsError("BranchDoesNotExistException", f"Branch {name} does not exist")
            opened.point_head(name)
        REPOSITORY.save(call, row, {"defaultBranch": name})
    return {}


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a repository. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_TagResource.html

    Errors: RepositoryDoesNotExistException, InvalidResourceArnException, TooManyTagsException.
    """
    pairs = [{"Key": key, "Value": value} for key, value in request["tags"].items()]
    with call.write() as tx:
        row = _tagged(call, request)
        _check_tags([*pairs, *({"Key": key} for key in tagging.of(tx, row.arn) if key not in request["tags"])])
        tagging.put(tx, row.arn, pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a repository. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UntagResource.html

    Errors: RepositoryDoesNotExistException, InvalidResourceArnException.
    """
    with call.write() as tx:
        tagging.remove(tx, _tagged(call, request).arn, request["tagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a repository's tags. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_ListTagsForResource.html

    Errors: RepositoryDoesNotExistException, InvalidResourceArnException.
    """
    row = _tagged(call, request)
    with call.read() as tx:
        return {"tags": tagging.of(tx, row.arn)}


def repository_of(call: Call, request: JsonDict) -> Row:
    """The repository a request names. Raises RepositoryDoesNotExistException, RepositoryNameRequiredException."""
    name = request.get("repositoryName")
    if not name:
        raise AwsError("RepositoryNameRequiredException", "A repository name is required.")
    return REPOSITORY.get(call, name)


def shown(call: Call, row: Row) -> JsonDict:
    """A repository as CodeCommit answers it, with the URLs that this server is cloned from."""
    return {
        **row.document,
        "lastModifiedDate": row.modified,
        "creationDate": row.created,
        "cloneUrlHttp": f"{call.stores.repositories.address}/v1/repos/{row.name}",
        "cloneUrlSsh": f"ssh://git-codecommit.{row.region}.amazonaws.com/v1/repos/{row.name}",
    }


def _tagged(call: Call, request: JsonDict) -> Row:
    arn = request["resourceArn"]
    if not arns.is_arn(arn) or arns.parse(arn).service != "codecommit":
        text = f"{arn} is not the ARN of a repository, which looks like {REPOSITORY.arn_of(call, 'name')}."
        raise AwsError("InvalidResourceArnException", text)
    row = REPOSITORY.find(call, arn)
    if row is None:
        raise AwsError("RepositoryDoesNotExistException", f"{arns.parse(arn).resource} does not exist")
    return row


def _check_name(name: str) -> None:
    if name.endswith(".git"):
        text = "The repository name must not end with .git, and may have letters, digits, '.', '_' and '-' only."
        raise AwsError("InvalidRepositoryNameException", text)


def _check_tags(pairs: list[dict[str, str]]) -> None:
    if len(pairs) > TAGS_MAX:
        raise AwsError("TooManyTagsException", f"A repository has {TAGS_MAX} tags at most.")
    if any(pair["Key"].lower().startswith("aws:") for pair in pairs):
        raise AwsError("InvalidSystemTagUsageException", "Tag keys that begin with aws: are AWS's own.")
