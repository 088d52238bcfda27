"""Event source mappings: functions that are asked with the messages of a queue.

A mapping is a row below its queue. Facts: `function` and `qualifier`, what it asks; `batches`, what its function has
been asked and not answered yet: {invocation ARN: {message id: receipt handle}}.
"""

from __future__ import annotations

from ormer.aws import arns
from ormer.stores import resources, tasks
from ormer.stores.database import Tx
from ormer.stores.functions.functions import SERVICE
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

KIND = "EventSourceMapping"
TASK = "event_source_mapping"
ENABLED, DISABLED = "Enabled", "Disabled"


def arn_of(region: str, account: str, id_: str) -> str:
    return arns.arn(SERVICE, region, account, f"event-source-mapping:{id_}")


def of_source(tx: Tx, source_arn: str) -> list[Row]:
    """The mappings of a queue, oldest first."""
    parts, c = arns.parse(source_arn), table.c
    where = (c.account == parts.account, c.region == parts.region, c.service == SERVICE, c.kind == KIND)
    return resources.select(tx, *where, c.parent == source_arn)


def wake(tx: Tx, source_arn: str) -> None:
    """Let whoever reads this queue look at it."""
    for row in of_source(tx, source_arn):
        if row.document["State"] == ENABLED:
            tasks.wake(tx, TASK, row.arn)
