"""The model-monitor analyzer on tables of twenty columns, beside polars' bare parse, whylogs and Evidently."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench import programs
from bench.figures import Figure, Result, Skipped
from bench.peers import PeerMissing, Peers
from bench.programs import ProgramFailed, Used

ROWS, MANY_ROWS, FEW_ROWS = 1_000_000, 10_000_000, 100_000
COLUMNS = 20
RUNS = 3
PROGRAM = Path("src/ormer/runtimes").absolute()
BY_HAND = Path(__file__).parents[1] / "by_hand"
TABLE = f"{COLUMNS} columns (15 float, 3 integer, 2 text), statistics and constraints"
COUNTED = "user and system time of the whole process (wait4), imports included"


class Desk:
    """A folder laid out like /opt/ml with a table of so many rows in it."""

    def __init__(self, python: str, folder: str, rows: int) -> None:
        self.python, self.root, self.rows = python, Path(folder), rows
        self.file = self.root / "processing" / "input" / "baseline_dataset_input" / "data.csv"
        self.file.parent.mkdir(parents=True)
        programs.run([python, str(BY_HAND / "table.py"), str(self.file), str(rows), str(COLUMNS)])

    def analyzed(self) -> Used:
        """One run of the analyzer. Raises RuntimeError when it did not see every row."""
        environ = {
            "dataset_format": json.dumps({"csv": {"header": True}}),
            "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
        }
        words = [self.python, str(BY_HAND / "rooted.py"), str(PROGRAM), "model_monitor", str(self.root)]
        used = programs.run(words, environ)
        written = json.loads((self.root / "processing" / "output" / "statistics.json").read_text())
        if written["dataset"]["item_count"] != self.rows:
            raise RuntimeError("the analyzer did not see every row")
        return used


def measure(peers: Peers) -> list[Result]:
    """Each program in a process of its own: ours and the parse in turns, then the peers, then ten times the rows."""
    python = str(peers.analysis / "python")
    found: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="ormer-bench-") as folder:
        desk = Desk(python, folder, ROWS)
        ours, parses = [], []
        for _ in range(RUNS):
            ours.append(desk.analyzed())
            parses.append(programs.run([python, "-c", f"import polars; polars.read_csv({str(desk.file)!r})"]))
        found += _beside_parse(ours, parses)
        found.append(_beside_whylogs(peers, desk, ours))
    with tempfile.TemporaryDirectory(prefix="ormer-bench-") as folder:
        found.append(_beside_evidently(peers, Desk(python, folder, FEW_ROWS)))
    with tempfile.TemporaryDirectory(prefix="ormer-bench-") as folder:
        used = Desk(python, folder, MANY_ROWS).analyzed()
    how = f"{MANY_ROWS:,} rows × {TABLE}; the largest resident set (wait4)"
    found.append(Figure("analyzer 10M × 20, peak memory", "MB", [used.megabytes], how, "≤ 600 MB"))
    found.append(Figure("analyzer 10M × 20", "CPU s", [used.cpu_seconds], f"the same run; {COUNTED}"))
    return found


def _beside_parse(ours: list[Used], parses: list[Used]) -> list[Result]:
    how = f"{ROWS:,} rows × {TABLE}; {COUNTED}"
    extra = [one.cpu_seconds - other.cpu_seconds for one, other in zip(ours, parses, strict=True)]
    return [
        Figure(
            "analyzer 1M × 20",
            "CPU s",
            [used.cpu_seconds for used in ours],
            how,
            "≤ 4 CPU s",
            "polars.read_csv",
            [used.cpu_seconds for used in parses],
        ),
        Figure("analyzer beyond the parse", "CPU s", extra, "the difference, pair by pair"),
        Figure("analyzer, wall", "s", [used.seconds for used in ours], how),
        Figure("analyzer, peak memory", "MB", [used.megabytes for used in ours], how),
    ]


def _beside_whylogs(peers: Peers, desk: Desk, ours: list[Used]) -> Result:
    name = "analyzer 1M × 20 beside whylogs"
    try:
        used = programs.run([str(peers.whylogs / "python"), str(BY_HAND / "profile_whylogs.py"), str(desk.file)])
    except (PeerMissing, ProgramFailed) as error:
        return Skipped(name, f"skipped: {error}")
    how = f"whylogs' profile of the same table, read by pandas (peak {used.megabytes:,.0f} MB); {COUNTED}"
    return Figure(name, "CPU s", [one.cpu_seconds for one in ours], how, "", "whylogs", [used.cpu_seconds])


def _beside_evidently(peers: Peers, desk: Desk) -> Result:
    name = "analyzer 100k × 20"
    ours = [desk.analyzed().cpu_seconds for _ in range(RUNS)]
    try:
        used = programs.run([str(peers.evidently / "python"), str(BY_HAND / "profile_evidently.py"), str(desk.file)])
    except (PeerMissing, ProgramFailed) as error:
        return Skipped(f"{name} beside Evidently", f"skipped: {error}")
    how = (
        f"{FEW_ROWS:,} rows, because the peer takes minutes for more (peak {used.megabytes:,.0f} MB): Evidently's data"
        f" summary without a reference; {COUNTED}"
    )
    return Figure(name, "CPU s", ours, how, "", "Evidently", [used.cpu_seconds])
