"""The store's face of repositories: what source actions and project seeding stand on."""

from __future__ import annotations

import io
import stat
import subprocess
import threading
import zipfile

import pytest

from ormer.aws import arns
from ormer.stores import events, resources
from ormer.stores.repositories import processes
from ormer.stores.repositories.commands import Command
from ormer.stores.repositories.repository import Author, Missing
from ormer.stores.repositories.store import RefMoved
from ormer.stores.repositories.trees import EXECUTABLE_MODE, LINK_MODE, PathTaken
from ormer.stores.stores import Stores

ADA = Author("Ada", "ada@example.com")


@pytest.fixture
def repository(stores: Stores) -> str:
    """The id of an empty repository named `abalone`."""
    arn = arns.arn("codecommit", "us-east-1", "123456789012", "abalone")
    document = {"repositoryId": "r-1", "repositoryName": "abalone"}
    with stores.database.write() as tx:
        resources.create(tx, arn=arn, kind="Repository", name="abalone", document=document, now=stores.clock.now())
        stores.repositories.add(tx, "r-1", arn)
    return "r-1"


def told(stores: Stores) -> list[tuple[str, str]]:
    with stores.database.read() as tx:
        return [(event["detail"]["event"], event["detail"]["referenceName"]) for event in events.after(tx, 0)]


def test_a_seeded_repository_has_a_head_a_tree_a_log_and_differences(stores: Stores, repository: str) -> None:
    store = stores.repositories
    assert store.named("123456789012", "us-east-1", "abalone") == repository
    assert store.named("123456789012", "eu-west-1", "abalone") is None
    assert store.head(repository, "main") is None
    first = store.seed(repository, "main", {"a.txt": b"one\n", "dir/b.txt": b"b\n"}, "First", ADA)
    second = store.seed(repository, "main", {"a.txt": b"two\n"}, "Second", ADA, actor="arn:aws:iam::1:user/ada")
    assert store.head(repository, "main") == second
    assert [entry.path for entry in store.tree(repository, second)] == ["a.txt", "dir"]
    assert [entry.path for entry in store.tree(repository, second, "dir")] == ["dir/b.txt"]
    assert store.file(repository, second, "a.txt") == b"two\n"
    assert store.file(repository, first, "a.txt") == b"one\n"
    assert store.file(repository, first, "dir") is None
    log = store.log(repository, second, 10)
    assert [(one.id, one.message, one.author) for one in log] == [(second, "Second", ADA), (first, "First", ADA)]
    assert [one.id for one in store.log(repository, second, 10, ["dir"])] == [first]
    (difference,) = store.diff(repository, first, second)
    assert (difference.change, difference.path) == ("M", "a.txt")
    assert told(stores) == [("referenceCreated", "main"), ("referenceUpdated", "main")]
    with pytest.raises(Missing):
        store.tree(repository, second, "nothing")


def test_an_archive_is_the_same_every_time_and_keeps_modes_and_links(stores: Stores, repository: str) -> None:
    files = {
        "run.sh": (b"#!/bin/sh\n", EXECUTABLE_MODE),
        "link": (b"run.sh", LINK_MODE),
        "ünïcode/☃.txt": b"snow\n",
    }
    commit = stores.repositories.seed(repository, "main", files, "First", ADA)
    archives = []
    for _ in range(2):
        target = io.BytesIO()
        stores.repositories.archive(repository, commit, target)
        archives.append(target.getvalue())
    assert archives[0] == archives[1]
    with zipfile.ZipFile(io.BytesIO(archives[0])) as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        assert archive.read("link") == b"run.sh"
        assert archive.read("ünïcode/☃.txt") == b"snow\n"
    assert stat.S_ISLNK(modes["link"]) and modes["run.sh"] & 0o111


def test_a_folder_is_named_by_an_id_and_made_when_it_is_needed(stores: Stores, repository: str) -> None:
    assert not list(stores.repositories.root.glob("*.git"))
    stores.repositories.seed(repository, "main", {"a": b"a"}, "First", ADA)
    (folder,) = stores.repositories.root.glob("*.git")
    assert folder.name == "r-1.git"
    assert not (folder / "hooks").exists()
    checked = subprocess.run(["git", "fsck", "--strict"], cwd=folder, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_a_file_cannot_stand_where_a_folder_is(stores: Stores, repository: str) -> None:
    stores.repositories.seed(repository, "main", {"dir/a": b"a"}, "First", ADA)
    with pytest.raises(PathTaken):
        stores.repositories.seed(repository, "main", {"dir": b"file"}, "Second", ADA)
    with pytest.raises(PathTaken):
        stores.repositories.seed(repository, "main", {"dir/a/b": b"file"}, "Second", ADA)


def test_a_ref_that_moved_meanwhile_is_not_moved_again(stores: Stores, repository: str) -> None:
    store = stores.repositories
    first = store.seed(repository, "main", {"a": b"1"}, "First", ADA)
    second = store.seed(repository, "main", {"a": b"2"}, "Second", ADA)
    with pytest.raises(RefMoved):
        store.move(repository, "refs/heads/main", first, first, "")
    assert store.head(repository, "main") == second


def test_many_commits_at_once_lose_none_and_are_told_once_each(stores: Stores, repository: str) -> None:
    store = stores.repositories
    store.seed(repository, "main", {"a": b"a"}, "First", ADA)

    def commit(number: int) -> None:
        store.seed(repository, f"branch-{number}", {"a": str(number).encode()}, "One", ADA)

    threads = [threading.Thread(target=commit, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = sorted(["main", *(f"branch-{number}" for number in range(12))])
    with store.open(repository) as opened:
        assert sorted(opened.branches()) == names
    assert sorted(name for _, name in told(stores)) == names


def test_a_ref_that_moved_outside_a_change_is_told_with_the_next_one(stores: Stores, repository: str) -> None:
    store = stores.repositories
    first = store.seed(repository, "main", {"a": b"a"}, "First", ADA)
    processes.run(store.folder(repository), "update-ref", "refs/heads/aside", first)
    with store.changing(repository, "somebody", [Command("refs/heads/none", first)]):
        pass
    assert told(stores)[1:] == [("referenceCreated", "aside")]


def test_an_author_cannot_smuggle_lines_into_a_commit(stores: Stores, repository: str) -> None:
    evil = Author("Eve\ncommitter root <root@x> 0 +0000", "<a@b>\n")
    commit = stores.repositories.seed(repository, "main", {"a": b"a"}, "First", evil)
    (logged,) = stores.repositories.log(repository, commit, 1)
    assert "\n" not in logged.author.name and "root" not in logged.committer.email
    subprocess.run(["git", "fsck", "--strict"], cwd=stores.repositories.folder(repository), check=True)


def test_a_removed_repository_leaves_nothing_and_the_sweep_takes_what_a_kill_left(
    stores: Stores, repository: str
) -> None:
    store = stores.repositories
    store.seed(repository, "main", {"a": b"a"}, "First", ADA)
    (store.root / "lost.git").mkdir()
    with stores.database.write() as tx:
        store.remove(tx, repository)
    assert [folder.name for folder in store.root.glob("*.git*")] == ["lost.git"]
    assert store.sweep() == 1
    assert not store.exists(repository)


def test_many_files_become_one_pack(stores: Stores, repository: str) -> None:
    files = {f"dir/{number}.txt": str(number).encode() for number in range(50)}
    commit = stores.repositories.seed(repository, "main", files, "Many", ADA)
    assert len(list(stores.repositories.folder(repository).glob("objects/pack/*.pack"))) == 1
    assert len(stores.repositories.tree(repository, commit, "dir")) == 50


def test_a_repository_that_is_removed_under_a_change_stays_removed(stores: Stores, repository: str) -> None:
    store = stores.repositories
    first = store.seed(repository, "main", {"a": b"a"}, "First", ADA)
    with store.changing(repository, "", [Command("refs/heads/side", first)]):
        with stores.database.write() as tx:
            store.remove(tx, repository)
    assert not store.place(repository).exists()
    assert store.changes.unsettled() == []
