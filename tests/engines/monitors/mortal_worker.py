"""A worker that kills itself before its n-th commit: `mortal_worker.py HOME N`; 0 lets it live.

It ends when every run of a few hours of schedules has ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))

from mortality import live, tasks_of

from monitors.conftest import HOUR, NOON, bench_in
from ormer.aws.clock import ManualClock
from ormer.stores.tables import resources

HOURS = 3

if __name__ == "__main__":
    # It was started before the hours passed.
    clock = ManualClock(NOON)
    bench = bench_in(Path(sys.argv[1]), clock, threads=2, started=False)
    clock.advance(HOURS * HOUR)
    runs = sa.select(sa.func.count()).select_from(resources).where(resources.c.kind == "MonitoringExecution")
    missing = sa.select(sa.literal(1)).where(runs.scalar_subquery() < HOURS)
    live(bench, int(sys.argv[2]), missing, tasks_of("monitoring_execution", "job"))
