"""The tables engine: feature groups, their offline stores, and queries.

Durable are rows: groups, records that wait for the offline store, queries. Programs run in the sandbox, supervised, in
folders that are theirs alone; a server that starts anew finds a query's program running, and writes anew what it had
not finished writing.
"""

from __future__ import annotations

from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.programs import Programs
from ormer.engines.tables import groups, programs
from ormer.engines.tables.groups import Groups
from ormer.engines.tables.offline import OfflineStores
from ormer.engines.tables.queries import Queries
from ormer.engines.worker import Ending, Function
from ormer.stores import queries, tasks
from ormer.stores.features.groups import GROUP_TASK, OFFLINE_TASK
from ormer.stores.stores import Stores


class TablesEngine:
    """Start it before the worker, stop it after. functions, endings: what it adds to the worker's."""

    def __init__(self, stores: Stores, surroundings: Surroundings, sandbox: str = "auto") -> None:
        self._stores = stores
        self._programs = Programs(programs.KIND, stores, surroundings, sandbox)
        self._queries = Queries(stores, self._programs, self._wake)
        offline = OfflineStores(self._programs)
        made = Groups(offline)
        self.functions: dict[str, Function] = {
            GROUP_TASK: made.run,
            OFFLINE_TASK: offline.run,
            queries.TASK: self._queries.run,
        }
        self.endings: dict[str, Ending] = {GROUP_TASK: made.give_up, queries.TASK: self._queries.give_up}

    def start(self) -> None:
        """Sweep what nobody owns, and wake what waits."""
        self._programs.open()
        known = self._queries.start()
        for folder in self._programs.root.iterdir():
            if folder.is_dir() and folder.name not in known:
                remove(folder)
        with self._stores.database.write() as tx:
            groups.restore(tx)

    def stop(self) -> None:
        self._queries.stop()
        self._programs.close()

    def _wake(self, arn: str) -> None:
        with self._stores.database.write(durable=False) as tx:
            tasks.wake(tx, queries.TASK, arn)
