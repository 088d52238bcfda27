"""A worker that kills itself before its n-th commit: `mortal_worker.py HOME N`; 0 lets it live.

It ends when no stack is under way.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))

from mortality import live, tasks_of

from ormer.stores.tables import resources
from stacks.conftest import bench_in

RUNNING = sa.select(resources.c.arn).where(resources.c.kind == "Stack", resources.c.status.like("%_IN_PROGRESS"))

if __name__ == "__main__":
    bench = bench_in(Path(sys.argv[1]), threads=2, started=False)
    live(bench, int(sys.argv[2]), RUNNING, tasks_of("stack"))
