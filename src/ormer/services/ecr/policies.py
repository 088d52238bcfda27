"""What a repository is told besides its name: its policy, its lifecycle policy, its settings, its tags.

No images lie here, so lifecycle policies have nothing to end and scans nothing to look at; both are kept as they are.
"""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ecr.repositories import REPOSITORY, shown
from ormer.stores import resources, tagging
from ormer.stores.nouns import tags_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
POLICY, LIFECYCLE = "policy", "lifecyclePolicy"
MISSING = {
    POLICY: ("RepositoryPolicyNotFoundException", "Repository policy does not exist for the repository with name"),
    LIFECYCLE: ("LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for the repository with name"),
}


def set_repository_policy(call: Call, request: JsonDict) -> JsonDict:
    """Say who may use a repository. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html

    Errors: InvalidParameterException for a text that is no JSON.
    """
    row = _keep(call, request, POLICY, request["policyText"])
    return {"registryId": call.account, "repositoryName": row.name, "policyText": request["policyText"]}


def get_repository_policy(call: Call, request: JsonDict) -> JsonDict:
    """Answer a repository's policy. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html"""
    row, text = _kept(call, request, POLICY)
    return {"registryId": call.account, "repositoryName": row.name, "policyText": text}


def delete_repository_policy(call: Call, request: JsonDict) -> JsonDict:
    """Take a repository's policy away. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepositoryPolicy.html"""
    row, text = _kept(call, request, POLICY)
    _forget(call, row, POLICY)
    return {"registryId": call.account, "repositoryName": row.name, "policyText": text}


def put_lifecycle_policy(call: Call, request: JsonDict) -> JsonDict:
    """Say which images are to go. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html

    Differs: kept as it is; no images are pushed here.
    """
    row = _keep(call, request, LIFECYCLE, request["lifecyclePolicyText"])
    text = request["lifecyclePolicyText"]
    return {"registryId": call.account, "repositoryName": row.name, "lifecyclePolicyText": text}


def get_lifecycle_policy(call: Call, request: JsonDict) -> JsonDict:
    """Answer the lifecycle policy. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicy.html"""
    row, text = _kept(call, request, LIFECYCLE)
    return {"registryId": call.account, "repositoryName": row.name, "lifecyclePolicyText": text}


def delete_lifecycle_policy(call: Call, request: JsonDict) -> JsonDict:
    """Take the lifecycle policy away. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteLifecyclePolicy.html"""
    row, text = _kept(call, request, LIFECYCLE)
    _forget(call, row, LIFECYCLE)
    return {"registryId": call.account, "repositoryName": row.name, "lifecyclePolicyText": text}


def put_image_tag_mutability(call: Call, request: JsonDict) -> JsonDict:
    """Say whether tags may move. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html"""
    return _set(call, request, "imageTagMutability")


def put_image_scanning_configuration(call: Call, request: JsonDict) -> JsonDict:
    """Say whether pushed images are scanned. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html"""
    return _set(call, request, "imageScanningConfiguration")


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a repository. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html"""
    row = REPOSITORY.get(call, request["resourceArn"])
    with call.write() as tx:
        tagging.put(tx, row.arn, request["tags"])
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UntagResource.html"""
    row = REPOSITORY.get(call, request["resourceArn"])
    with call.write() as tx:
        tagging.remove(tx, row.arn, request["tagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a repository's tags. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html"""
    return {"tags": tags_of(call, REPOSITORY.get(call, request["resourceArn"]).arn)}


def _keep(call: Call, request: JsonDict, fact: str, text: str) -> Row:
    try:
        json.loads(text)
    except ValueError as error:
        raise AwsError(
            "InvalidParameterException", f"Invalid parameter: the policy text is no JSON: {error}"
        ) from error
    row = REPOSITORY.get(call, request["repositoryName"])
    with call.write() as tx:
        return resources.save(tx, row, {}, now=call.now, facts={fact: text}, touch=False)


def _kept(call: Call, request: JsonDict, fact: str) -> tuple[Row, str]:
    row = REPOSITORY.get(call, request["repositoryName"])
    text = row.facts.get(fact)
    if not text:
        code, words = MISSING[fact]
        raise AwsError(code, f"{words} '{row.name}' in the registry with id '{call.account}'")
    return row, str(text)


def _forget(call: Call, row: Row, fact: str) -> None:
    with call.write() as tx:
        resources.save(tx, row, {}, now=call.now, facts={fact: None}, touch=False)


def _set(call: Call, request: JsonDict, member: str) -> JsonDict:
    row = REPOSITORY.save(call, REPOSITORY.get(call, request["repositoryName"]), {member: request[member]})
    answered = shown(row)
    return {"registryId": call.account, "repositoryName": row.name, member: answered[member]}
