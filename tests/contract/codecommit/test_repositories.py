"""Repositories by their operations: names, metadata, tags, default branch."""

from __future__ import annotations

import pytest


def test_a_repository_is_made_found_and_deleted(codecommit, unique, shared_server):
    name = unique("abalone")
    made = codecommit.create_repository(repositoryName=name, repositoryDescription="Sea snails", tags={"team": "sea"})
    metadata = made["repositoryMetadata"]
    assert metadata["Arn"] == f"arn:aws:codecommit:us-east-1:123456789012:{name}"
    assert metadata["cloneUrlHttp"] == f"{shared_server.config.endpoint}/v1/repos/{name}"
    assert metadata["cloneUrlSsh"] == f"ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/{name}"
    assert metadata["accountId"] == "123456789012"
    assert "defaultBranch" not in metadata
    assert codecommit.get_repository(repositoryName=name)["repositoryMetadata"] == metadata
    assert codecommit.delete_repository(repositoryName=name)["repositoryId"] == metadata["repositoryId"]
    with pytest.raises(codecommit.exceptions.RepositoryDoesNotExistException, match="does not exist"):
        codecommit.get_repository(repositoryName=name)
    assert "repositoryId" not in codecommit.delete_repository(repositoryName=name)


def test_a_name_is_taken_only_once_and_must_be_one(codecommit, empty):
    with pytest.raises(codecommit.exceptions.RepositoryNameExistsException, match="already exists"):
        codecommit.create_repository(repositoryName=empty)
    with pytest.raises(codecommit.exceptions.InvalidRepositoryNameException, match=r"\.git"):
        codecommit.create_repository(repositoryName="name.git")


def test_repositories_are_listed_by_name_and_by_change(codecommit, unique, put, head):
    prefix = unique("list")
    names = [f"{prefix}-{letter}" for letter in "bac"]
    ids = {
        name: codecommit.create_repository(repositoryName=name)["repositoryMetadata"]["repositoryId"] for name in names
    }

    def listed(**order):
        pages = codecommit.get_paginator("list_repositories").paginate(**order)
        found = [one for page in pages for one in page["repositories"] if one["repositoryName"] in ids]
        assert all(ids[one["repositoryName"]] == one["repositoryId"] for one in found)
        return [one["repositoryName"] for one in found]

    assert listed() == sorted(names)
    assert listed(sortBy="repositoryName", order="descending") == sorted(names, reverse=True)
    codecommit.update_repository_description(repositoryName=names[0], repositoryDescription="newest")
    assert listed(sortBy="lastModifiedDate", order="descending")[0] == names[0]


def test_many_repositories_are_described_at_once(codecommit, empty, filled):
    found = codecommit.batch_get_repositories(repositoryNames=[filled, "nobody"])
    assert [one["repositoryName"] for one in found["repositories"]] == [filled]
    assert found["repositoriesNotFound"] == ["nobody"]
    with pytest.raises(codecommit.exceptions.MaximumRepositoryNamesExceededException):
        codecommit.batch_get_repositories(repositoryNames=[f"r{number}" for number in range(26)])


def test_a_renamed_repository_keeps_its_files_tags_and_id(codecommit, unique, filled, head):
    before = codecommit.get_repository(repositoryName=filled)["repositoryMetadata"]
    codecommit.tag_resource(resourceArn=before["Arn"], tags={"kept": "yes"})
    commit = head(filled)
    new = unique("renamed")
    codecommit.update_repository_name(oldName=filled, newName=new)
    after = codecommit.get_repository(repositoryName=new)["repositoryMetadata"]
    assert after["repositoryId"] == before["repositoryId"]
    assert after["Arn"].endswith(f":{new}")
    assert after["cloneUrlHttp"].endswith(f"/{new}")
    assert head(new) == commit
    assert codecommit.list_tags_for_resource(resourceArn=after["Arn"])["tags"] == {"kept": "yes"}
    with pytest.raises(codecommit.exceptions.RepositoryDoesNotExistException):
        codecommit.get_repository(repositoryName=filled)


def test_a_description_is_changed_and_taken_away(codecommit, empty):
    codecommit.update_repository_description(repositoryName=empty, repositoryDescription="new")
    metadata = codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]
    assert metadata["repositoryDescription"] == "new"
    codecommit.update_repository_description(repositoryName=empty)
    assert "repositoryDescription" not in codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]


def test_the_first_branch_is_the_default_one_until_another_is_chosen(codecommit, filled, head):
    assert codecommit.get_repository(repositoryName=filled)["repositoryMetadata"]["defaultBranch"] == "main"
    codecommit.create_branch(repositoryName=filled, branchName="release/1", commitId=head(filled))
    codecommit.update_default_branch(repositoryName=filled, defaultBranchName="release/1")
    assert codecommit.get_repository(repositoryName=filled)["repositoryMetadata"]["defaultBranch"] == "release/1"
    with pytest.raises(codecommit.exceptions.BranchDoesNotExistException):
        codecommit.update_default_branch(repositoryName=filled, defaultBranchName="nobody")


def test_tags_are_put_listed_and_removed(codecommit, empty):
    arn = codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]["Arn"]
    codecommit.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    codecommit.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert codecommit.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    with pytest.raises(codecommit.exceptions.InvalidResourceArnException):
        codecommit.list_tags_for_resource(resourceArn="arn:aws:s3:::bucket")
    with pytest.raises(codecommit.exceptions.RepositoryDoesNotExistException):
        codecommit.list_tags_for_resource(resourceArn=f"{arn}-no")
    with pytest.raises(codecommit.exceptions.TooManyTagsException):
        codecommit.tag_resource(resourceArn=arn, tags={f"k{number}": "" for number in range(51)})


def test_regions_do_not_see_each_others_repositories(shared_server, codecommit, empty):
    elsewhere = shared_server.client("codecommit", region="eu-west-1")
    with pytest.raises(elsewhere.exceptions.RepositoryDoesNotExistException):
        elsewhere.get_repository(repositoryName=empty)
    made = elsewhere.create_repository(repositoryName=empty)["repositoryMetadata"]
    assert made["Arn"].split(":")[3] == "eu-west-1"
