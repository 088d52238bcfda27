"""A process of its own that counts in a database: `counting.py FILE TIMES` adds to one row and tells each commit."""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa

from ormer.stores.database import Database, upsert
from ormer.stores.tables import settings


def main(file: str, times: int) -> None:
    database = Database(Path(file))
    for _ in range(times):
        with database.write() as tx:
            row = tx.one(sa.select(settings.c.value).where(settings.c.name == "count"))
            count = (row["value"] if row else 0) + 1
            tx.execute(upsert(tx, settings, ["name"], {"name": "count", "value": count}))
            # The second statement of the same transaction: both or neither.
            tx.execute(upsert(tx, settings, ["name"], {"name": "twin", "value": count}))
        print(count, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
