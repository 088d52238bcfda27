"""What differs between two commits, and what happened to one file."""

from __future__ import annotations

from itertools import islice
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit.commits import described
from ormer.services.codecommit.paging import length_of, page_of
from ormer.services.codecommit.references import commit_of, opened, path_of
from ormer.stores.port import Call
from ormer.stores.repositories.differences import Difference
from ormer.stores.repositories.repository import Repository
from ormer.stores.repositories.trees import Entry, shown

JsonDict = dict[str, Any]
DIFFERENCES_MAX = 400
HISTORY_MAX = 100
# How far back a file's history is looked for.
HISTORY_COMMITS_MAX = 10_000


def get_differences(call: Call, request: JsonDict) -> JsonDict:
    """List the files that differ between two commits. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetDifferences.html

    Without a commit before, every file of the one after is an addition.
    Errors: CommitDoesNotExistException, PathDoesNotExistException, InvalidMaxResultsException.
    """
    length = length_of(request.get("MaxResults"), DIFFERENCES_MAX)
    before_path, after_path = (_folder(request.get(name)) for name in ("beforePath", "afterPath"))
    with opened(call, request) as (_, repository):
        after = commit_of(repository, request["afterCommitSpecifier"])
        specifier = request.get("beforeCommitSpecifier")
        before = commit_of(repository, specifier) if specifier is not None else None
        for commit, path in ((before, before_path), (after, after_path)):
            _check_path(repository, commit, path)
        found = [
            {
                "changeType": one.change,
                **({"beforeBlob": _blob(one.before)} if one.before else {}),
                **({"afterBlob": _blob(one.after)} if one.after else {}),
            }
            for one in repository.diff(before, after)
            if _chosen(one, before_path, after_path)
        ]
    page, more = page_of(found, request.get("NextToken"), length, "NextToken")
    return {"differences": list(page), **more}


def list_file_commit_history(call: Call, request: JsonDict) -> JsonDict:
    """List the commits that changed a file, newest first. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_ListFileCommitHistory.html

    Differs: renames are not followed. Errors: CommitDoesNotExistException, InvalidMaxResultsException.
    """
    path = path_of(request["filePath"])
    length = length_of(request.get("maxResults"), HISTORY_MAX)
    with opened(call, request) as (_, repository):
        start = commit_of(repository, request.get("commitSpecifier"))
        found = []
        newer: list[str] = []
        for commit in islice(repository.log(start, [path]), HISTORY_COMMITS_MAX):
            entry = repository.entry(commit.id, path)
            version = {"commit": described(commit), "path": path, "revisionChildren": newer[-1:]}
            found.append(version | ({"blobId": entry.id} if entry is not None else {}))
            newer.append(commit.id)
    page, more = page_of(found, request.get("nextToken"), length)
    return {"revisionDag": list(page), **more}


def _folder(path: str | None) -> str:
    return path_of(path) if path is not None and path.strip("/") else ""


def _check_path(repository: Repository, commit: str | None, path: str) -> None:
    if path and (commit is None or repository.entry(commit, path) is None):
        raise AwsError("PathDoesNotExistException", f"There is no {path} at commit {commit or 'before the first'}.")


def _chosen(one: Difference, before_path: str, after_path: str) -> bool:
    """Whether a difference lies on one of the paths asked for; all do when none is."""
    if not before_path and not after_path:
        return True
    sides = ((one.before, before_path), (one.after, after_path))
    return any(entry is not None and path and f"{entry.path}/".startswith(f"{path}/") for entry, path in sides)


def _blob(entry: Entry) -> JsonDict:
    return {"blobId": entry.id, "path": shown(entry.path), "mode": f"{entry.mode:06o}"}
