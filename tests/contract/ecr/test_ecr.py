"""Repositories as a registry's clients see them."""

from __future__ import annotations

import json

import pytest

OLD = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
    "action": {"type": "expire"},
}


def test_a_repository_is_made_described_and_deleted(ecr, unique):
    name = unique("team/image")
    made = ecr.create_repository(repositoryName=name)["repository"]
    assert made["repositoryUri"] == f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}"
    (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert found["repositoryArn"] == made["repositoryArn"]
    with pytest.raises(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName=name)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1})
    assert name in [one["repositoryName"] for page in pages for one in page["repositories"]]
    ecr.delete_repository(repositoryName=name)
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException, match="does not exist in the registry"):
        ecr.describe_repositories(repositoryNames=[name])


def test_images_are_described_and_those_that_are_not_pushed_say_what_to_do(ecr, unique):
    name = unique("image")
    ecr.create_repository(repositoryName=name)
    assert ecr.describe_images(repositoryName=name)["imageDetails"] == []
    with pytest.raises(ecr.exceptions.ImageNotFoundException, match="ormer images add"):
        ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": "latest"}])


def test_policies_and_settings_of_a_repository_are_kept_and_taken_away(ecr, unique):
    name = unique("kept")
    made = ecr.create_repository(repositoryName=name, tags=[{"Key": "team", "Value": "a"}])["repository"]
    assert made["imageTagMutability"] == "MUTABLE" and made["imageScanningConfiguration"] == {"scanOnPush": False}
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    ecr.set_repository_policy(repositoryName=name, policyText=policy)
    assert ecr.get_repository_policy(repositoryName=name)["policyText"] == policy
    ecr.delete_repository_policy(repositoryName=name)
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException, match="does not exist for the repository"):
        ecr.get_repository_policy(repositoryName=name)
    with pytest.raises(ecr.exceptions.InvalidParameterException, match="no JSON"):
        ecr.set_repository_policy(repositoryName=name, policyText="{")
    rules = json.dumps({"rules": [OLD]})
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=rules)
    assert ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"] == rules
    ecr.delete_lifecycle_policy(repositoryName=name)
    with pytest.raises(ecr.exceptions.LifecyclePolicyNotFoundException):
        ecr.get_lifecycle_policy(repositoryName=name)
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": True})
    (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE" and found["imageScanningConfiguration"]["scanOnPush"]
    assert ecr.list_images(repositoryName=name)["imageIds"] == []


def test_a_repository_is_tagged_and_untagged(ecr, unique):
    made = ecr.create_repository(repositoryName=unique("tagged"), tags=[{"Key": "team", "Value": "a"}])
    arn = made["repository"]["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "stage", "Value": "prod"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "stage", "Value": "prod"}]
