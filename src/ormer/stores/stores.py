"""All stores under one roof: what an operation or an engine is given to work with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ormer.aws.clock import Clock
from ormer.stores import migrations
from ormer.stores.database import Database
from ormer.stores.keys import Keys
from ormer.stores.objects.store import Objects
from ormer.stores.repositories.store import Repositories
from ormer.stores.secrets import Vault


@dataclass(frozen=True)
class Stores:
    """home: the folder for files. `database` holds rows, `keys` access keys, `vault` seals secrets,
    `objects` are S3's, `repositories` git's. tls_address: where the server listens for https, "" without one.
    """

    home: Path
    clock: Clock
    database: Database
    vault: Vault
    keys: Keys
    objects: Objects
    repositories: Repositories
    tls_address: str = ""

    def close(self) -> None:
        self.database.close()


def open_stores(home: Path, database_url: str | Path, clock: Clock, address: str = "", tls_address: str = "") -> Stores:
    """Open (or make) everything under `home`, schema brought up to date. address, tls_address: where clients find the
    server by http and by https.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(database_url)
    migrations.upgrade(database)
    vault = Vault(home / "secret.key")
    keys, objects = Keys(database, vault, clock), Objects(home, database, clock)
    repositories = Repositories(home, database, clock, address)
    return Stores(home, clock, database, vault, keys, objects, repositories, tls_address)
