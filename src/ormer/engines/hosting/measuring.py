"""What instances use, as CloudWatch has it: once a minute, for every variant.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-jobs
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.instances import Process
from ormer.engines.hosting.records import Fleet, State
from ormer.engines.jobs.instances import DEFAULT_TYPE, Machine, instance
from ormer.engines.jobs.supervisor import meters
from ormer.stores import metrics
from ormer.stores.database import Tx
from ormer.stores.resources import Row

NAMESPACE = "/aws/sagemaker/Endpoints"
PERCENT = "Percent"


@dataclass(frozen=True)
class Point:
    """One instance's numbers, in percent. cpu: of one processor, so that two busy ones make 200."""

    variant: str
    cpu: float
    memory: float
    disk: float


def points(crew: Crew, state: State, machine: Machine, home: Path) -> list[Point]:
    """What every instance that serves has used since the last look."""
    usage = shutil.disk_usage(home)
    disk = 100.0 * usage.used / usage.total
    found = []
    for fleet in state.fleets:
        for process in crew.serving(fleet):
            members = meters.descendants(process.handle.pid)
            limit = _memory_bytes(fleet, machine)
            memory = 100.0 * meters.memory_bytes(process.handle.pid, ()) / limit
            found.append(Point(fleet.name, _cpu_percent(process, members), memory, disk))
    return found


def record(tx: Tx, row: Row, found: Iterable[Point], now: float) -> None:
    """Write the points with the dimensions EndpointName and VariantName."""
    for point in found:
        dimensions = [{"Name": "EndpointName", "Value": row.name}, {"Name": "VariantName", "Value": point.variant}]
        for name, value in (
            ("CPUUtilization", point.cpu),
            ("MemoryUtilization", point.memory),
            ("DiskUtilization", point.disk),
        ):
            metrics.put(tx, row.account, row.region, NAMESPACE, name, value, now, dimensions, PERCENT)


def _cpu_percent(process: Process, members: Iterable[int]) -> float:
    seconds = sum(_cpu_seconds(pid) for pid in members)
    now = time.monotonic()
    before, at = process.measured or (0.0, process.began)
    process.measured = (seconds, now)
    return max(0.0, 100.0 * (seconds - before) / max(now - at, 0.001))


def _cpu_seconds(pid: int) -> float:
    try:
        used = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0  # it ended while we looked
    return float(used.user + used.system)


def _memory_bytes(fleet: Fleet, machine: Machine) -> int:
    serverless = fleet.serverless
    if serverless:
        return int(serverless["MemorySizeInMB"]) * 1024**2
    return instance(fleet.variant.get("InstanceType", DEFAULT_TYPE)).memory_limit_bytes(machine)
