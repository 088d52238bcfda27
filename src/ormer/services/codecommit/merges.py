"""Merges of branches: what could be merged, what conflicts, and the merge itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit.edits import tree_with
from ormer.services.codecommit.paging import length_of, page_of
from ormer.services.codecommit.references import (
    MODES,
    author_of,
    branch_name,
    commit_of,
    concurrent,
    head_of,
    message_of,
    move,
    opened,
    path_of,
)
from ormer.stores.port import Call
from ormer.stores.repositories import merges
from ormer.stores.repositories.merges import Conflict, Merge
from ormer.stores.repositories.repository import HEADS, Repository
from ormer.stores.repositories.trees import FILE_MODE, Entry, shown
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
CONFLICTS_MAX = 1000
KINDS: Mapping[str, str] = {"file": "FILE", "folder": "DIRECTORY", "submodule": "GIT_LINK", "link": "SYMBOLIC_LINK"}
OPTIONS = ("FAST_FORWARD_MERGE", "SQUASH_MERGE", "THREE_WAY_MERGE")


@dataclass(frozen=True)
class Merged:
    """A merge that is ready: the commit the branch moves to, and what its event says."""

    commit: str
    detail: JsonDict


def get_merge_options(call: Call, request: JsonDict) -> JsonDict:
    """List the ways two commits can be merged. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetMergeOptions.html

    Errors: CommitDoesNotExistException, TipsDivergenceExceededException.
    """
    with opened(call, request) as (_, repository):
        found = _merge(repository, request)
        options = [OPTIONS[0]] if found.is_fast_forward else []
        options += [] if found.conflicts else OPTIONS[1:]
    return {"mergeOptions": options, **_ids(found)}


def get_merge_conflicts(call: Call, request: JsonDict) -> JsonDict:
    """List what keeps two commits from being merged. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetMergeConflicts.html

    Errors: CommitDoesNotExistException, TipsDivergenceExceededException, InvalidMaxConflictFilesException.
    """
    asked = request.get("maxConflictFiles")
    if asked is not None and not 1 <= asked <= CONFLICTS_MAX:
        raise AwsError("InvalidMaxConflictFilesException", f"maxConflictFiles must be between 1 and {CONFLICTS_MAX}.")
    with opened(call, request) as (_, repository):
        found = _merge(repository, request)
        if request["mergeOption"] == OPTIONS[0]:
            return {"mergeable": found.is_fast_forward, "conflictMetadataList": [], **_ids(found)}
        page, more = page_of(found.conflicts, request.get("nextToken"), length_of(asked, CONFLICTS_MAX))
        listed = [_described(repository, conflict) for conflict in page]
    return {"mergeable": not found.conflicts, "conflictMetadataList": listed, **_ids(found), **more}


def get_merge_commit(call: Call, request: JsonDict) -> JsonDict:
    """Answer the commits a merge would be made of. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetMergeCommit.html

    Errors: CommitDoesNotExistException.
    """
    with opened(call, request) as (_, repository):
        source = commit_of(repository, request["sourceCommitSpecifier"])
        destination = commit_of(repository, request["destinationCommitSpecifier"])
        base = repository.merge_base(source, destination)
        merged = next((one.id for one in repository.log(destination) if source in one.parents[1:]), None)
    ids = {"sourceCommitId": source, "destinationCommitId": destination, "baseCommitId": base}
    return ids | ({"mergedCommitId": merged} if merged else {})


def merge_branches_by_fast_forward(call: Call, request: JsonDict) -> JsonDict:
    """Move a branch forward to another's commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergeBranchesByFastForward.html

    Errors: ManualMergeRequiredException, ConcurrentReferenceUpdateException, BranchDoesNotExistException.
    """
    return _merge_branches(call, request, OPTIONS[0])


def merge_branches_by_squash(call: Call, request: JsonDict) -> JsonDict:
    """Put all changes of a branch into another as one commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergeBranchesBySquash.html

    Errors: ManualMergeRequiredException, ConcurrentReferenceUpdateException, BranchDoesNotExistException.
    """
    return _merge_branches(call, request, OPTIONS[1])


def merge_branches_by_three_way(call: Call, request: JsonDict) -> JsonDict:
    """Merge a branch into another with a merge commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergeBranchesByThreeWay.html

    Errors: ManualMergeRequiredException, ConcurrentReferenceUpdateException, BranchDoesNotExistException.
    """
    return _merge_branches(call, request, OPTIONS[2])


def prepare(
    call: Call, repository: Repository, request: JsonDict, option: str, commits: tuple[str, str], otherwise: str
) -> Merged:
    """Merge (source, destination) as a request wants it; returns the commit, which no branch has yet.

    otherwise: the commit's message when the request has none. Raises ManualMergeRequiredException.
    """
    source, destination = commits
    found = merge_of(repository, source, destination, request)
    detail = {"mergeOption": option, **_ids(found)}
    if option == OPTIONS[0]:
        if not found.is_fast_forward:
            text = "The destination has commits of its own: merge by squash or three ways instead."
            raise AwsError("ManualMergeRequiredException", text)
        return Merged(source, detail)
    detail |= {
        "conflictDetailsLevel": request.get("conflictDetailLevel", "FILE_LEVEL"),
        "conflictResolutionStrategy": request.get("conflictResolutionStrategy", "NONE"),
    }
    if found.base == source:
        return Merged(destination, detail)
    edits = found.edits | _resolutions(repository, found, request.get("conflictResolution", {}))
    left = [conflict.path for conflict in found.conflicts if conflict.path not in edits]
    if left:
        text = f"These files conflict: {', '.join(map(shown, left[:10]))}. Say how with conflictResolution, or use git."
        raise AwsError("ManualMergeRequiredException", text)
    tree = tree_with(repository, destination, edits)
    parents = [destination] if option == OPTIONS[1] else [destination, source]
    author = author_of(call, request, "authorName")
    return Merged(repository.add_commit(tree, parents, author, message_of(request, otherwise), call.now), detail)


def merge_of(repository: Repository, source: str, destination: str, request: JsonDict) -> Merge:
    """Two commits merged as the request's level and strategy say. Raises TipsDivergenceExceededException."""
    level = request.get("conflictDetailLevel", "FILE_LEVEL")
    found = merges.merge(repository, source, destination, level, request.get("conflictResolutionStrategy", "NONE"))
    if found.base is None:
        raise AwsError("TipsDivergenceExceededException", "The two commits have no common ancestor: merge with git.")
    return found


def _merge_branches(call: Call, request: JsonDict, option: str) -> JsonDict:
    source, destination = request["sourceCommitSpecifier"], request["destinationCommitSpecifier"]
    with opened(call, request) as (row, repository):
        commits = commit_of(repository, source), commit_of(repository, destination)
        target = branch_name(request.get("targetBranch") or destination.removeprefix(HEADS))
        head = head_of(repository, target)
        if head != commits[1]:
            raise concurrent(target)
        merged = prepare(call, repository, request, option, commits, f"Merge {source} into {target}")
        if merged.commit != head:
            _move(call, row, target, merged, head)
        return {"commitId": merged.commit, "treeId": repository.tree_of(merged.commit)}


def _move(call: Call, row: Row, target: str, merged: Merged, head: str) -> None:
    move(call, row, HEADS + target, merged.commit, head, concurrent(target), merged.detail)


def _merge(repository: Repository, request: JsonDict) -> Merge:
    source = commit_of(repository, request["sourceCommitSpecifier"])
    return merge_of(repository, source, commit_of(repository, request["destinationCommitSpecifier"]), request)


def _ids(found: Merge) -> JsonDict:
    ids = {"sourceCommitId": found.source, "destinationCommitId": found.destination}
    return ids | ({"baseCommitId": found.base} if found.base else {})


def _resolutions(repository: Repository, found: Merge, wanted: JsonDict) -> dict[str, tuple[int, str] | None]:
    """How a request resolves conflicts, as edits. Raises MultipleConflictResolutionEntriesException and the like."""
    conflicts = {conflict.path: conflict for conflict in found.conflicts}
    edits: dict[str, tuple[int, str] | None] = {}
    for entry in wanted.get("replaceContents", ()):
        path = path_of(entry["filePath"])
        if path in edits:
            raise AwsError("MultipleConflictResolutionEntriesException", f"{path} is resolved twice.")
        if path not in conflicts:
            raise AwsError("InvalidConflictResolutionException", f"{path} does not conflict.")
        edits[path] = _replacement(repository, conflicts[path], entry)
    for entry in wanted.get("deleteFiles", ()):
        edits[path_of(entry["filePath"])] = None
    for entry in wanted.get("setFileModes", ()):
        path = path_of(entry["filePath"])
        conflict = conflicts.get(path)
        side = conflict.destination or conflict.source if conflict is not None else None
        known = edits.get(path) or ((side.mode, side.id) if side is not None else None)
        if known is None:
            raise AwsError("InvalidConflictResolutionException", f"{path} does not conflict.")
        edits[path] = (MODES[entry["fileMode"]], known[1])
    return edits


def _replacement(repository: Repository, conflict: Conflict, entry: JsonDict) -> tuple[int, str] | None:
    kind = entry["replacementType"]
    if kind == "USE_NEW_CONTENT":
        if "content" not in entry:
            raise AwsError("ReplacementContentRequiredException", f"Give {conflict.path} its new content.")
        side = conflict.destination or conflict.source
        mode = MODES[entry["fileMode"]] if "fileMode" in entry else side.mode if side is not None else FILE_MODE
        return mode, repository.add_blob(entry["content"])
    kept = {"KEEP_BASE": conflict.base, "KEEP_SOURCE": conflict.source, "KEEP_DESTINATION": conflict.destination}[kind]
    if kept is None:
        return None
    return MODES[entry["fileMode"]] if "fileMode" in entry else kept.mode, kept.id


def _described(repository: Repository, conflict: Conflict) -> JsonDict:
    """One conflict in CodeCommit's words."""
    sides = {"source": conflict.source, "destination": conflict.destination, "base": conflict.base}
    there = {name: entry for name, entry in sides.items() if entry is not None}
    blobs = {name: repository.blob(one.id) for name, one in there.items() if one.kind in ("file", "link")}
    return {
        "filePath": shown(conflict.path),
        "fileSizes": {name: len(content) for name, content in blobs.items()},
        "fileModes": {name: _mode(entry) for name, entry in there.items() if entry.kind in ("file", "link")},
        "objectTypes": {name: KINDS[entry.kind] for name, entry in there.items()},
        "numberOfConflicts": conflict.count,
        "isBinaryFile": {name: merges.is_binary(content) for name, content in blobs.items()},
        "contentConflict": conflict.is_content,
        "fileModeConflict": conflict.is_mode,
        "objectTypeConflict": conflict.is_kind,
        "mergeOperations": {side: _operation(conflict.base, entry) for side, entry in sides.items() if side != "base"},
    }


def _mode(entry: Entry) -> str:
    return next((word for word, mode in MODES.items() if mode == entry.mode), "NORMAL")


def _operation(base: Entry | None, entry: Entry | None) -> str:
    return "D" if entry is None else "A" if base is None else "M"
