"""A worker that kills itself before its n-th commit: `mortal_worker.py HOME N`; 0 lets it live.

It ends when every execution has ended or waits for a person.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mortality import live, under_way

from delivery.conftest import bench_in

if __name__ == "__main__":
    live(bench_in(Path(sys.argv[1]), threads=2, started=False), int(sys.argv[2]), under_way("delivery", "stack"))
