"""What was decided holds until somebody commits, in this process or another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ormer.stores import migrations
from ormer.stores.changes import Changes, Decisions
from ormer.stores.database import Database, upsert
from ormer.stores.tables import settings

COUNTING = Path(__file__).with_name("counting.py")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "a.db")
    migrations.upgrade(made)
    yield made
    made.close()


def write(database: Database, value: int, broken: bool = False) -> None:
    with database.write() as tx:
        tx.execute(upsert(tx, settings, ["name"], {"name": "x", "value": value}))
        if broken:
            raise RuntimeError("rolled back")


def test_every_commit_changes_the_number_and_nothing_else_does(database: Database) -> None:
    changes = Changes(database)
    numbers = [changes.number()]
    for value in range(3):
        write(database, value)
        numbers.append(changes.number())
        assert changes.number() == numbers[-1]
    assert len(set(numbers)) == 4
    with database.read() as tx:
        tx.all(sa.select(settings))
    with pytest.raises(RuntimeError, match="rolled back"):
        write(database, 9, broken=True)
    assert changes.number() == numbers[-1]
    changes.close()


def test_commits_of_another_process_are_seen(database: Database, tmp_path: Path) -> None:
    changes = Changes(database)
    before = changes.number()
    subprocess.run([sys.executable, str(COUNTING), str(tmp_path / "a.db"), "1"], check=True, stdout=subprocess.DEVNULL)
    assert changes.number() != before
    changes.close()


def test_a_decision_is_forgotten_when_anything_was_committed(database: Database) -> None:
    decisions = Decisions(Changes(database))
    assert not decisions.known("may I")
    decisions.remember("may I", decisions.state())
    assert decisions.known("may I")
    write(database, 1)
    assert not decisions.known("may I")
    decisions.close()


def test_a_decision_made_while_somebody_committed_is_not_remembered(database: Database) -> None:
    decisions = Decisions(Changes(database))
    assert not decisions.known("may I")
    state = decisions.state()
    write(database, 1)
    # Asked again between the commit and the answer of the gate, which may have seen either state.
    assert not decisions.known("something else")
    decisions.remember("may I", state)
    assert not decisions.known("may I")
    decisions.close()


def test_where_commits_cannot_be_counted_nothing_is_remembered(database: Database) -> None:
    database.is_sqlite = False
    decisions = Decisions(Changes(database))
    decisions.remember("may I", decisions.state())
    assert not decisions.known("may I")
    decisions.close()
