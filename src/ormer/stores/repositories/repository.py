"""One bare repository, opened: its refs, commits, trees and blobs, and new commits; no database is asked here.

Ids are 40 hex digits, paths and names are texts. Open it for one piece of work and close it: what git packs or moves in
the meantime is seen by whoever opens it next.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

from dulwich.graph import find_merge_base
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag
from dulwich.refs import Ref, check_ref_format
from dulwich.repo import Repo

from ormer.stores.repositories import archives, differences, trees
from ormer.stores.repositories.differences import Difference
from ormer.stores.repositories.trees import Edits, Entry

HEADS, TAGS = "refs/heads/", "refs/tags/"
# HEAD of a repository that has no branch yet, so that clones of it begin with this name.
FIRST_BRANCH = "main"
# Fewer new objects than this are kept loose; more become one pack, one file to make durable.
LOOSE_OBJECTS_MAX = 16
SHORTEST_ID = 4


class Missing(Exception):
    """There is no such object, or it is of another kind."""


@dataclass(frozen=True)
class Author:
    """Who wrote or committed."""

    name: str
    email: str

    @property
    def line(self) -> bytes:
        name, email = (part.translate(UNSAFE).strip() for part in (self.name, self.email))
        return f"{name or 'unknown'} <{email}>".encode()


# What would end an author's line or begin its address.
UNSAFE = str.maketrans("", "", "<>\n\r\0")


@dataclass(frozen=True)
class Logged:
    """A commit. Times are seconds; zones are seconds east of Greenwich."""

    id: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Author
    authored: int
    author_zone: int
    committer: Author
    committed: int
    committer_zone: int


def make(folder: Path) -> None:
    """An empty bare repository in `folder`, which appears whole or not at all; does nothing when it is there."""
    if folder.exists():
        return
    new = folder.with_name(f"{folder.name}.{uuid4().hex}.new")
    new.mkdir(parents=True, mode=0o700)
    Repo.init_bare(str(new), default_branch=FIRST_BRANCH.encode()).close()
    shutil.rmtree(new / "hooks", ignore_errors=True)
    try:
        new.rename(folder)
    except OSError:
        # Somebody else was quicker.
        shutil.rmtree(new, ignore_errors=True)
        if not folder.exists():
            raise


def is_ref(name: str) -> bool:
    """Whether git takes a full name such as refs/heads/main."""
    return check_ref_format(Ref(name.encode("utf-8", "replace")))


class Repository:
    """An opened repository. Raises Missing for ids and paths that are not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._git = Repo(str(folder))
        self._store = self._git.object_store
        self._store.fsync_object_files = True

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        self._git.close()

    # Refs.

    def refs(self) -> dict[str, str]:
        """{full name: id} of every ref."""
        found = self._git.refs.as_dict()
        return {trees.text(name): sha.decode() for name, sha in found.items() if name.startswith(b"refs/")}

    def branches(self) -> dict[str, str]:
        """{name: commit id}, by name."""
        found = self.refs()
        return {name.removeprefix(HEADS): found[name] for name in sorted(found) if name.startswith(HEADS)}

    def head(self, branch: str) -> str | None:
        """The newest commit of a branch; None when there is no such branch."""
        return self.refs().get(HEADS + branch)

    def point_head(self, branch: str) -> None:
        """Make a branch the one that clones check out."""
        wanted = b"ref: " + trees.raw(HEADS + branch)
        if (self.folder / "HEAD").read_bytes().strip() != wanted:
            new = self.folder / "HEAD.new"
            new.write_bytes(wanted + b"\n")
            new.rename(self.folder / "HEAD")

    def resolve(self, specifier: str) -> str | None:
        """The commit that a branch, tag, full ref name, HEAD or (short) commit id means; None when nothing does."""
        refs = self.refs()
        for name in (specifier, HEADS + specifier, TAGS + specifier):
            if name in refs:
                return self._peeled(refs[name])
        if specifier == "HEAD":
            target = (self.folder / "HEAD").read_text().strip().removeprefix("ref: ")
            return self._peeled(refs[target]) if target in refs else None
        return self._peeled(self._whole(specifier))

    def _whole(self, prefix: str) -> str:
        """The only id that begins with `prefix`, else the prefix itself."""
        if not SHORTEST_ID <= len(prefix) < 40 or set(prefix) - set("0123456789abcdef"):
            return prefix
        found = list(self._store.iter_prefix(prefix.encode()))
        return found[0].decode() if len(found) == 1 else prefix

    def _peeled(self, object_id: str) -> str | None:
        found = self._find(object_id)
        while isinstance(found, Tag):
            found = self._find(found.object[1].decode())
        return found.id.decode() if isinstance(found, Commit) else None

    # Commits.

    def commit(self, commit_id: str) -> Logged:
        """A commit by its whole id."""
        return _logged(self._commit(commit_id))

    def log(self, commit_id: str, paths: Sequence[str] = ()) -> Iterator[Logged]:
        """A commit and its ancestors, newest first; only those that changed one of the paths, where some are given."""
        self._commit(commit_id)
        wanted = [trees.raw(path) for path in paths] or None
        for entry in self._git.get_walker(include=[ObjectID(commit_id.encode())], paths=wanted):
            yield _logged(entry.commit)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None when they have none."""
        found = find_merge_base(self._git, [ObjectID(one.encode()), ObjectID(other.encode())])
        return found[0].decode() if found else None

    def contains(self, commit_id: str, ancestor: str) -> bool:
        """Whether `ancestor` is the commit itself or among its ancestors."""
        oldest = self._commit(ancestor).commit_time
        seen, waiting = {commit_id}, deque([commit_id])
        while waiting:
            here = waiting.popleft()
            if here == ancestor:
                return True
            for parent in self._commit(here).parents:
                name = parent.decode()
                # A day of tolerance: clocks of committers differ.
                if name not in seen and self._commit(name).commit_time >= oldest - 86_400:
                    seen.add(name)
                    waiting.append(name)
        return False

    # Files.

    def tree(self, commit_id: str, folder: str = "") -> list[Entry]:
        """The names in a folder of a commit. Raises Missing when there is no such folder."""
        found = self.entry(commit_id, folder)
        if found is None or found.kind != "folder":
            raise Missing(folder)
        return trees.children(self._store, ObjectID(found.id.encode()), found.path)

    def entry(self, commit_id: str, path: str) -> Entry | None:
        """What stands at a path of a commit, None when nothing does."""
        return trees.lookup(self._store, self._commit(commit_id).tree, path)

    def files(self, commit_id: str) -> dict[str, Entry]:
        """{path: entry} of all files, links and submodules of a commit."""
        return {entry.path: entry for entry in trees.walk(self._store, self._commit(commit_id).tree)}

    def blob(self, blob_id: str) -> bytes:
        """A file's contents."""
        found = self._find(blob_id)
        if not isinstance(found, Blob):
            raise Missing(blob_id)
        return found.as_raw_string()

    def diff(self, before: str | None, after: str | None) -> Iterator[Difference]:
        """The files that differ between two commits, by path; None is the empty tree."""
        one, other = (self._commit(side).tree if side else None for side in (before, after))
        return differences.between(self._store, one, other)

    def archive(self, commit_id: str, target: IO[bytes]) -> None:
        """Write a commit's files as a zip, the same bytes every time; without submodules."""
        commit = self._commit(commit_id)
        archives.write(self._store, commit.tree, commit.commit_time, target)

    # New objects: nothing shows them until a ref does.

    def add_blob(self, data: bytes) -> str:
        """Keep a file's contents; returns their id."""
        blob = Blob.from_string(data)
        self._keep([blob])
        return blob.id.decode()

    def add_tree(self, base: str | None, edits: Edits) -> str:
        """A tree like the base commit's with edits made. Raises trees.PathTaken."""
        start = self._commit(base).tree if base else None
        tree_id, made = trees.edited(self._store, start, edits)
        self._keep(made)
        return tree_id.decode()

    def add_files(self, files: Mapping[str, tuple[bytes, int]]) -> Edits:
        """Keep contents of many files; returns the edits that put them in place."""
        blobs = {path: Blob.from_string(data) for path, (data, _) in files.items()}
        self._keep(list(blobs.values()))
        return {path: (mode, blobs[path].id.decode()) for path, (_, mode) in files.items()}

    def add_commit(self, tree_id: str, parents: Sequence[str], author: Author, message: str, now: float) -> str:
        """Keep a commit; returns its id."""
        commit = Commit()
        commit.tree = ObjectID(tree_id.encode())
        commit.parents = [ObjectID(parent.encode()) for parent in parents]
        commit.author = commit.committer = author.line
        commit.author_time = commit.commit_time = int(now)
        commit.author_timezone = commit.commit_timezone = 0
        commit.encoding = b"UTF-8"
        commit.message = message.encode("utf-8", "replace")
        self._keep([commit])
        return commit.id.decode()

    def tree_of(self, commit_id: str) -> str:
        tree: bytes = self._commit(commit_id).tree
        return tree.decode()

    def _keep(self, objects: Sequence[ShaFile]) -> None:
        new = [one for one in {one.id: one for one in objects}.values() if one.id not in self._store]
        if len(new) > LOOSE_OBJECTS_MAX:
            self._store.add_objects([(one, None) for one in new])
            return
        for one in new:
            self._store.add_object(one)

    def _find(self, object_id: str) -> ShaFile | None:
        try:
            return self._store[ObjectID(object_id.encode())]
        except (KeyError, ValueError, AssertionError):
            return None

    def _commit(self, commit_id: str) -> Commit:
        found = self._find(commit_id)
        if not isinstance(found, Commit):
            raise Missing(commit_id)
        return found


def _logged(commit: Commit) -> Logged:
    author, committer = _person(commit.author), _person(commit.committer)
    return Logged(
        commit.id.decode(),
        commit.tree.decode(),
        tuple(parent.decode() for parent in commit.parents),
        commit.message.decode("utf-8", "replace"),
        author,
        commit.author_time,
        commit.author_timezone,
        committer,
        commit.commit_time,
        commit.commit_timezone,
    )


def _person(line: bytes) -> Author:
    name, _, rest = line.decode("utf-8", "replace").partition("<")
    return Author(name.strip(), rest.rstrip("> "))
