"""Commits: read by their ids, and made from files without a clone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit import edits as editing
from ormer.services.codecommit.edits import Edit
from ormer.services.codecommit.references import (
    COMMIT_ID,
    author_of,
    branch_name,
    head_of,
    known_commit,
    message_of,
    mode_word,
    move,
    opened,
    outdated,
)
from ormer.stores.port import Call
from ormer.stores.repositories.repository import HEADS, Author, Logged, Missing, Repository
from ormer.stores.repositories.trees import Entry, shown

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/codecommit/latest/APIReference/API_BatchGetCommits.html
BATCH_MAX = 100


def get_commit(call: Call, request: JsonDict) -> JsonDict:
    """Answer a commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetCommit.html

    Errors: CommitIdDoesNotExistException, InvalidCommitIdException.
    """
    with opened(call, request) as (_, repository):
        commit_id = known_commit(repository, request["commitId"], "CommitIdDoesNotExistException")
        return {"commit": described(repository.commit(commit_id))}


def batch_get_commits(call: Call, request: JsonDict) -> JsonDict:
    """Answer many commits; what is not there is listed as errors. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_BatchGetCommits.html

    Errors: CommitIdsListRequiredException, CommitIdsLimitExceededException.
    """
    wanted = list(dict.fromkeys(request["commitIds"]))
    if not wanted:
        raise AwsError("CommitIdsListRequiredException", "A list of commit ids is required.")
    if len(wanted) > BATCH_MAX:
        raise AwsError("CommitIdsLimitExceededException", f"Ask for {BATCH_MAX} commits at most.")
    commits, errors = [], []
    with opened(call, request) as (_, repository):
        for commit_id in wanted:
            try:
                commits.append(described(repository.commit(commit_id)))
            except Missing:
                text = f"Commit {commit_id} does not exist in this repository."
                code = "CommitDoesNotExistException" if COMMIT_ID.fullmatch(commit_id) else "InvalidCommitIdException"
                errors.append({"commitId": commit_id, "errorCode": code, "errorMessage": text})
    return {"commits": commits, "errors": errors}


def create_commit(call: Call, request: JsonDict) -> JsonDict:
    """Put, copy, move and delete files in one commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateCommit.html

    Errors: ParentCommitIdOutdatedException, ParentCommitIdRequiredException, NoChangeException,
    FileDoesNotExistException, FileEntryRequiredException, SamePathRequestException, and the like.
    """
    entries = editing.entries_of(request)
    with opened(call, request) as (row, repository):
        branch, parent = parent_of(repository, request)
        before = repository.files(parent) if parent else {}
        edit = editing.apply(repository, before, entries, bool(request.get("keepEmptyFolders")))
        if not edit.changes(before):
            text = "The commit would change nothing: the files are already as you want them."
            raise AwsError("NoChangeException", text)
        author = author_of(call, request, "authorName")
        commit, tree = commit_edit(call, repository, parent, edit, author, message_of(request, "Changed files"))
        move(call, row, HEADS + branch, commit, parent, outdated(branch))
    return {"commitId": commit, "treeId": tree, **_told(edit, before)}


def parent_of(repository: Repository, request: JsonDict) -> tuple[str, str | None]:
    """The branch to commit to and its newest commit, which must be the parent the request names.

    The first commit of an empty repository makes its branch and has no parent.
    """
    branch = branch_name(request["branchName"])
    named = request.get("parentCommitId")
    if not repository.branches():
        if named:
            raise AwsError("ParentCommitDoesNotExistException", f"Commit {named} does not exist: there is none yet.")
        return branch, None
    head = head_of(repository, branch)
    if not named:
        text = f"A parent commit id is required: the newest commit of {branch} is {head}."
        raise AwsError("ParentCommitIdRequiredException", text)
    if not COMMIT_ID.fullmatch(named):
        raise AwsError("InvalidParentCommitIdException", f"{named!r} is not a commit id of 40 hexadecimal digits.")
    if repository.resolve(named) is None:
        raise AwsError("ParentCommitDoesNotExistException", f"Commit {named} does not exist in this repository.")
    if named != head:
        raise outdated(branch)
    return branch, head


def commit_edit(
    call: Call, repository: Repository, parent: str | None, edit: Edit, author: Author, message: str
) -> tuple[str, str]:
    """Keep the files and the commit of an edit; returns the commit's and the tree's id. No branch has it yet."""
    tree = editing.tree(repository, parent, edit)
    return repository.add_commit(tree, [parent] if parent else [], author, message, call.now), tree


def described(commit: Logged) -> JsonDict:
    """A commit in CodeCommit's words."""
    return {
        "commitId": commit.id,
        "treeId": commit.tree,
        "parents": list(commit.parents),
        "message": commit.message,
        "author": _person(commit.author, commit.authored, commit.author_zone),
        "committer": _person(commit.committer, commit.committed, commit.committer_zone),
        "additionalData": "",
    }


def _person(author: Author, seconds: int, zone: int) -> JsonDict:
    sign, minutes = ("-", -zone // 60) if zone < 0 else ("+", zone // 60)
    date = f"{seconds} {sign}{minutes // 60:02}{minutes % 60:02}"
    return {"name": author.name, "email": author.email, "date": date}


def _told(edit: Edit, before: dict[str, Entry]) -> JsonDict:
    """What CreateCommit says it did."""
    added, updated, deleted = edit.sorted_out(before)

    def listed(paths: list[str], entry: Callable[[str], Entry]) -> list[JsonDict]:
        return [
            {"absolutePath": shown(path), "blobId": entry(path).id, "fileMode": mode_word(entry(path))}
            for path in paths
        ]

    return {
        "filesAdded": listed(added, edit.put.__getitem__),
        "filesUpdated": listed(updated, edit.put.__getitem__),
        "filesDeleted": listed(deleted, before.__getitem__),
    }
