"""The migrations make exactly the tables that the code declares."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ormer.stores import migrations
from ormer.stores.database import Database
from ormer.stores.schema import metadata


def test_an_empty_database_is_brought_to_the_declared_schema(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    assert migrations.version(database) is None
    migrations.upgrade(database)
    assert migrations.version(database) == migrations.HEAD
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_head_the_code_names_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == migrations.HEAD


def test_numbers_of_events_are_never_given_twice(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    migrations.upgrade(database)
    with database.read() as tx:
        made = tx.one(sa.text("SELECT sql FROM sqlite_master WHERE name = 'events'"))
    assert made is not None
    assert "AUTOINCREMENT" in made["sql"]


def test_a_database_of_a_newer_ormer_is_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    migrations.upgrade(database)
    with database.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RuntimeError, match="newer ormer"):
        migrations.upgrade(database)
