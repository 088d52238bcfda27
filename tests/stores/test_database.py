"""Transactions: joined, rolled back, contended between processes, and killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from ormer.stores import tasks
from ormer.stores.database import Begins, Database, upsert
from ormer.stores.stores import Stores
from ormer.stores.tables import properties, settings

COUNTING = Path(__file__).parent / "counting.py"


def put(tx, name, value):
    tx.execute(upsert(tx, settings, ["name"], {"name": name, "value": value}))


def value(database, name):
    with database.read() as tx:
        row = tx.one(sa.select(settings.c.value).where(settings.c.name == name))
    return row["value"] if row else None


def test_a_write_inside_a_write_is_part_of_it(database):
    def both() -> None:
        with database.write() as outer:
            put(outer, "a", 1)
            with database.write() as inner:
                assert inner is outer
                put(inner, "b", 2)
            raise RuntimeError("the outer one fails")

    with pytest.raises(RuntimeError):
        both()
    assert value(database, "a") is None and value(database, "b") is None


def test_a_read_inside_a_write_sees_what_is_not_yet_committed(database):
    with database.write() as tx:
        put(tx, "a", 1)
        assert value(database, "a") == 1


def test_a_read_is_one_snapshot(database):
    with database.read() as tx:
        before = tx.one(sa.select(sa.func.count()).select_from(settings))
        other = Database(database.url)
        with other.write() as writing:
            put(writing, "new", 1)
        other.close()
        assert tx.one(sa.select(sa.func.count()).select_from(settings)) == before
    assert value(database, "new") == 1


def test_a_write_cannot_start_inside_a_read(database):
    with database.read(), pytest.raises(AssertionError):
        with database.write():
            pass


def test_callbacks_run_once_and_only_after_a_commit(database):
    called = []

    def callback():
        called.append(value(database, "a"))

    def fail() -> None:
        with database.write() as tx:
            tx.after_commit(callback)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert called == []
    with database.write() as tx:
        put(tx, "a", 5)
        tx.after_commit(callback)
        tx.after_commit(callback)
        assert called == []
    assert called == [5]


def test_several_processes_write_in_turn_and_no_count_is_lost(stores: Stores):
    file = str(stores.home / "ormer.db")
    writers = [
        subprocess.Popen([sys.executable, str(COUNTING), file, "25"], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [int(line) for writer in writers for line in writer.communicate()[0].split()]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert sorted(told) == list(range(1, 101))
    assert value(stores.database, "count") == 100


def test_a_killed_writer_loses_nothing_it_acknowledged_and_leaves_no_half(stores: Stores):
    file = str(stores.home / "ormer.db")
    for _ in range(3):
        before = value(stores.database, "count") or 0
        writer = subprocess.Popen([sys.executable, str(COUNTING), file, "1000000"], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(10)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout.read().splitlines() if line.strip()]
        writer.wait()
        writer.stdout.close()
        count = value(stores.database, "count")
        assert count >= acknowledged[-1] > before
        assert value(stores.database, "twin") == count


def test_an_acknowledged_write_never_joins_one_that_does_not_wait_for_the_disk(database):
    with database.write(durable=False) as tx:
        put(tx, "a", 1)
        with pytest.raises(AssertionError):
            with database.write():
                pass
        with database.write(durable=False) as inner:
            assert inner is tx
    assert value(database, "a") == 1


def test_writes_that_come_at_the_same_time_share_a_commit_and_none_is_lost(database):
    commits = []
    sa.event.listen(database.engine, "commit", lambda connection: commits.append(1))
    threads = []
    with database.write():
        for number in range(8):
            name = f"part-{number}"
            part = threading.Thread(target=database.write_together, args=(lambda tx, name=name: put(tx, name, 1),))
            part.start()
            threads.append(part)
        # All but the first wait for their turn while this transaction holds the database.
        while len(database._parts) < len(threads) - 1:
            pass
    for part in threads:
        part.join()
    assert all(value(database, f"part-{number}") == 1 for number in range(8))
    assert len(commits) <= 1 + 3


def test_a_shared_write_inside_a_transaction_is_part_of_it(database):
    def undone():
        with database.write():
            database.write_together(lambda tx: put(tx, "a", 1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert value(database, "a") is None


def test_a_shared_write_that_fails_tells_its_caller(database):
    def fail(tx):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        database.write_together(fail)
    database.write_together(lambda tx: put(tx, "a", 1))
    assert value(database, "a") == 1


def test_only_acknowledged_writes_wait_for_the_disk(database):
    full, normal = 2, 1
    for durable, wanted in ((True, full), (False, normal), (True, full)):
        with database.write(durable) as tx:
            assert tx.one(sa.text("PRAGMA synchronous"))["synchronous"] == wanted


def test_claimers_hear_whether_the_transaction_they_claimed_in_was_committed(database):
    told = []
    end = database.claim_with(lambda tx: told.append)

    def write(fails: bool) -> None:
        with database.write() as tx:
            tasks.wake(tx, "job", "a")
            if fails:
                # Not a fault of the block: the commit itself is refused.
                tx.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
                tx.execute(sa.text("CREATE TABLE child (of INTEGER REFERENCES parent(id))"))
                tx.execute(sa.text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
                tx.execute(sa.text("INSERT INTO child VALUES (1)"))

    write(fails=False)
    with pytest.raises(sa.exc.IntegrityError):
        write(fails=True)
    end()
    write(fails=False)
    assert told == [True, False]


def test_texts_are_found_by_how_they_begin_byte_by_byte(database):
    names = ("Tags", "Tags[0]", "Tags[12].Key", "Tagsx", "tags[0]", "Tags\\0", "TagsZ")
    with database.write() as tx:
        tx.execute(sa.insert(properties), [{"arn": name, "path": name, "text": "", "number": None} for name in names])
        wanted = sa.select(properties.c.arn).where(Begins(properties.c.path, "Tags["))
        assert {row["arn"] for row in tx.all(wanted)} == {"Tags[0]", "Tags[12].Key"}
