"""A stack's resources while they are made or deleted: a live table on a terminal, a line a resource elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from ormer.cli.client import Client

JsonDict = dict[str, Any]
POLL_SECONDS = 0.25
COLOURS = {"COMPLETE": "green", "FAILED": "red", "PROGRESS": "cyan", "SKIPPED": "yellow"}
MARKS = {"COMPLETE": "✓", "FAILED": "✕", "PROGRESS": "…", "SKIPPED": "■"}


def watch(client: Client, stack: str, is_over: Callable[[], bool], console: Console) -> None:
    """Show a stack's events from now on until `is_over`; what is over is asked before the last look."""
    view = _Table(console) if console.is_terminal else _Lines(console)
    began = _newest_beginning(client, stack)
    with view:
        while True:
            over = is_over()
            for event in _since(client, stack, began):
                view.take(event)
            view.show(over)
            if over:
                return
            time.sleep(POLL_SECONDS)


def _newest_beginning(client: Client, stack: str) -> str:
    """The id of the event with which what is under way began."""
    for event in _events(client, stack):
        if event["PhysicalResourceId"] == event["StackId"] and event.get("ResourceStatusReason") == "User Initiated":
            return str(event["EventId"])
    return ""


def _since(client: Client, stack: str, began: str) -> list[JsonDict]:
    """Events of resources from the one of this id on, oldest first."""
    found = []
    for event in _events(client, stack):
        if event["PhysicalResourceId"] != event["StackId"]:
            found.append(event)
        if event["EventId"] == began:
            break
    return found[::-1]


def _events(client: Client, stack: str) -> list[JsonDict]:
    return client.pages("cloudformation", "DescribeStackEvents", "StackEvents", StackName=stack)


def _word(status: str) -> str:
    return status.rpartition("_")[2]


class _Lines:
    """Prints each resource once it has come to an end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: set[str] = set()

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def take(self, event: JsonDict) -> None:
        word = _word(event["ResourceStatus"])
        if event["EventId"] in self._told or word == "PROGRESS":
            return
        self._told.add(event["EventId"])
        reason = f"  {event['ResourceStatusReason']}" if event.get("ResourceStatusReason") else ""
        text = f"  {MARKS.get(word, ' ')} {event['LogicalResourceId']:36} {event['ResourceType']}{reason}"
        self._console.print(text, markup=False, soft_wrap=True)

    def show(self, over: bool) -> None:
        pass


class _Table:
    """Keeps a table of the resources on the screen."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=8)
        self._latest: dict[str, JsonDict] = {}
        self._began: dict[str, float] = {}

    def __enter__(self) -> _Table:
        self._live.__enter__()
        return self

    def __exit__(self, *_: Any) -> None:
        self._live.__exit__(None, None, None)

    def take(self, event: JsonDict) -> None:
        name = event["LogicalResourceId"]
        self._began.setdefault(name, event["Timestamp"].timestamp())
        self._latest[name] = event

    def show(self, over: bool) -> None:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        for name, event in self._latest.items():
            word = _word(event["ResourceStatus"])
            mark = Text(MARKS.get(word, " "), style=COLOURS.get(word, ""))
            seconds = event["Timestamp"].timestamp() - self._began[name]
            span = "" if word == "PROGRESS" else f"{seconds:.1f} s"
            reason = Text(event.get("ResourceStatusReason") or "", style="red" if word == "FAILED" else "dim")
            table.add_row(mark, name, Text(event["ResourceType"], style="dim"), span, reason)
        self._live.update(table if over else Group(table, Spinner("dots", style="cyan")))
