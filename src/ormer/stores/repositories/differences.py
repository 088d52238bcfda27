"""What differs between two trees: files added, deleted and modified, and files that took another's place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dulwich.diff_tree import tree_changes
from dulwich.object_store import BaseObjectStore
from dulwich.objects import ObjectID, TreeEntry

from ormer.stores.repositories.trees import Entry, text


@dataclass(frozen=True)
class Difference:
    """One file that is not the same. before, after: None where it is not there."""

    before: Entry | None
    after: Entry | None

    @property
    def change(self) -> str:
        """CodeCommit's letter: A, D or M."""
        return "A" if self.before is None else "D" if self.after is None else "M"

    @property
    def path(self) -> str:
        entry = self.after or self.before
        assert entry is not None, "a difference has a side"
        return entry.path


def between(store: BaseObjectStore, before: ObjectID | None, after: ObjectID | None) -> Iterator[Difference]:
    """Differences from one tree to another, by path. None is the empty tree."""
    for change in tree_changes(store, before, after, change_type_same=True):
        yield Difference(_entry(change.old), _entry(change.new))


def _entry(side: TreeEntry | None) -> Entry | None:
    if side is None or side.path is None or side.sha is None or side.mode is None:
        return None
    return Entry(text(side.path), side.mode, side.sha.decode())
