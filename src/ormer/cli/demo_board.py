"""What the demo shows while it waits: lines with a mark, a name and a time; live on a terminal, as each ends elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

POLL_SECONDS = 0.25
NAME_WIDTH = 40
MARKS = {"Succeeded": "[green]✓[/]", "Failed": "[red]✕[/]", "Stopped": "[bright_black]■[/]"}
UNDER_WAY = "[cyan]…[/]"


@dataclass(frozen=True)
class Line:
    """One thing that happens. status: in AWS's words; what MARKS knows has ended. began, ended: seconds, 0 unless so."""

    name: str
    status: str
    began: float = 0.0
    ended: float = 0.0

    @property
    def duration(self) -> str:
        """How long it took, or has taken so far; "" before it began."""
        if not self.began:
            return ""
        return f"{max(0.0, (self.ended or time.time()) - self.began):.1f} s"


Look = Callable[[], tuple[Sequence[Line], bool]]


def watch(console: Console, look: Look) -> None:
    """Show the lines until `look` says that nothing more comes."""
    if not console.is_terminal:
        _follow(console, look)
        return
    spinner = Spinner("dots", style="cyan")
    with Live(console=console, refresh_per_second=8) as live:
        while True:
            lines, done = look()
            live.update(_table(lines) if done else Group(_table(lines), spinner))
            if done:
                return
            time.sleep(POLL_SECONDS)


def _follow(console: Console, look: Look) -> None:
    told: set[str] = set()
    while True:
        lines, done = look()
        for line in lines:
            if line.status in MARKS and line.name not in told:
                told.add(line.name)
                console.print(f"  {MARKS[line.status]} {line.name:{NAME_WIDTH}} {line.duration:>8}")
        if done:
            return
        time.sleep(POLL_SECONDS)


def _table(lines: Sequence[Line]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for line in lines:
        mark = MARKS.get(line.status, UNDER_WAY)
        table.add_row(" ", mark, f"{line.name:{NAME_WIDTH}}", Text(line.status, style="dim"), line.duration)
    return table
