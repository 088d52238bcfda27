"""Repositories: the catalogue's images as a registry's client sees them, and repositories people register."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

REPOSITORY = Noun(
    "Repository",
    name="repositoryName",
    arn="repository/{name}",
    service="ecr",
    arn_member="repositoryArn",
    missing=("RepositoryNotFoundException", "The repository with name '{name}' does not exist in the registry."),
    taken=("RepositoryAlreadyExistsException", "The repository with name '{name}' already exists in the registry."),
    page=100,
    order="Ascending",
)

# What a repository has that was told nothing.
SETTINGS = {
    "imageTagMutability": "MUTABLE",
    "imageScanningConfiguration": {"scanOnPush": False},
    "encryptionConfiguration": {"encryptionType": "AES256"},
}


def create_repository(call: Call, request: JsonDict) -> JsonDict:
    """Register a repository's name. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html

    Differs: images are not pushed here; `ormer images add URI --requirements FILE` gives a URI its runtime.
    """
    name = request["repositoryName"]
    words = {key: value for key, value in request.items() if key != "tags"} | {"Tags": request.get("tags", [])}
    row = REPOSITORY.create(
        call,
        words,
        document={
            "registryId": call.account,
            "repositoryUri": _uri(call, name),
            **{member: request.get(member, default) for member, default in SETTINGS.items()},
        },
    )
    return {"repository": shown(row)}


def describe_repositories(call: Call, request: JsonDict) -> JsonDict:
    """List repositories, all or by name. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html"""
    if request.get("repositoryNames"):
        return {"repositories": [shown(REPOSITORY.get(call, name)) for name in request["repositoryNames"]]}
    page = {"MaxResults": request.get("maxResults", 100), "NextToken": request.get("nextToken"), "SortBy": "Name"}
    rows, more = REPOSITORY.rows(call, page)
    token = {"nextToken": more["NextToken"]} if more else {}
    return {"repositories": [shown(row) for row in rows], **token}


def delete_repository(call: Call, request: JsonDict) -> JsonDict:
    """Forget a repository. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html"""
    with call.write():
        row = REPOSITORY.get(call, request["repositoryName"])
        REPOSITORY.remove(call, row)
    return {"repository": shown(row)}


def describe_images(call: Call, request: JsonDict) -> JsonDict:
    """List a repository's images: none are pushed here. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html

    Errors: ImageNotFoundException for images asked for by id.
    """
    row = REPOSITORY.get(call, request["repositoryName"])
    if request.get("imageIds"):
        raise AwsError(
            "ImageNotFoundException",
            f"No images are pushed to {row.name}: `ormer images add URI --requirements FILE` gives its URI a runtime.",
        )
    return {"imageDetails": []}


def list_images(call: Call, request: JsonDict) -> JsonDict:
    """List the ids of a repository's images: none are pushed here. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImages.html"""
    REPOSITORY.get(call, request["repositoryName"])
    return {"imageIds": []}


def _uri(call: Call, name: str) -> str:
    return f"{call.account}.dkr.ecr.{call.region}.amazonaws.com/{name}"


def shown(row: Row) -> JsonDict:
    """A repository as answers show it."""
    return {**row.document, "repositoryName": row.name, "createdAt": row.created}
