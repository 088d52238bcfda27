"""Files and folders: read at a commit, put and deleted one at a time."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit import edits as editing
from ormer.services.codecommit.commits import commit_edit, parent_of
from ormer.services.codecommit.edits import Edit, Entries
from ormer.services.codecommit.references import (
    FILE_BYTES_MAX,
    author_of,
    commit_of,
    message_of,
    mode_word,
    move,
    opened,
    outdated,
    path_of,
)
from ormer.stores.port import Call
from ormer.stores.repositories.repository import HEADS, Missing, Repository
from ormer.stores.repositories.trees import Entry, shown
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def get_file(call: Call, request: JsonDict) -> JsonDict:
    """Answer a file at a commit, by default the default branch's newest. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetFile.html

    Errors: FileDoesNotExistException, CommitDoesNotExistException, FileTooLargeException.
    """
    path = path_of(request["filePath"])
    with opened(call, request) as (_, repository):
        commit = commit_of(repository, request.get("commitSpecifier"))
        entry = repository.entry(commit, path)
        if entry is None or entry.kind not in ("file", "link"):
            raise AwsError("FileDoesNotExistException", f"{path} does not exist, or is no file, at commit {commit}.")
        content = _small(repository.blob(entry.id), path)
    return {
        "commitId": commit,
        "blobId": entry.id,
        "filePath": path,
        "fileMode": mode_word(entry),
        "fileSize": len(content),
        "fileContent": content,
    }


def get_blob(call: Call, request: JsonDict) -> JsonDict:
    """Answer contents by their id. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetBlob.html

    Errors: BlobIdDoesNotExistException, FileTooLargeException.
    """
    with opened(call, request) as (_, repository):
        try:
            return {"content": _small(repository.blob(request["blobId"]), request["blobId"])}
        except Missing:
            text = f"Blob {request['blobId']} does not exist in this repository."
            raise AwsError("BlobIdDoesNotExistException", text) from None


def get_folder(call: Call, request: JsonDict) -> JsonDict:
    """List a folder at a commit; `/` is the root. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetFolder.html

    Errors: FolderDoesNotExistException, CommitDoesNotExistException.
    """
    path = path_of(request["folderPath"]) if request["folderPath"].strip("/") else ""
    with opened(call, request) as (_, repository):
        commit = commit_of(repository, request.get("commitSpecifier"))
        folder = repository.entry(commit, path)
        if folder is None or folder.kind != "folder":
            raise AwsError("FolderDoesNotExistException", f"There is no folder {path} at commit {commit}.")
        entries = repository.tree(commit, path)
    of = {kind: [entry for entry in entries if entry.kind == kind] for kind in ("folder", "file", "link", "submodule")}
    return {
        "commitId": commit,
        "folderPath": path,
        "treeId": folder.id,
        "subFolders": [{"treeId": one.id, **_placed(one, path)} for one in of["folder"]],
        "files": [{"blobId": one.id, "fileMode": mode_word(one), **_placed(one, path)} for one in of["file"]],
        "symbolicLinks": [{"blobId": one.id, "fileMode": mode_word(one), **_placed(one, path)} for one in of["link"]],
        "subModules": [{"commitId": one.id, **_placed(one, path)} for one in of["submodule"]],
    }


def put_file(call: Call, request: JsonDict) -> JsonDict:
    """Add or change one file on a branch. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_PutFile.html

    Errors: ParentCommitIdOutdatedException, ParentCommitIdRequiredException, SameFileContentException.
    """
    path = path_of(request["filePath"])
    wanted = {key: request[key] for key in ("fileContent", "fileMode") if key in request}
    entries = Entries(put={path: {"filePath": path, **wanted}})
    with opened(call, request) as (row, repository):
        branch, parent = parent_of(repository, request)
        before = repository.files(parent) if parent else {}
        edit = editing.apply(repository, before, entries, keep_folders=False)
        if not edit.changes(before):
            raise AwsError("SameFileContentException", f"{path} has this content and mode already on {branch}.")
        verb = "Edited" if path in before else "Added"
        commit, tree = _commit(call, row, repository, request, (branch, parent), edit, f"{verb} {path}")
    return {"commitId": commit, "treeId": tree, "blobId": edit.put[path].id}


def delete_file(call: Call, request: JsonDict) -> JsonDict:
    """Delete one file on a branch. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_DeleteFile.html

    Errors: FileDoesNotExistException, ParentCommitIdOutdatedException.
    """
    path = path_of(request["filePath"])
    with opened(call, request) as (row, repository):
        branch, parent = parent_of(repository, request)
        before = repository.files(parent) if parent else {}
        edit = editing.apply(repository, before, Entries(delete=[path]), bool(request.get("keepEmptyFolders")))
        commit, tree = _commit(call, row, repository, request, (branch, parent), edit, f"Deleted {path}")
    return {"commitId": commit, "treeId": tree, "blobId": before[path].id, "filePath": path}


def _commit(
    call: Call,
    row: Row,
    repository: Repository,
    request: JsonDict,
    place: tuple[str, str | None],
    edit: Edit,
    otherwise: str,
) -> tuple[str, str]:
    """Commit an edit to a branch. place: the branch and its newest commit. Returns the commit's and the tree's id."""
    branch, parent = place
    message = message_of(request, otherwise)
    commit, tree = commit_edit(call, repository, parent, edit, author_of(call, request), message)
    move(call, row, HEADS + branch, commit, parent, outdated(branch))
    return commit, tree


def _placed(entry: Entry, folder: str) -> JsonDict:
    absolute = shown(entry.path)
    return {"absolutePath": absolute, "relativePath": absolute.removeprefix(f"{folder}/") if folder else absolute}


def _small(content: bytes, what: str) -> bytes:
    if len(content) > FILE_BYTES_MAX:
        text = f"{what} has {len(content)} bytes, and the API answers {FILE_BYTES_MAX}: clone the repository instead."
        raise AwsError("FileTooLargeException", text)
    return content
