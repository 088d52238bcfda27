"""All repositories of all accounts: found, made, read and changed by their ids. Whether a caller may is not asked here.

id = stores.repositories.named(account, region, "abalone")
head = stores.repositories.head(id, "main")
stores.repositories.archive(id, head, file)
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.clock import Clock
from ormer.stores import resources, tables
from ormer.stores.database import Database, Tx
from ormer.stores.repositories import processes, pull_requests, repository
from ormer.stores.repositories.changes import Change, Changes
from ormer.stores.repositories.commands import Command
from ormer.stores.repositories.differences import Difference
from ormer.stores.repositories.processes import GitFailed
from ormer.stores.repositories.repository import HEADS, Author, Logged, Repository
from ormer.stores.repositories.tables import repositories, repository_changes, repository_comments, repository_refs
from ormer.stores.repositories.trees import FILE_MODE, Entry
from ormer.stores.resources import Row

ZERO = "0" * 40
SYSTEM = Author("ormer", "ormer@localhost")


class RefMoved(Exception):
    """The ref is not where the caller thought; somebody else was quicker. The text is where it is, "" for nowhere."""


class RefRefused(Exception):
    """Git does not take this ref: its name is not allowed beside those that are there. The text is git's."""


class Repositories:
    """Bare repositories under `home`/repositories, each in a folder named by its id.

    address: what clone URLs begin with, such as http://127.0.0.1:4590.
    """

    def __init__(self, home: Path, database: Database, clock: Clock, address: str = "") -> None:
        self.root = home / "repositories"
        self.address = address
        self._database = database
        self._clock = clock
        self.changes = Changes(self.root / "changes", database, clock.now)

    # Which there are.

    def row(self, account: str, region: str, name: str) -> Row | None:
        """The repository's resource, or None."""
        with self._database.read() as tx:
            return resources.get(tx, arns.arn("codecommit", region, account, name))

    def named(self, account: str, region: str, name: str) -> str | None:
        """The id of a repository; None when there is none of this name."""
        row = self.row(account, region, name)
        return str(row.document["repositoryId"]) if row is not None else None

    def exists(self, repository_id: str) -> bool:
        """Whether there is (still) a repository of this id."""
        with self._database.read() as tx:
            return tx.one(sa.select(repositories.c.id).where(repositories.c.id == repository_id)) is not None

    def arn_of(self, tx: Tx, repository_id: str) -> str | None:
        """The ARN that a repository has today."""
        found = tx.one(sa.select(repositories.c.arn).where(repositories.c.id == repository_id))
        return str(found["arn"]) if found is not None else None

    def add(self, tx: Tx, repository_id: str, arn: str) -> None:
        """Give a new repository its place; the folder is made when it is first opened."""
        tx.execute(sa.insert(repositories).values(id=repository_id, arn=arn))

    def rename(self, tx: Tx, row: Row, name: str, arn: str) -> None:
        """Give a repository another name and ARN; tags and history of events keep to it."""
        document = {**row.document, "repositoryName": name, "Arn": arn}
        values = {"arn": arn, "name": name, "document": document, "modified": self._clock.now()}
        table = tables.resources
        tx.execute(sa.update(table).where(table.c.arn == row.arn).values(**values, version=table.c.version + 1))
        tx.execute(sa.update(tables.tags).where(tables.tags.c.arn == row.arn).values(arn=arn))
        tx.execute(sa.update(repositories).where(repositories.c.arn == row.arn).values(arn=arn))
        pull_requests.rename(tx, row.document["repositoryId"], name, self._clock.now())

    def remove(self, tx: Tx, repository_id: str) -> None:
        """Forget a repository; its folder goes once that is durable."""
        tx.execute(sa.delete(repositories).where(repositories.c.id == repository_id))
        for table in (repository_refs, repository_changes, repository_comments):
            tx.execute(sa.delete(table).where(table.c.repository_id == repository_id))
        pull_requests.forget(tx, repository_id)
        tx.after_commit(lambda: self._throw_away(repository_id))

    def sweep(self) -> int:
        """Throw away folders of repositories that are gone; returns how many."""
        with self._database.read() as tx:
            known = {row["id"] for row in tx.all(sa.select(repositories.c.id))}
        gone = [folder for folder in self.root.glob("*.git*") if folder.name.partition(".")[0] not in known]
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)
        return len(gone)

    def place(self, repository_id: str) -> Path:
        """Where a repository lies, or would lie."""
        return self.root / f"{repository_id}.git"

    def folder(self, repository_id: str) -> Path:
        """Where a repository lies; made when it is not there yet."""
        found = self.place(repository_id)
        repository.make(found)
        return found

    def open(self, repository_id: str) -> Repository:
        """The repository itself, to be closed: `with stores.repositories.open(id) as repository`."""
        return Repository(self.folder(repository_id))

    # What they hold: the questions that need no more than one answer.

    def head(self, repository_id: str, branch: str) -> str | None:
        """The newest commit of a branch; None when there is no such branch."""
        with self.open(repository_id) as opened:
            return opened.head(branch)

    def archive(self, repository_id: str, commit_id: str, target: IO[bytes]) -> None:
        """Write a commit's files as a zip: the same bytes every time, modes and links kept, submodules left out."""
        with self.open(repository_id) as opened:
            opened.archive(commit_id, target)

    def tree(self, repository_id: str, commit_id: str, folder: str = "") -> list[Entry]:
        """The names in a folder of a commit. Raises repository.Missing."""
        with self.open(repository_id) as opened:
            return opened.tree(commit_id, folder)

    def file(self, repository_id: str, commit_id: str, path: str) -> bytes | None:
        """A file's contents at a commit; None when there is no such file."""
        with self.open(repository_id) as opened:
            entry = opened.entry(commit_id, path)
            return opened.blob(entry.id) if entry is not None and entry.kind in ("file", "link") else None

    def blob(self, repository_id: str, blob_id: str) -> bytes:
        """A blob's contents. Raises repository.Missing."""
        with self.open(repository_id) as opened:
            return opened.blob(blob_id)

    def log(self, repository_id: str, commit_id: str, limit: int, paths: Sequence[str] = ()) -> list[Logged]:
        """A commit and its ancestors, newest first, up to `limit`; those that changed one of the paths, if given."""
        with self.open(repository_id) as opened:
            return list(islice(opened.log(commit_id, paths), limit))

    def diff(self, repository_id: str, before: str | None, after: str | None) -> list[Difference]:
        """The files that differ between two commits, by path; None is the empty tree."""
        with self.open(repository_id) as opened:
            return list(opened.diff(before, after))

    # Changes.

    def seed(
        self,
        repository_id: str,
        branch: str,
        files: Mapping[str, bytes | tuple[bytes, int]],
        message: str,
        author: Author = SYSTEM,
        actor: str = "",
    ) -> str:
        """Commit files to a branch, which is made when it is not there; returns the commit's id.

        files: {path: contents or (contents, git's mode)}; they are added to, or take the place of, what is there.
        actor: the ARN that the event names. Raises trees.PathTaken, RefMoved.
        """
        with self.open(repository_id) as opened:
            head = opened.head(branch)
            full = {path: data if isinstance(data, tuple) else (data, FILE_MODE) for path, data in files.items()}
            tree = opened.add_tree(head, opened.add_files(full))
            parents = [head] if head else []
            commit = opened.add_commit(tree, parents, author, message, self._clock.now())
        self.move(repository_id, HEADS + branch, commit, head, actor)
        return commit

    def move(
        self,
        repository_id: str,
        ref: str,
        new: str | None,
        old: str | None,
        actor: str,
        detail: Mapping[str, Any] | None = None,
        pull_request: str = "",
    ) -> None:
        """Move a ref from `old` to `new` (None: it is not there) and tell of it, with `detail` in the event.

        pull_request: the ARN of the one that this merges; it is closed with the move.

        Raises RefMoved when it is not at `old` any more, RefRefused when git takes no such ref.
        """
        with self.changing(repository_id, actor, [Command(ref, new or "", detail or {}, pull_request)]) as change:
            self._update_ref(repository_id, ref, new or ZERO, old or ZERO, change)

    @contextmanager
    def changing(self, repository_id: str, actor: str, commands: Sequence[Command]) -> Iterator[Change]:
        """A change of refs, entered before the block and told of after it, even when the block raises."""
        change = self.changes.enter(repository_id, actor, commands)
        try:
            yield change
        finally:
            self.changes.settle(change, self.place(repository_id))

    def _update_ref(self, repository_id: str, ref: str, new: str, old: str, change: Change) -> None:
        folder = self.folder(repository_id)
        line = f"update {ref}\0{new}\0{old}\0".encode("utf-8", "surrogateescape")
        try:
            processes.run(folder, "update-ref", "-z", "--stdin", data=line, keep_open=(change.lock.fileno(),))
        except GitFailed as error:
            with Repository(folder) as opened:
                actual = opened.refs().get(ref, "")
            if actual != (old if old != ZERO else ""):
                raise RefMoved(actual) from None
            raise RefRefused(str(error)) from None

    def _throw_away(self, repository_id: str) -> None:
        """Move the folder aside first, so that nobody opens one that is going."""
        folder = self.place(repository_id)
        if folder.exists():
            aside = folder.with_name(f"{folder.name}.gone")
            folder.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)
