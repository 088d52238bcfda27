"""A worker that kills itself before its n-th commit: `mortal_worker.py HOME N`; 0 lets it live.

It ends when every execution has ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))

from mortality import live, tasks_of

from ormer.stores.tables import resources
from pipelines.conftest import bench_in

RUNNING = sa.select(resources.c.arn).where(
    resources.c.kind == "PipelineExecution", resources.c.status.in_(["Executing", "Stopping"])
)

if __name__ == "__main__":
    bench = bench_in(Path(sys.argv[1]), threads=2, started=False)
    live(bench, int(sys.argv[2]), RUNNING, tasks_of("pipeline_execution", "job"))
