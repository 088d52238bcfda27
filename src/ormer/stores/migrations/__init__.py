"""Schema versions. `upgrade` brings a database to this code's version; it costs one SELECT when it is there already."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from ormer.stores.database import Database

HEAD = "0017"


def upgrade(database: Database) -> None:
    """Bring the schema to HEAD. Raises RuntimeError when the database was written by a newer ormer."""
    current = version(database)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise RuntimeError(
            f"The database is at schema version {current}; this ormer knows {HEAD}. Install the newer ormer again."
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def version(database: Database) -> str | None:
    """The schema version the database is at; None for an empty one."""
    if not sa.inspect(database.engine).has_table("alembic_version"):
        return None
    with database.read() as tx:
        row = tx.one(sa.text("SELECT version_num FROM alembic_version"))
    return str(row["version_num"]) if row else None
