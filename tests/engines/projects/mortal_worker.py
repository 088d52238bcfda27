"""A worker that kills itself before its n-th commit: `mortal_worker.py HOME N`; 0 lets it live.

It ends when every project, stack and delivery rests or waits for a person.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mortality import live, under_way

from ormer import templates
from projects.conftest import KINDS, bench_in

if __name__ == "__main__":
    templates.__path__.append(str(Path(__file__).parents[2] / "project_templates"))
    live(bench_in(Path(sys.argv[1]), threads=2, started=False), int(sys.argv[2]), under_way(*KINDS))
