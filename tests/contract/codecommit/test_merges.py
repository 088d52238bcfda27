"""Merges of branches: options, conflicts, the three ways, and how conflicts are resolved."""

from __future__ import annotations

import pytest

LINES = b"one\ntwo\nthree\nfour\nfive\n"


@pytest.fixture
def forked(codecommit, filled, head, put):
    """A repository whose `main` and `side` changed different lines of code/train.py and each added a file."""
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=head(filled))
    put(filled, "main", "code/train.py", LINES.replace(b"one", b"ONE"))
    put(filled, "main", "main.txt", b"main")
    put(filled, "side", "code/train.py", LINES.replace(b"five", b"FIVE"))
    put(filled, "side", "side.txt", b"side")
    return filled


def ends(repository, **more):
    return {
        "repositoryName": repository,
        "sourceCommitSpecifier": "side",
        "destinationCommitSpecifier": "main",
        **more,
    }


def test_a_branch_that_only_went_on_is_merged_by_fast_forward(codecommit, filled, head, put, told):
    before = head(filled)
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=before)
    commit = put(filled, "side", "side.txt", b"side")
    options = codecommit.get_merge_options(**ends(filled))
    assert options["mergeOptions"] == ["FAST_FORWARD_MERGE", "SQUASH_MERGE", "THREE_WAY_MERGE"]
    assert options["baseCommitId"] == before
    merged = codecommit.merge_branches_by_fast_forward(**ends(filled))
    assert merged["commitId"] == head(filled) == commit
    event = told(filled)[-1]
    assert (event["event"], event["mergeOption"]) == ("referenceUpdated", "FAST_FORWARD_MERGE")
    assert (event["oldCommitId"], event["commitId"]) == (before, commit)


def test_lines_that_both_changed_apart_merge_by_line_and_conflict_by_file(codecommit, forked, head):
    assert codecommit.get_merge_options(**ends(forked))["mergeOptions"] == []
    by_line = codecommit.get_merge_options(**ends(forked, conflictDetailLevel="LINE_LEVEL"))
    assert by_line["mergeOptions"] == ["SQUASH_MERGE", "THREE_WAY_MERGE"]
    with pytest.raises(codecommit.exceptions.ManualMergeRequiredException, match=r"code/train\.py"):
        codecommit.merge_branches_by_three_way(**ends(forked))
    with pytest.raises(codecommit.exceptions.ManualMergeRequiredException):
        codecommit.merge_branches_by_fast_forward(**ends(forked))
    main, side = head(forked), head(forked, "side")
    merged = codecommit.merge_branches_by_three_way(
        **ends(forked, conflictDetailLevel="LINE_LEVEL", commitMessage="Both", authorName="Ada", email="a@example.com")
    )
    commit = codecommit.get_commit(repositoryName=forked, commitId=merged["commitId"])["commit"]
    assert (commit["parents"], commit["message"]) == ([main, side], "Both\n")
    file = codecommit.get_file(repositoryName=forked, filePath="code/train.py")["fileContent"]
    assert file == LINES.replace(b"one", b"ONE").replace(b"five", b"FIVE")
    assert codecommit.get_file(repositoryName=forked, filePath="side.txt")["fileContent"] == b"side"
    found = codecommit.get_merge_commit(**ends(forked) | {"sourceCommitSpecifier": side})
    assert found["mergedCommitId"] == merged["commitId"]


def test_a_squash_is_one_commit_with_one_parent(codecommit, forked, head, told):
    main = head(forked)
    merged = codecommit.merge_branches_by_squash(**ends(forked, conflictDetailLevel="LINE_LEVEL"))
    commit = codecommit.get_commit(repositoryName=forked, commitId=merged["commitId"])["commit"]
    assert commit["parents"] == [main]
    assert codecommit.get_file(repositoryName=forked, filePath="side.txt")["fileContent"] == b"side"
    event = told(forked)[-1]
    assert event["mergeOption"] == "SQUASH_MERGE"
    assert (event["conflictDetailsLevel"], event["conflictResolutionStrategy"]) == ("LINE_LEVEL", "NONE")


def test_conflicts_are_described(codecommit, filled, head, put):
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=head(filled))
    put(filled, "main", "code/train.py", b"main\n")
    put(filled, "side", "code/train.py", b"the side\n")
    found = codecommit.get_merge_conflicts(**ends(filled, mergeOption="THREE_WAY_MERGE"))
    assert found["mergeable"] is False
    (conflict,) = found["conflictMetadataList"]
    assert conflict["filePath"] == "code/train.py"
    assert conflict["fileSizes"] == {"source": 9, "destination": 5, "base": 24}
    assert conflict["mergeOperations"] == {"source": "M", "destination": "M"}
    assert (conflict["contentConflict"], conflict["fileModeConflict"]) == (True, False)
    assert conflict["numberOfConflicts"] == 1
    forward = codecommit.get_merge_conflicts(**ends(filled, mergeOption="FAST_FORWARD_MERGE"))
    assert (forward["mergeable"], forward["conflictMetadataList"]) == (False, [])


@pytest.mark.parametrize(
    ("strategy", "content"),
    [("ACCEPT_SOURCE", b"side\n"), ("ACCEPT_DESTINATION", b"main\n"), ("AUTOMERGE", b"main\nside\n")],
)
def test_a_strategy_decides_conflicts(codecommit, filled, head, put, strategy, content):
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=head(filled))
    put(filled, "main", "code/train.py", b"main\n")
    put(filled, "side", "code/train.py", b"side\n")
    codecommit.merge_branches_by_three_way(
        **ends(filled, conflictDetailLevel="LINE_LEVEL", conflictResolutionStrategy=strategy)
    )
    assert codecommit.get_file(repositoryName=filled, filePath="code/train.py")["fileContent"] == content


def test_conflicts_are_resolved_file_by_file(codecommit, filled, head, put):
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=head(filled))
    for path in ("a", "b", "c"):
        put(filled, "main", path, f"main {path}".encode())
        put(filled, "side", path, f"side {path}".encode())
    with pytest.raises(codecommit.exceptions.InvalidConflictResolutionException):
        codecommit.merge_branches_by_squash(
            **ends(filled, conflictResolution={"replaceContents": [{"filePath": "x", "replacementType": "KEEP_BASE"}]})
        )
    codecommit.merge_branches_by_squash(
        **ends(
            filled,
            conflictResolution={
                "replaceContents": [
                    {"filePath": "a", "replacementType": "KEEP_SOURCE"},
                    {"filePath": "b", "replacementType": "USE_NEW_CONTENT", "content": b"new"},
                ],
                "deleteFiles": [{"filePath": "c"}],
            },
        )
    )
    files = {path: codecommit.get_file(repositoryName=filled, filePath=path)["fileContent"] for path in ("a", "b")}
    assert files == {"a": b"side a", "b": b"new"}
    with pytest.raises(codecommit.exceptions.FileDoesNotExistException):
        codecommit.get_file(repositoryName=filled, filePath="c")


def test_a_file_that_one_deleted_and_one_changed_conflicts(codecommit, filled, head, put):
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=head(filled))
    put(filled, "main", "README.md", b"changed")
    codecommit.delete_file(
        repositoryName=filled, branchName="side", filePath="README.md", parentCommitId=head(filled, "side")
    )
    found = codecommit.get_merge_conflicts(**ends(filled, mergeOption="SQUASH_MERGE", conflictDetailLevel="LINE_LEVEL"))
    (conflict,) = found["conflictMetadataList"]
    assert conflict["mergeOperations"] == {"source": "D", "destination": "M"}
    codecommit.merge_branches_by_squash(**ends(filled, conflictResolutionStrategy="ACCEPT_SOURCE"))
    with pytest.raises(codecommit.exceptions.FileDoesNotExistException):
        codecommit.get_file(repositoryName=filled, filePath="README.md")


def test_a_file_where_the_other_side_has_a_folder_conflicts(codecommit, filled, head, put):
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=head(filled))
    put(filled, "main", "thing", b"file")
    put(filled, "side", "thing/inner", b"inner")
    found = codecommit.get_merge_conflicts(**ends(filled, mergeOption="THREE_WAY_MERGE"))
    assert [(one["filePath"], one["objectTypeConflict"]) for one in found["conflictMetadataList"]] == [("thing", True)]


def test_a_destination_that_moved_on_is_not_merged_into(codecommit, forked, head, put):
    before = head(forked)
    put(forked, "main", "x", b"x")
    with pytest.raises(codecommit.exceptions.ConcurrentReferenceUpdateException):
        codecommit.merge_branches_by_squash(
            repositoryName=forked,
            sourceCommitSpecifier="side",
            destinationCommitSpecifier=before,
            targetBranch="main",
        )
