"""Monitoring schedules by what they watch and what they run."""

from __future__ import annotations

from ormer.stores import properties, resources
from ormer.stores.database import Tx
from ormer.stores.tables import resources as table

KIND = "MonitoringSchedule"


def having(tx: Tx, account: str, region: str, **members: str) -> list[str]:
    """The names of the schedules whose documents hold these members: EndpointName, MonitoringJobDefinitionName, ..."""
    c = table.c
    where = [c.account == account, c.region == region, c.kind == KIND]
    where += [c.arn.in_(properties.having(member, value)) for member, value in members.items()]
    return [row.name for row in resources.select(tx, *where)]
