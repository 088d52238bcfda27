"""Feature groups on their way: set up after they were made, emptied when they are deleted.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-feature-groups.html
"""

from __future__ import annotations

from ormer.engines.tables.offline import CannotWrite, OfflineStores
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores import tasks as task_store
from ormer.stores.database import Tx
from ormer.stores.features import catalog, metadata, records
from ormer.stores.features.groups import (
    CREATE_FAILED,
    CREATED,
    CREATING,
    DELETING,
    GROUP_TASK,
    OFFLINE_TASK,
    Group,
)
from ormer.stores.resources import Row

ERASED_AT_ONCE = 20_000


class Groups:
    """`run` is the function of task kind "feature_group"; its subject is a group's ARN."""

    def __init__(self, offline: OfflineStores) -> None:
        self._offline = offline

    def run(self, work: Work) -> Again | None:
        """Take the group as far as it goes now."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            return None
        if row.status == CREATING:
            self._set_up(work, row)
            return None
        return self._empty(work, row) if row.status == DELETING else None

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """End the making of a group whose task raises again and again; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status not in (CREATING, DELETING):
            return False
        to = CREATE_FAILED if row.status == CREATING else "DeleteFailed"
        resources.advance(tx, row.arn, to, now=work.now, change={"FailureReason": reason[:1024]})
        return True

    def _set_up(self, work: Work, row: Row) -> None:
        """Make the group's table and let records come; without its bucket it has failed."""
        group, reason = Group(row), ""
        if group.offline:
            try:
                self._offline.check(work, group)
            except CannotWrite as error:
                reason = str(error)
        with work.write() as tx:
            if reason:
                resources.advance(
                    tx, row.arn, CREATE_FAILED, now=work.now, expect=[CREATING], change={"FailureReason": reason[:1024]}
                )
            elif resources.advance(tx, row.arn, CREATED, now=work.now, expect=[CREATING]):
                catalog.create_table(tx, row, work.now)

    def _empty(self, work: Work, row: Row) -> Again | None:
        """Write what was acknowledged, erase the online store, and then the group."""
        group = Group(row)
        with work.read() as tx:
            waiting = bool(records.queued(tx, row.arn, 1))
        if waiting:
            try:
                self._offline.flush(work, group)
                return Again(seconds=0)
            except CannotWrite:
                # There is no place for them any more: its bucket or its role's rights went before the group.
                with work.write() as tx:
                    records.give_up_queued(tx, row.arn)
        with work.write() as tx:
            if records.forget_online(tx, row.arn, ERASED_AT_ONCE) == ERASED_AT_ONCE:
                return Again(seconds=0)
            metadata.forget(tx, row)
            resources.delete(tx, row.arn)
        return None


def restore(tx: Tx) -> None:
    """After a start: wake the offline stores that have something to write."""
    for arn in records.groups_waiting(tx):
        task_store.wake(tx, OFFLINE_TASK, arn)


__all__ = ["GROUP_TASK", "Groups", "restore"]
