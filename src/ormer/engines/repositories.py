"""Care for git repositories: settles what killed processes left over, and joins packs where many have come together.

A change of refs wakes this a minute later. Everything here may run twice: settling tells only of refs that differ from
what was told, and git decides itself whether packing is worth it. At the start nothing else moves, so stale lock files
are taken away at once; a git that outlived the last server is waited for.
"""

from __future__ import annotations

import structlog

from ormer.engines.worker import Again, Work
from ormer.stores import tasks
from ormer.stores.repositories import processes
from ormer.stores.repositories.changes import TASK
from ormer.stores.repositories.processes import GitFailed
from ormer.stores.stores import Stores

BUSY_SECONDS = 5.0
# Git packs anew when more loose objects or packs than this have come together.
LOOSE_OBJECTS_MAX = 2000
PACKS_MAX = 20

log = structlog.get_logger("ormer.repositories")


class RepositoryCare:
    """At the start of a server: tells of refs that moved while nobody could, and throws away what is nobody's."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def start(self) -> None:
        repositories = self._stores.repositories
        for repository in repositories.changes.unsettled():
            place = repositories.place(repository)
            if not repositories.changes.recover(repository, place, alone=True):
                with self._stores.database.write() as tx:
                    tasks.wake(tx, TASK, repository)
        repositories.sweep()

    def stop(self) -> None:
        """Nothing runs of its own."""


def run(work: Work) -> Again | None:
    """Settle what is left over of a repository's changes, then let git pack it if that is due."""
    repositories = work.stores.repositories
    if not repositories.exists(work.subject):
        return None
    folder = repositories.folder(work.subject)
    if not repositories.changes.recover(work.subject, folder):
        return Again(seconds=BUSY_SECONDS)
    try:
        processes.run(
            folder,
            "-c",
            f"gc.auto={LOOSE_OBJECTS_MAX}",
            "-c",
            f"gc.autoPackLimit={PACKS_MAX}",
            "-c",
            "gc.autoDetach=false",
            "gc",
            "--auto",
            "--quiet",
            seconds=processes.MAINTENANCE_SECONDS_MAX,
        )
    except GitFailed as error:
        # The repository works without; the next change brings the next attempt.
        log.warning("a repository could not be packed", repository=work.subject, error=str(error))
    return None
