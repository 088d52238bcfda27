"""The migrations make exactly the tables that the code declares."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ormer.aws.clock import WallClock
from ormer.config import Config
from ormer.first_run import settle
from ormer.stores import migrations, resources, service_roles
from ormer.stores.database import Database
from ormer.stores.schema import metadata
from ormer.stores.stores import open_stores
from ormer.stores.tables import resources as table

# Tables of the migrations behind 0013.
LATER = (
    "tracking_links",
    "tracking_sessions",
    "feature_online_records",
    "feature_offline_records",
    "parameter_versions",
    "secret_versions",
    "queue_messages",
    "queue_deduplications",
    "state_machine_revisions",
    "state_machine_flows",
    "state_machine_events",
    "state_machine_activity_tasks",
)


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


def test_the_roles_of_an_older_home_may_use_mlflow_and_keep_what_they_had(tmp_path: Path) -> None:
    config = Config(home=tmp_path / "home")
    stores = open_stores(config.home, config.database_url, WallClock())
    settle(stores, config)
    name = service_roles.USE_ROLE
    older = {"attached": [service_roles.FULL_ACCESS], "inline": {"mine": {"Version": "2012-10-17", "Statement": []}}}
    with stores.database.write() as tx:
        tx.execute(sa.update(table).where(table.c.name == name).values(facts=older))
        for later in LATER:
            tx.execute(sa.text(f"DROP TABLE {later}"))
        tx.execute(sa.text("ALTER TABLE stack_requests DROP COLUMN original"))
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '0013'"))
    migrations.upgrade(stores.database)
    with stores.database.read() as tx:
        row = resources.get(tx, service_roles.arn(config.account, name))
    stores.close()
    assert row is not None
    assert row.facts["attached"] == older["attached"]
    assert row.facts["inline"] == {**older["inline"], service_roles.USE_MLFLOW: service_roles.MLFLOW_POLICY}


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
