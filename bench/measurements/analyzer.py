"""The model-monitor analyzer on a million rows of twenty columns, beside polars' bare parse of the same CSV file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench import programs
from bench.figures import Figure, Result
from bench.peers import Peers

ROWS = 1_000_000
COLUMNS = 20
RUNS = 3
PROGRAM = Path("src/ormer/runtimes").absolute()
BY_HAND = Path(__file__).parents[1] / "by_hand"


def measure(peers: Peers) -> list[Result]:
    """The analyzer and the parse in turns, each in a process of its own in one environment."""
    python = str(peers.analysis / "python")
    with tempfile.TemporaryDirectory(prefix="ormer-bench-") as folder:
        root = Path(folder)
        source = root / "processing" / "input" / "baseline_dataset_input"
        source.mkdir(parents=True)
        file = source / "data.csv"
        programs.run([python, str(BY_HAND / "table.py"), str(file), str(ROWS), str(COLUMNS)])
        environ = {
            "dataset_format": json.dumps({"csv": {"header": True}}),
            "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
        }
        ours, parses = [], []
        for _ in range(RUNS):
            ours.append(
                programs.run([python, str(BY_HAND / "rooted.py"), str(PROGRAM), "model_monitor", str(root)], environ)
            )
            parses.append(programs.run([python, "-c", f"import polars; polars.read_csv({str(file)!r})"]))
        written = json.loads((root / "processing" / "output" / "statistics.json").read_text())
    if written["dataset"]["item_count"] != ROWS:
        raise RuntimeError("the analyzer did not see every row")
    how = (
        f"{ROWS:,} × {COLUMNS} (15 float, 3 integer, 2 text), statistics and constraints; user and system time of"
        " the whole process (wait4), imports included"
    )
    extra = [one.cpu_seconds - other.cpu_seconds for one, other in zip(ours, parses, strict=True)]
    return [
        Figure(
            "analyzer 1M × 20",
            "CPU s",
            [used.cpu_seconds for used in ours],
            how,
            "≤ 4 CPU s more than the parse",
            "polars.read_csv",
            [used.cpu_seconds for used in parses],
        ),
        Figure("analyzer beyond the parse", "CPU s", extra, "the difference, pair by pair", "≤ 4 CPU s"),
        Figure("analyzer, wall", "s", [used.seconds for used in ours], how),
        Figure("analyzer, peak memory", "MB", [used.megabytes for used in ours], how),
    ]
