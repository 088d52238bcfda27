"""`ormer doctor`: what this machine can do for jobs, how to get more, and what went wrong inside ormer lately."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from ormer.config import load
from ormer.machine import Finding, findings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def doctor(as_json: bool, home: Path | None) -> None:
    """Check this machine. Exit status 1 when something is missing that jobs need, or a task of the server's fails."""
    found = findings(load(home=home))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        _print(found)
    if not all(finding.good for finding in found):
        raise SystemExit(1)


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    for finding in findings:
        mark = "[green]✓[/]" if finding.good else "[red]✕[/]"
        console.print(f"{mark} {finding.name:10} {finding.seen}")
        if not finding.good and finding.advice:
            console.print(f"  {'':10} {finding.advice}", style="yellow")
