"""Repositories as a registry's clients see them."""

from __future__ import annotations

import pytest


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
