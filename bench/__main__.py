"""`python -m bench [NAMES…]`: run measurements and print their table.

A name is one of the modules in bench/measurements; without names all of them run, one after the other.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench import measurements
from bench.figures import Figure, Result, Skipped, quiet
from bench.peers import PeerMissing, Peers
from bench.programs import ProgramFailed

# A table in a file is not cut to the width of a terminal that is not there.
PAGE_COLUMNS = 180
ORDER = (
    *("starts", "steps", "conditions", "describes", "small_objects", "large_objects"),
    *("invocations", "studio", "monitors", "analyzer", "shapley", "demo"),
)


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write every sample to this file.")
def main(names: tuple[str, ...], json_file: Path | None) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PAGE_COLUMNS)
    known = sorted((module.name for module in pkgutil.iter_modules(measurements.__path__)), key=_rank)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    if not quiet():
        load = os.getloadavg()[0]
        console.print(f"[yellow]The machine is busy (load {load:.1f}): figures are worse than they need be.[/]")
    peers, results = Peers(), list[Result]()
    for name in names or known:
        console.print(f"[dim]measuring {name} …[/]")
        found = _measure(name, peers)
        for result in found:
            console.print(f"  {_line(result)}", markup=False, soft_wrap=True)
        results += found
    _print(results, console)
    if json_file is not None:
        json_file.write_text(json.dumps(_document(results), indent=2) + "\n")
    if any(isinstance(result, Skipped) and result.reason.startswith("failed") for result in results):
        raise SystemExit(1)


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _measure(name: str, peers: Peers) -> list[Result]:
    """The figures of one measurement; one that cannot be had is named in the table instead of ending the run."""
    module = importlib.import_module(f"bench.measurements.{name}")
    try:
        found: list[Result] = module.measure(peers)
        return found
    except PeerMissing as error:
        return [Skipped(name, f"skipped: {error}")]
    except (ProgramFailed, RuntimeError) as error:
        return [Skipped(name, f"failed: {error}")]


def _print(results: list[Result], console: Console) -> None:
    table = Table(title=f"ormer beside its peers, {os.cpu_count()} processors")
    for heading in ("what", "n", "min", "median", "max", "unit", "peer", "peer's median", "ratio", "goal", "load"):
        table.add_column(heading, justify="left" if heading in ("what", "unit", "peer", "goal") else "right")
    for result in results:
        if isinstance(result, Skipped):
            continue
        table.add_row(*_cells(result))
    console.print(table)
    for result in results:
        if isinstance(result, Skipped):
            console.print(f"{result.name}: {result.reason}", markup=False)
        else:
            console.print(f"[bold]{result.name}[/]: {result.how}", soft_wrap=True)


def _line(result: Result) -> str:
    if isinstance(result, Skipped):
        return f"{result.name}: {result.reason}"
    peer = result.peer_median
    beside = "" if peer is None else f", {result.peer} {_number(peer)} {result.unit}"
    return f"{result.name}: {_number(result.median)} {result.unit}{beside}"


def _cells(figure: Figure) -> tuple[str, ...]:
    ratio, peer = figure.ratio, figure.peer_median
    return (
        figure.name,
        str(len(figure.samples)),
        _number(min(figure.samples)),
        _number(figure.median),
        _number(max(figure.samples)),
        figure.unit,
        figure.peer,
        "" if peer is None else f"{_number(peer)} (n {len(figure.peer_samples)})",
        "" if ratio is None else f"{ratio:.2f}",
        figure.goal,
        f"{figure.load:.1f}",
    )


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def _document(results: list[Result]) -> dict[str, object]:
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "results": [{"kind": type(result).__name__, **result.json()} for result in results],
    }


if __name__ == "__main__":
    main(prog_name="python -m bench")
