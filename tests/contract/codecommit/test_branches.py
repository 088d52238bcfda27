"""Branches by their operations, and the events they make."""

from __future__ import annotations

import pytest


def test_a_branch_is_made_found_listed_and_deleted_and_each_change_is_told(codecommit, filled, head, told):
    commit = head(filled)
    codecommit.create_branch(repositoryName=filled, branchName="feature/x", commitId=commit)
    assert head(filled, "feature/x") == commit
    assert codecommit.list_branches(repositoryName=filled)["branches"] == ["feature/x", "main"]
    gone = codecommit.delete_branch(repositoryName=filled, branchName="feature/x")
    assert gone["deletedBranch"] == {"branchName": "feature/x", "commitId": commit}
    assert codecommit.list_branches(repositoryName=filled)["branches"] == ["main"]
    assert "deletedBranch" not in codecommit.delete_branch(repositoryName=filled, branchName="feature/x")
    created, deleted = told(filled)[1:]
    identity = codecommit.get_repository(repositoryName=filled)["repositoryMetadata"]["repositoryId"]
    assert created == {
        "event": "referenceCreated",
        "repositoryName": filled,
        "repositoryId": identity,
        "referenceType": "branch",
        "referenceName": "feature/x",
        "referenceFullName": "refs/heads/feature/x",
        "commitId": commit,
        "callerUserArn": "arn:aws:iam::123456789012:root",
    }
    assert (deleted["event"], deleted["oldCommitId"]) == ("referenceDeleted", commit)


def test_branches_refuse_what_git_refuses(codecommit, filled, head):
    errors = codecommit.exceptions
    commit = head(filled)
    with pytest.raises(errors.BranchNameExistsException):
        codecommit.create_branch(repositoryName=filled, branchName="main", commitId=commit)
    for name in ("a..b", "with space", "x.lock", "refs/heads/x", "-x", "a~b", commit):
        with pytest.raises(errors.InvalidBranchNameException):
            codecommit.create_branch(repositoryName=filled, branchName=name, commitId=commit)
    with pytest.raises(errors.InvalidBranchNameException, match="Git does not take"):
        codecommit.create_branch(repositoryName=filled, branchName="main/below", commitId=commit)
    with pytest.raises(errors.CommitDoesNotExistException):
        codecommit.create_branch(repositoryName=filled, branchName="x", commitId="0" * 39 + "1")
    with pytest.raises(errors.InvalidCommitIdException):
        codecommit.create_branch(repositoryName=filled, branchName="x", commitId="main")
    with pytest.raises(errors.BranchDoesNotExistException):
        codecommit.get_branch(repositoryName=filled, branchName="nobody")
    with pytest.raises(errors.DefaultBranchCannotBeDeletedException, match="UpdateDefaultBranch"):
        codecommit.delete_branch(repositoryName=filled, branchName="main")
