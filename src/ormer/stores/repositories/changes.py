"""Changes of refs: told exactly once, whoever made them and whatever was killed in between.

Git moves refs in files, the store tells of them in rows; no transaction spans both. So a change is entered as a row
before the first ref may move, and settled after: one transaction compares the refs on the disk with those that were
told last, writes an event for each that differs, and takes the row away. A row that is left over belongs to a process
that was killed; its lock file tells whether a git it started still runs, and settling it later tells the same.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import sqlalchemy as sa

from ormer.stores import resources, tasks
from ormer.stores.database import Database, Tx
from ormer.stores.repositories import announcements, pull_requests
from ormer.stores.repositories.commands import Command
from ormer.stores.repositories.repository import FIRST_BRANCH, HEADS, Repository
from ormer.stores.repositories.tables import repositories, repository_changes, repository_refs
from ormer.stores.resources import Row

TASK = "repository"
# How long after a change the repository is looked after: what was left over is settled, and packs are joined.
CARE_SECONDS = 60.0
# Younger lock files of git's may belong to a command that runs.
STALE_SECONDS = 60.0


@dataclass
class Change:
    """A change under way. `lock` is held open by this process and by the git it starts."""

    id: str
    repository: str
    lock: IO[bytes]


class Changes:
    """Enters and settles changes; lock files lie in `folder`."""

    def __init__(self, folder: Path, database: Database, now: Callable[[], float]) -> None:
        self._folder = folder
        self._database = database
        self._now = now

    def enter(self, repository: str, actor: str, commands: Sequence[Command]) -> Change:
        """Say what is about to change, durably."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        change_id = uuid4().hex
        lock = (self._folder / change_id).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = [asdict(one) for one in commands]
        with self._database.write() as tx:
            tx.execute(
                sa.insert(repository_changes).values(
                    id=change_id, repository_id=repository, actor=actor, commands=wanted, started=self._now()
                )
            )
            tasks.schedule(tx, TASK, repository, self._now() + CARE_SECONDS)
        return Change(change_id, repository, lock)

    def settle(self, change: Change, folder: Path) -> None:
        """Tell of every ref that moved, in one transaction, and let the change go."""
        try:
            with self._database.write() as tx:
                _tell(tx, change.repository, folder, self._now())
                tx.execute(sa.delete(repository_changes).where(repository_changes.c.id == change.id))
        finally:
            # Should this fail, the row without a holder is settled later.
            change.lock.close()
        (self._folder / change.id).unlink(missing_ok=True)

    def recover(self, repository: str, folder: Path, alone: bool = False) -> bool:
        """Settle what killed processes left over; False while a git of theirs, or a change of ours, still runs.

        alone: nothing can begin meanwhile, so that any lock file of git's that is left is stale.
        """
        left = self._of(repository)
        free = [change_id for change_id in left if self._is_free(change_id)]
        if free:
            if len(free) == len(left):
                _clear_locks(folder, time.time() - (0 if alone else STALE_SECONDS))
            with self._database.write() as tx:
                _tell(tx, repository, folder, self._now())
                tx.execute(sa.delete(repository_changes).where(repository_changes.c.id.in_(free)))
            for change_id in free:
                (self._folder / change_id).unlink(missing_ok=True)
        return len(free) == len(left)

    def unsettled(self) -> list[str]:
        """The repositories that have a change under way or left over."""
        with self._database.read() as tx:
            rows = tx.all(sa.select(repository_changes.c.repository_id).distinct())
        return [row["repository_id"] for row in rows]

    def _of(self, repository: str) -> list[str]:
        with self._database.read() as tx:
            c = repository_changes.c
            return [row["id"] for row in tx.all(sa.select(c.id).where(c.repository_id == repository))]

    def _is_free(self, change_id: str) -> bool:
        """Whether nobody holds the change's lock any more."""
        try:
            with (self._folder / change_id).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True


def _tell(tx: Tx, repository: str, folder: Path, now: float) -> None:
    """Write events for refs that are not as last told, remember them, and settle the default branch."""
    where = repositories.c.id == repository
    # The row's lock lets one settle at a time; SQLite has one writer anyway.
    place = tx.one(sa.select(repositories.c.arn).where(where).with_for_update())
    row = resources.get(tx, place["arn"]) if place is not None else None
    if row is None or not folder.exists():
        return
    known = told_refs(tx, repository)
    with Repository(folder) as opened:
        actual = opened.refs()
        moved = [name for name in sorted({*known, *actual}) if known.get(name) != actual.get(name)]
        if not moved:
            return
        intents = tx.all(
            sa.select(repository_changes)
            .where(repository_changes.c.repository_id == repository)
            .order_by(repository_changes.c.started)
        )
        row = _settle_default_branch(tx, row, opened, actual, now)
        for name in moved:
            command, actor = _intent(intents, name, actual.get(name, ""))
            announcements.reference(tx, row, name, known.get(name), actual.get(name), actor, command.detail, now)
            _remember(tx, repository, name, actual.get(name))
            if name in actual:
                pull_requests.follow(tx, row, opened, command, actor, now)


def told_refs(tx: Tx, repository: str) -> dict[str, str]:
    """{full name: id} as the last events told them."""
    c = repository_refs.c
    rows = tx.all(sa.select(c.name, c.commit_id).where(c.repository_id == repository))
    return {row["name"]: row["commit_id"] for row in rows}


def _settle_default_branch(tx: Tx, row: Row, opened: Repository, actual: Mapping[str, str], now: float) -> Row:
    """The first branch becomes the default one; clones check that one out."""
    default = row.document.get("defaultBranch")
    if default is None:
        names = [name.removeprefix(HEADS) for name in sorted(actual) if name.startswith(HEADS)]
        if names:
            default = FIRST_BRANCH if FIRST_BRANCH in names else "master" if "master" in names else names[0]
            opened.point_head(default)
    change = {"defaultBranch": default} if default is not None else {}
    return resources.save(tx, row, change, now=now)


def _intent(intents: Sequence[Any], ref: str, new: str) -> tuple[Command, str]:
    """What was asked for and by whom; the newest change's actor when nobody asked for just this."""
    for intent in reversed(intents):
        for command in intent["commands"]:
            if (command["ref"], command["new"]) == (ref, new):
                return Command(**command), intent["actor"]
    return Command(ref, new), intents[-1]["actor"] if intents else ""


def _remember(tx: Tx, repository: str, name: str, commit_id: str | None) -> None:
    c = repository_refs.c
    tx.execute(sa.delete(repository_refs).where(c.repository_id == repository, c.name == name))
    if commit_id is not None:
        tx.execute(sa.insert(repository_refs).values(repository_id=repository, name=name, commit_id=commit_id))


def _clear_locks(folder: Path, before: float) -> None:
    """Take away what a killed git left: lock files of refs, and objects of pushes that were never taken in."""
    for pattern in ("*.lock", "refs/**/*.lock", "objects/tmp_*", "objects/pack/tmp_*"):
        for left in folder.glob(pattern):
            if left.stat().st_mtime > before:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
