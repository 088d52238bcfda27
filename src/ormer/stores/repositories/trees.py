"""Trees of files: looked into, flattened, and made anew with some files changed."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dulwich.object_store import BaseObjectStore
from dulwich.objects import S_ISGITLINK, ObjectID, Tree

FILE_MODE, EXECUTABLE_MODE, LINK_MODE, FOLDER_MODE = 0o100644, 0o100755, 0o120000, 0o040000
EMPTY_TREE = ObjectID(Tree().id)


@dataclass(frozen=True)
class Entry:
    """One name in a tree. path: from the root, parts joined by `/`. mode: git's. id: of its blob, tree or commit."""

    path: str
    mode: int
    id: str

    @property
    def kind(self) -> str:
        """ "file", "link", "folder" or "submodule"."""
        if S_ISGITLINK(self.mode):
            return "submodule"
        if stat.S_ISDIR(self.mode):
            return "folder"
        return "link" if stat.S_ISLNK(self.mode) else "file"

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


# What becomes of a path: its new mode and blob, or None when it goes.
Edits = Mapping[str, "tuple[int, str] | None"]


class PathTaken(Exception):
    """A file stands where a folder is needed, or the other way round. `path` is what stands there."""

    def __init__(self, path: str, is_folder: bool) -> None:
        super().__init__(path)
        self.path = path
        self.is_folder = is_folder


def tree_at(store: BaseObjectStore, tree_id: ObjectID) -> Tree:
    found = store[tree_id]
    assert isinstance(found, Tree), "a tree's id names a tree"
    return found


def children(store: BaseObjectStore, tree_id: ObjectID, folder: str = "") -> list[Entry]:
    """The entries of one tree, whose path is `folder`."""
    prefix = f"{folder}/" if folder else ""
    return [Entry(prefix + text(item.path), item.mode, item.sha.decode()) for item in tree_at(store, tree_id).items()]


def lookup(store: BaseObjectStore, tree_id: ObjectID, path: str) -> Entry | None:
    """The entry at a path; None when there is none. The empty path is the root."""
    found = Entry("", FOLDER_MODE, tree_id.decode())
    for name in [part for part in path.split("/") if part]:
        if found.kind != "folder":
            return None
        tree = tree_at(store, ObjectID(found.id.encode()))
        try:
            mode, sha = tree[raw(name)]
        except KeyError:
            return None
        found = Entry(f"{found.path}/{name}".lstrip("/"), mode, sha.decode())
    return found


def walk(store: BaseObjectStore, tree_id: ObjectID, folder: str = "") -> Iterator[Entry]:
    """Every file, link and submodule below a tree, in git's order."""
    for entry in children(store, tree_id, folder):
        if entry.kind == "folder":
            yield from walk(store, ObjectID(entry.id.encode()), entry.path)
        else:
            yield entry


def edited(store: BaseObjectStore, tree_id: ObjectID | None, edits: Edits) -> tuple[ObjectID, list[Tree]]:
    """The id of a tree with edits made to it, and the new trees, which are not stored yet.

    Folders that become empty go. Raises PathTaken.
    """
    made: list[Tree] = []
    root = _edit(store, tree_id, edits, "", made)
    if root is None:
        empty = Tree()
        made.append(empty)
        return ObjectID(empty.id), made
    return root, made


def _edit(
    store: BaseObjectStore, tree_id: ObjectID | None, edits: Edits, folder: str, made: list[Tree]
) -> ObjectID | None:
    """One level of `edited`; None for a tree that is empty now."""
    tree = Tree() if tree_id is None else tree_at(store, tree_id).copy()
    assert isinstance(tree, Tree)
    inner: dict[str, dict[str, tuple[int, str] | None]] = {}
    for path, new in edits.items():
        name, slash, rest = path.partition("/")
        if slash:
            inner.setdefault(name, {})[rest] = new
            continue
        old = _standing(tree, name)
        if old is not None and stat.S_ISDIR(old[0]):
            raise PathTaken(f"{folder}{name}", is_folder=True)
        if new is None:
            if old is not None:
                del tree[raw(name)]
        else:
            tree.add(raw(name), new[0], ObjectID(new[1].encode()))
    for name, below in inner.items():
        old = _standing(tree, name)
        if old is not None and not stat.S_ISDIR(old[0]):
            if all(new is None for new in below.values()):
                continue
            raise PathTaken(f"{folder}{name}", is_folder=False)
        child = _edit(store, old[1] if old else None, below, f"{folder}{name}/", made)
        if child is not None:
            tree.add(raw(name), FOLDER_MODE, child)
        elif old is not None:
            del tree[raw(name)]
    if not len(tree):
        return None
    made.append(tree)
    return ObjectID(tree.id)


def _standing(tree: Tree, name: str) -> tuple[int, ObjectID] | None:
    try:
        return tree[raw(name)]
    except KeyError:
        return None


def text(name: bytes) -> str:
    """A name in a tree as text; bytes that are not UTF-8 come back exactly by `raw`."""
    return name.decode("utf-8", "surrogateescape")


def raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def shown(path: str) -> str:
    """A path for people: what is not UTF-8 is replaced."""
    return raw(path).decode("utf-8", "replace")
