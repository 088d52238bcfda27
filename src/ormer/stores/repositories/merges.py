"""Three-way merges without a work tree: what would change in the destination, and what conflicts.

Trees are compared path by path; lines are merged by `git merge-file`. Renames are not followed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ormer.stores.repositories import processes
from ormer.stores.repositories.repository import Repository
from ormer.stores.repositories.trees import Entry

Level = Literal["FILE_LEVEL", "LINE_LEVEL"]
Strategy = Literal["NONE", "ACCEPT_SOURCE", "ACCEPT_DESTINATION", "AUTOMERGE"]
# What git looks at to tell text from anything else.
BINARY_BYTES = 8000
FAVOURS: Mapping[str, tuple[str, ...]] = {
    "NONE": (),
    "ACCEPT_SOURCE": ("--theirs",),
    "ACCEPT_DESTINATION": ("--ours",),
    "AUTOMERGE": ("--union",),
}
# merge-file's exit status is its number of conflicts, up to this.
CONFLICTS_COUNTED_MAX = 127


@dataclass(frozen=True)
class Conflict:
    """A path that both sides changed differently. hunks: how many places of its contents conflict."""

    path: str
    base: Entry | None
    source: Entry | None
    destination: Entry | None
    hunks: int = 0
    is_content: bool = False
    is_mode: bool = False
    is_kind: bool = False

    @property
    def count(self) -> int:
        return self.hunks + self.is_mode + self.is_kind


@dataclass
class Merge:
    """What makes the destination's tree the merged one, conflicts left out; base is None for unrelated commits."""

    base: str | None
    source: str
    destination: str
    edits: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def is_fast_forward(self) -> bool:
        return self.base == self.destination


def merge(repository: Repository, source: str, destination: str, level: Level, strategy: Strategy) -> Merge:
    """Merge two commits. level: whether a file that both changed conflicts, or only lines that both changed."""
    base = repository.merge_base(source, destination)
    found = Merge(base, source, destination)
    bases = repository.files(base) if base else {}
    sources, destinations = repository.files(source), repository.files(destination)
    for path in sorted({*sources, *destinations}):
        sides = bases.get(path), sources.get(path), destinations.get(path)
        _merge_path(repository, found, path, sides, level, strategy)
    _find_folders_in_the_way(found, destinations)
    return found


def is_binary(content: bytes) -> bool:
    return b"\0" in content[:BINARY_BYTES]


def _merge_path(
    repository: Repository,
    found: Merge,
    path: str,
    sides: tuple[Entry | None, Entry | None, Entry | None],
    level: Level,
    strategy: Strategy,
) -> None:
    base, source, destination = sides
    if source in (base, destination):
        return
    if destination == base:
        found.edits[path] = _as_edit(source)
        return
    conflict = _both_changed(repository, found, path, sides, level, strategy)
    if conflict is None:
        return
    if strategy == "ACCEPT_SOURCE":
        found.edits[path] = _as_edit(source)
    elif strategy != "ACCEPT_DESTINATION":
        found.conflicts.append(conflict)


def _both_changed(
    repository: Repository,
    found: Merge,
    path: str,
    sides: tuple[Entry | None, Entry | None, Entry | None],
    level: Level,
    strategy: Strategy,
) -> Conflict | None:
    """The conflict of a path that both sides changed, None when it was merged."""
    base, source, destination = sides
    if source is None or destination is None:
        return Conflict(path, *sides, hunks=1, is_content=True)
    if source.kind != destination.kind or source.kind not in ("file", "link"):
        return Conflict(path, *sides, is_kind=True)
    mode = _one_of(base.mode if base else None, source.mode, destination.mode)
    blob = _one_of(base.id if base else None, source.id, destination.id)
    hunks = 0
    if blob is None:
        hunks = 1
        if level == "LINE_LEVEL" and source.kind == "file":
            hunks, merged = _merge_lines(repository, base, source, destination, strategy)
            blob = repository.add_blob(merged) if not hunks else None
    if mode is not None and blob is not None:
        found.edits[path] = (int(mode), str(blob))
        return None
    return Conflict(path, *sides, hunks=hunks, is_content=blob is None, is_mode=mode is None)


def _one_of(base: int | str | None, source: int | str, destination: int | str) -> int | str | None:
    """What both agree on, or the only change; None when they changed it differently."""
    if source in (base, destination):
        return destination
    return source if destination == base else None


def _merge_lines(
    repository: Repository, base: Entry | None, source: Entry, destination: Entry, strategy: Strategy
) -> tuple[int, bytes]:
    """The number of conflicts and the merged contents."""
    contents = {
        "destination": repository.blob(destination.id),
        "base": repository.blob(base.id) if base is not None and base.kind == "file" else b"",
        "source": repository.blob(source.id),
    }
    if any(is_binary(content) for content in contents.values()):
        return 1, b""
    with tempfile.TemporaryDirectory(prefix="merge-") as folder:
        for name, content in contents.items():
            (Path(folder) / name).write_bytes(content)
        words = ("merge-file", "-p", "-q", *FAVOURS[strategy], *contents)
        done = processes.complete(Path(folder), *words)
    if done.returncode > CONFLICTS_COUNTED_MAX:
        raise processes.GitFailed(done.stderr.decode(errors="replace"))
    return done.returncode, done.stdout


def _find_folders_in_the_way(found: Merge, destinations: Mapping[str, Entry]) -> None:
    """A file on one side where the other has a folder conflicts, though the paths differ."""
    left = {path for path in destinations if found.edits.get(path, ()) is not None}
    left |= {path for path, new in found.edits.items() if new is not None}
    for path in sorted(left):
        parts = path.split("/")
        for length in range(1, len(parts)):
            above = "/".join(parts[:length])
            if above in left and (path in found.edits or above in found.edits):
                found.edits.pop(path, None)
                found.edits.pop(above, None)
                found.conflicts.append(Conflict(above, None, None, destinations.get(above), is_kind=True))


def _as_edit(entry: Entry | None) -> tuple[int, str] | None:
    return (entry.mode, entry.id) if entry is not None else None
