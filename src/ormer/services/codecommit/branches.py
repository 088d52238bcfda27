"""Branches: made, found, listed and deleted."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit.paging import page_of
from ormer.services.codecommit.references import branch_name, concurrent, known_commit, move, opened
from ormer.stores.port import Call
from ormer.stores.repositories.repository import HEADS
from ormer.stores.repositories.trees import shown

JsonDict = dict[str, Any]
PAGE = 1000


def create_branch(call: Call, request: JsonDict) -> JsonDict:
    """Make a branch that begins at a commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateBranch.html

    Errors: BranchNameExistsException, CommitDoesNotExistException, InvalidBranchNameException.
    """
    name = branch_name(request["branchName"])
    taken = AwsError("BranchNameExistsException", f"Branch {name} already exists")
    with opened(call, request) as (row, repository):
        commit = known_commit(repository, request["commitId"])
        if repository.head(name) is not None:
            raise taken
        move(call, row, HEADS + name, commit, None, taken)
    return {}


def get_branch(call: Call, request: JsonDict) -> JsonDict:
    """Answer a branch's newest commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetBranch.html

    Errors: BranchDoesNotExistException, RepositoryDoesNotExistException.
    """
    with opened(call, request) as (_, repository):
        name = branch_name(request.get("branchName"))
        commit = repository.head(name)
    if commit is None:
        raise AwsError("BranchDoesNotExistException", f"Branch {name} does not exist")
    return {"branch": {"branchName": name, "commitId": commit}}


def list_branches(call: Call, request: JsonDict) -> JsonDict:
    """Page through branches by name. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_ListBranches.html"""
    with opened(call, request) as (_, repository):
        names = [shown(name) for name in repository.branches()]
    page, more = page_of(names, request.get("nextToken"), PAGE)
    return {"branches": list(page), **more}


def delete_branch(call: Call, request: JsonDict) -> JsonDict:
    """Delete a branch; one that is not there is no error. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_DeleteBranch.html

    Errors: DefaultBranchCannotBeDeletedException.
    """
    name = branch_name(request["branchName"])
    with opened(call, request) as (row, repository):
        commit = repository.head(name)
        if commit is None:
            return {}
        if row.document.get("defaultBranch") == name:
            text = f"{name} is the default branch: choose another with UpdateDefaultBranch first."
            raise AwsError("DefaultBranchCannotBeDeletedException", text)
        move(call, row, HEADS + name, None, commit, concurrent(name))
    return {"deletedBranch": {"branchName": name, "commitId": commit}}
