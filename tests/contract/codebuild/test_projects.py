"""Projects as boto3 sees them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"


def test_a_project_is_kept_as_it_was_made(codebuild, project):
    name = project(description="shop", tags=[{"key": "team", "value": "a"}], timeoutInMinutes=30)
    answer = codebuild.batch_get_projects(names=[name, "none"])
    assert answer["projectsNotFound"] == ["none"]
    (found,) = answer["projects"]
    assert found["arn"] == f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/{name}"
    assert (found["description"], found["timeoutInMinutes"], found["queuedTimeoutInMinutes"]) == ("shop", 30, 480)
    assert found["tags"] == [{"key": "team", "value": "a"}]


def test_a_name_is_given_once(codebuild, project):
    name = project()
    (found,) = codebuild.batch_get_projects(names=[name])["projects"]
    keys = ("name", "source", "artifacts", "environment", "serviceRole")
    with pytest.raises(ClientError) as refused:
        codebuild.create_project(**{key: found[key] for key in keys})
    assert refused.value.response["Error"]["Code"] == "ResourceAlreadyExistsException"
    assert refused.value.response["Error"]["Message"] == f"Project already exists: {found['arn']}"


def test_sources_that_cannot_be_had_are_refused(codebuild, project):
    with pytest.raises(ClientError, match="location is required") as refused:
        project(source={"type": "S3"})
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"
    with pytest.raises(ClientError, match="push the code to a CodeCommit repository"):
        project(source={"type": "GITHUB", "location": "https://github.com/a/b"})


def test_an_update_changes_what_it_names(codebuild, project):
    name = project(description="before", tags=[{"key": "a", "value": "1"}])
    answer = codebuild.update_project(name=name, timeoutInMinutes=7, tags=[{"key": "b", "value": "2"}])["project"]
    assert (answer["description"], answer["timeoutInMinutes"]) == ("before", 7)
    assert codebuild.batch_get_projects(names=[name])["projects"][0]["tags"] == [{"key": "b", "value": "2"}]


def test_projects_are_listed_by_name_and_deleted_twice_without_harm(codebuild, project):
    first, second = project(), project()
    pages = codebuild.get_paginator("list_projects").paginate(sortBy="NAME", sortOrder="DESCENDING")
    listed = pages.build_full_result()["projects"]
    assert {first, second} <= set(listed)
    assert listed == sorted(listed, reverse=True)
    codebuild.delete_project(name=first)
    codebuild.delete_project(name=first)
    assert first not in codebuild.list_projects()["projects"]


def test_a_project_that_is_not_there_cannot_be_built(codebuild):
    with pytest.raises(ClientError) as refused:
        codebuild.start_build(projectName="nobody")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
    arn = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/nobody"
    assert refused.value.response["Error"]["Message"] == f"Project cannot be found: {arn}"


def test_a_cache_that_is_not_there_is_forgotten_at_once(codebuild, project):
    name = project()
    assert codebuild.invalidate_project_cache(projectName=name)["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError, match="Project cannot be found"):
        codebuild.invalidate_project_cache(projectName="nobody")


def test_the_images_of_stock_projects_are_named(codebuild):
    platforms = codebuild.list_curated_environment_images()["platforms"]
    images = [image["name"] for each in platforms for one in each["languages"] for image in one["images"]]
    assert "aws/codebuild/amazonlinux2-x86_64-standard:5.0" in images
