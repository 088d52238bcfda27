"""The files of a commit to be made: what a request puts, moves and deletes, checked against what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit.references import MODES, path_of
from ormer.stores.repositories.repository import Repository
from ormer.stores.repositories.trees import FILE_MODE, Edits, Entry, PathTaken

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateCommit.html
ENTRIES_MAX = 100
CONTENTS_BYTES_MAX = 20 * 1024 * 1024
KEEP_FILE = ".gitkeep"


@dataclass
class Entries:
    """What a request asks for, by path: contents or a source to put, paths to delete, modes to set."""

    put: dict[str, JsonDict] = field(default_factory=dict)
    delete: list[str] = field(default_factory=list)
    modes: dict[str, int] = field(default_factory=dict)


@dataclass
class Edit:
    """What becomes of paths: files put, and paths that go."""

    put: dict[str, Entry] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def changes(self, before: Mapping[str, Entry]) -> bool:
        """Whether anything is not as it was."""
        return any(self.sorted_out(before))

    def sorted_out(self, before: Mapping[str, Entry]) -> tuple[list[str], list[str], list[str]]:
        """Paths added, updated and deleted."""
        added = sorted(path for path in self.put if path not in before)
        updated = sorted(path for path, entry in self.put.items() if path in before and before[path] != entry)
        return added, updated, sorted(path for path in self.gone if path in before and path not in self.put)


def entries_of(request: JsonDict) -> Entries:
    """A request's three lists. Raises FileEntryRequiredException, MaximumFileEntriesExceededException,
    SamePathRequestException, FileContentAndSourceFileSpecifiedException, SourceFileOrContentRequiredException."""
    found = Entries()
    puts, deletes, modes = (request.get(name, []) for name in ("putFiles", "deleteFiles", "setFileModes"))
    count = len(puts) + len(deletes) + len(modes)
    if not count:
        raise AwsError("FileEntryRequiredException", "At least one file must be put, deleted or given another mode.")
    if count > ENTRIES_MAX:
        raise AwsError("MaximumFileEntriesExceededException", f"A commit may name {ENTRIES_MAX} files at most.")
    for entry in puts:
        _check_put(entry)
        found.put[_new_path(found, entry)] = entry
    for entry in deletes:
        found.delete.append(_new_path(found, entry))
    for entry in modes:
        found.modes[_new_path(found, entry)] = MODES[entry["fileMode"]]
    if sum(len(entry.get("fileContent", b"")) for entry in puts) > CONTENTS_BYTES_MAX:
        text = f"The files of one commit may have {CONTENTS_BYTES_MAX} bytes together; push larger ones with git."
        raise AwsError("FolderContentSizeLimitExceededException", text)
    return found


def apply(repository: Repository, before: Mapping[str, Entry], entries: Entries, keep_folders: bool) -> Edit:
    """What the entries make of the files that are there; new contents are kept. Raises FileDoesNotExistException."""
    edit = Edit()
    for path in entries.delete:
        _standing(before, path)
        edit.gone.add(path)
    for path, mode in entries.modes.items():
        edit.put[path] = Entry(path, mode, _standing(before, path).id)
    for path, entry in entries.put.items():
        edit.put[path] = _put(repository, before, path, entry, edit)
    if keep_folders:
        for path in _emptied(before, edit):
            edit.put[path] = Entry(path, FILE_MODE, repository.add_blob(b""))
    return edit


def tree(repository: Repository, parent: str | None, edit: Edit) -> str:
    """The new tree's id. Raises the exceptions for files where folders are, and folders where files are."""
    edits: dict[str, tuple[int, str] | None] = dict.fromkeys(edit.gone)
    edits |= {path: (entry.mode, entry.id) for path, entry in edit.put.items()}
    return tree_with(repository, parent, edits)


def tree_with(repository: Repository, parent: str | None, edits: Edits) -> str:
    """`tree`, for edits by path."""
    try:
        return repository.add_tree(parent, edits)
    except PathTaken as error:
        if error.is_folder:
            text = f"{error.path} is a folder: a file cannot have its name."
            raise AwsError("FileNameConflictsWithDirectoryNameException", text) from None
        text = f"{error.path} is a file: a folder cannot have its name."
        raise AwsError("DirectoryNameConflictsWithFileNameException", text) from None


def _check_put(entry: JsonDict) -> None:
    if "fileContent" in entry and "sourceFile" in entry:
        text = f"Give {entry['filePath']} either fileContent or sourceFile, not both."
        raise AwsError("FileContentAndSourceFileSpecifiedException", text)
    if "fileContent" not in entry and "sourceFile" not in entry:
        raise AwsError("SourceFileOrContentRequiredException", f"Give {entry['filePath']} fileContent or sourceFile.")


def _new_path(found: Entries, entry: JsonDict) -> str:
    path = path_of(entry["filePath"])
    if path in found.put or path in found.delete or path in found.modes:
        raise AwsError("SamePathRequestException", f"{path} is named twice: name every path once in a commit.")
    return path


def _standing(before: Mapping[str, Entry], path: str) -> Entry:
    found = before.get(path)
    if found is None:
        raise AwsError("FileDoesNotExistException", f"{path} does not exist at the parent commit.")
    if found.kind == "submodule":
        raise AwsError("FilePathConflictsWithSubmodulePathException", f"{path} is a submodule; change it with git.")
    return found


def _put(repository: Repository, before: Mapping[str, Entry], path: str, entry: JsonDict, edit: Edit) -> Entry:
    there = before.get(path)
    if there is not None and there.kind == "submodule":
        raise AwsError("FilePathConflictsWithSubmodulePathException", f"{path} is a submodule; change it with git.")
    if "sourceFile" in entry:
        source = _standing(before, path_of(entry["sourceFile"]["filePath"]))
        if entry["sourceFile"].get("isMove"):
            edit.gone.add(source.path)
        mode = MODES[entry["fileMode"]] if "fileMode" in entry else source.mode
        return Entry(path, mode, source.id)
    mode = MODES[entry["fileMode"]] if "fileMode" in entry else there.mode if there is not None else FILE_MODE
    return Entry(path, mode, repository.add_blob(entry["fileContent"]))


def _emptied(before: Mapping[str, Entry], edit: Edit) -> list[str]:
    """Paths of files that keep the folders that would become empty."""
    left = (set(before) - edit.gone) | set(edit.put)
    folders = {path.rpartition("/")[0] for path in edit.gone} - {""}
    return [f"{folder}/{KEEP_FILE}" for folder in folders if not any(path.startswith(f"{folder}/") for path in left)]
