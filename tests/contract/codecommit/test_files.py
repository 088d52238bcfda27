"""Files and commits without a clone."""

from __future__ import annotations

import pytest


def test_a_file_is_put_read_and_deleted(codecommit, empty, head):
    first = codecommit.put_file(
        repositoryName=empty,
        branchName="main",
        filePath="a/b.txt",
        fileContent=b"hello",
        name="Ada",
        email="ada@example.com",
        commitMessage="Say hello",
    )
    found = codecommit.get_file(repositoryName=empty, filePath="/a/b.txt")
    assert (found["fileContent"], found["fileMode"], found["fileSize"]) == (b"hello", "NORMAL", 5)
    assert (found["commitId"], found["blobId"]) == (first["commitId"], first["blobId"])
    assert codecommit.get_blob(repositoryName=empty, blobId=first["blobId"])["content"] == b"hello"
    gone = codecommit.delete_file(
        repositoryName=empty, branchName="main", filePath="a/b.txt", parentCommitId=first["commitId"]
    )
    assert gone["blobId"] == first["blobId"]
    assert head(empty) == gone["commitId"]
    with pytest.raises(codecommit.exceptions.FileDoesNotExistException):
        codecommit.get_file(repositoryName=empty, filePath="a/b.txt")
    before = codecommit.get_file(repositoryName=empty, filePath="a/b.txt", commitSpecifier=first["commitId"])
    assert before["fileContent"] == b"hello"


def test_a_commit_puts_copies_moves_deletes_and_changes_modes(codecommit, filled, head, told):
    parent = head(filled)
    done = codecommit.create_commit(
        repositoryName=filled,
        branchName="main",
        parentCommitId=parent,
        authorName="Grace",
        email="grace@example.com",
        commitMessage="Rearrange",
        putFiles=[
            {"filePath": "README.md", "fileContent": b"# Snails\n"},
            {"filePath": "docs/train.py", "sourceFile": {"filePath": "code/train.py", "isMove": True}},
            {"filePath": "link", "fileContent": b"README.md", "fileMode": "SYMLINK"},
        ],
        setFileModes=[{"filePath": "code/run.sh", "fileMode": "NORMAL"}],
    )
    assert [one["absolutePath"] for one in done["filesAdded"]] == ["docs/train.py", "link"]
    assert [one["absolutePath"] for one in done["filesUpdated"]] == ["README.md", "code/run.sh"]
    assert [one["absolutePath"] for one in done["filesDeleted"]] == ["code/train.py"]
    commit = codecommit.get_commit(repositoryName=filled, commitId=done["commitId"])["commit"]
    assert commit["parents"] == [parent]
    assert (commit["treeId"], commit["message"]) == (done["treeId"], "Rearrange\n")
    assert (commit["author"]["name"], commit["committer"]["email"]) == ("Grace", "grace@example.com")
    assert commit["author"]["date"].endswith(" +0000")
    event = told(filled)[-1]
    assert (event["event"], event["referenceName"]) == ("referenceUpdated", "main")
    assert (event["commitId"], event["oldCommitId"]) == (done["commitId"], parent)


def test_the_last_file_of_a_folder_can_leave_a_keeper(codecommit, filled, head):
    codecommit.create_commit(
        repositoryName=filled,
        branchName="main",
        parentCommitId=head(filled),
        keepEmptyFolders=True,
        deleteFiles=[{"filePath": "code/train.py"}, {"filePath": "code/run.sh"}],
    )
    folder = codecommit.get_folder(repositoryName=filled, folderPath="code")
    assert [one["relativePath"] for one in folder["files"]] == [".gitkeep"]


def test_a_folder_lists_files_links_and_folders(codecommit, filled, put, head):
    codecommit.create_commit(
        repositoryName=filled,
        branchName="main",
        parentCommitId=head(filled),
        putFiles=[{"filePath": "code/link", "fileContent": b"run.sh", "fileMode": "SYMLINK"}],
    )
    root = codecommit.get_folder(repositoryName=filled, folderPath="/")
    assert [one["absolutePath"] for one in root["subFolders"]] == ["code"]
    assert [one["absolutePath"] for one in root["files"]] == ["README.md"]
    code = codecommit.get_folder(repositoryName=filled, folderPath="code", commitSpecifier="main")
    assert {one["relativePath"]: one["fileMode"] for one in code["files"]} == {
        "run.sh": "EXECUTABLE",
        "train.py": "NORMAL",
    }
    assert [one["absolutePath"] for one in code["symbolicLinks"]] == ["code/link"]
    with pytest.raises(codecommit.exceptions.FolderDoesNotExistException):
        codecommit.get_folder(repositoryName=filled, folderPath="README.md")


def test_many_commits_are_read_at_once(codecommit, filled, head):
    commit, missing = head(filled), "0" * 40
    found = codecommit.batch_get_commits(repositoryName=filled, commitIds=[commit, missing, "x"])
    assert [one["commitId"] for one in found["commits"]] == [commit]
    codes = {one["commitId"]: one["errorCode"] for one in found["errors"]}
    assert codes == {missing: "CommitDoesNotExistException", "x": "InvalidCommitIdException"}


def test_differences_are_listed_by_path_and_page(codecommit, filled, put, head):
    before = head(filled)
    put(filled, "main", "code/train.py", b"changed\n")
    put(filled, "main", "code/new.py", b"new\n")
    pages = codecommit.get_paginator("get_differences").paginate(
        repositoryName=filled,
        beforeCommitSpecifier=before,
        afterCommitSpecifier="main",
        PaginationConfig={"PageSize": 1},
    )
    found = [one for page in pages for one in page["differences"]]
    assert [(one["changeType"], one["afterBlob"]["path"]) for one in found] == [
        ("A", "code/new.py"),
        ("M", "code/train.py"),
    ]
    assert found[1]["beforeBlob"]["mode"] == "100644"
    alone = codecommit.get_differences(
        repositoryName=filled, beforeCommitSpecifier=before, afterCommitSpecifier="main", afterPath="code/new.py"
    )["differences"]
    assert [one["changeType"] for one in alone] == ["A"]
    everything = codecommit.get_differences(repositoryName=filled, afterCommitSpecifier="main")["differences"]
    assert {one["changeType"] for one in everything} == {"A"} and len(everything) == 4
    with pytest.raises(codecommit.exceptions.PathDoesNotExistException):
        codecommit.get_differences(repositoryName=filled, afterCommitSpecifier="main", afterPath="nothing")


def test_the_history_of_a_file_has_the_commits_that_changed_it(codecommit, filled, put, head):
    first = head(filled)
    put(filled, "main", "code/new.py", b"new\n")
    second = put(filled, "main", "README.md", b"# Snails\n")
    found = codecommit.list_file_commit_history(repositoryName=filled, commitSpecifier="main", filePath="README.md")
    assert [one["commit"]["commitId"] for one in found["revisionDag"]] == [second, first]
    assert [one["revisionChildren"] for one in found["revisionDag"]] == [[], [second]]
    page = codecommit.list_file_commit_history(repositoryName=filled, filePath="README.md", maxResults=1)
    assert len(page["revisionDag"]) == 1 and page["nextToken"]


def test_commits_refuse_what_does_not_fit(codecommit, filled, put, head, unique):
    errors = codecommit.exceptions
    old = head(filled)
    put(filled, "main", "x", b"x")

    def commit(repository=filled, branch="main", parent=None, **files):
        named = {"parentCommitId": parent} if parent else {}
        codecommit.create_commit(repositoryName=repository, branchName=branch, **named, **files)

    file = {"filePath": "y", "fileContent": b"y"}
    with pytest.raises(errors.ParentCommitIdOutdatedException, match="GetBranch"):
        commit(parent=old, putFiles=[file])
    with pytest.raises(errors.ParentCommitIdRequiredException, match=head(filled)):
        commit(putFiles=[file])
    with pytest.raises(errors.ParentCommitDoesNotExistException):
        commit(parent="0" * 40, putFiles=[file])
    with pytest.raises(errors.InvalidParentCommitIdException):
        commit(parent="main", putFiles=[file])
    with pytest.raises(errors.BranchDoesNotExistException):
        commit(branch="nobody", parent=old, putFiles=[file])
    parent = head(filled)
    with pytest.raises(errors.NoChangeException):
        commit(parent=parent, putFiles=[{"filePath": "x", "fileContent": b"x"}])
    with pytest.raises(errors.FileEntryRequiredException):
        commit(parent=parent)
    with pytest.raises(errors.FileDoesNotExistException):
        commit(parent=parent, deleteFiles=[{"filePath": "nothing"}])
    with pytest.raises(errors.SamePathRequestException):
        commit(parent=parent, putFiles=[file], deleteFiles=[{"filePath": "/y"}])
    with pytest.raises(errors.SourceFileOrContentRequiredException):
        commit(parent=parent, putFiles=[{"filePath": "y"}])
    with pytest.raises(errors.FileContentAndSourceFileSpecifiedException):
        commit(parent=parent, putFiles=[file | {"sourceFile": {"filePath": "x"}}])
    with pytest.raises(errors.FileNameConflictsWithDirectoryNameException):
        commit(parent=parent, putFiles=[{"filePath": "code", "fileContent": b""}])
    with pytest.raises(errors.DirectoryNameConflictsWithFileNameException):
        commit(parent=parent, putFiles=[{"filePath": "x/y", "fileContent": b""}])
    for path in ("../x", "a//b", ".git/config", "a/./b", "a/.GIT/x"):
        with pytest.raises(errors.InvalidPathException):
            commit(parent=parent, putFiles=[{"filePath": path, "fileContent": b""}])
    with pytest.raises(errors.SameFileContentException):
        put(filled, "main", "x", b"x")
    empty = unique("empty")
    codecommit.create_repository(repositoryName=empty)
    with pytest.raises(errors.CommitDoesNotExistException, match="no commit yet"):
        codecommit.get_file(repositoryName=empty, filePath="x")
    with pytest.raises(errors.BlobIdDoesNotExistException):
        codecommit.get_blob(repositoryName=filled, blobId="0" * 40)
    with pytest.raises(errors.CommitIdDoesNotExistException):
        codecommit.get_commit(repositoryName=filled, commitId="0" * 40)
    assert head(filled) == parent
