"""Why an endpoint failed, in AWS's sentences, with the container's last words behind them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ormer.engines.hosting.records import Fleet
from ormer.engines.jobs.supervision import Result

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html (FailureReason)
REASON_CHARACTERS_MAX = 1024
NO_PING = (
    "The {which} container for production variant {variant} did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)
TAIL_BYTES = 16 * 1024
TAIL_LINES = 12
TRACEBACK_START = "Traceback (most recent call last)"


def no_ping(fleet: Fleet, why: str, tail: Sequence[str]) -> str:
    """The reason of an endpoint whose instance does not come up."""
    which = "primary" if len(fleet.models) == 1 else "container-1"
    text = f"{NO_PING.format(which=which, variant=fleet.name)} {why}".rstrip()
    return reason(text, tail)


def reason(text: str, tail: Sequence[str]) -> str:
    """A sentence and the end of what the container printed, at most as long as AWS's FailureReason."""
    ending = _ending([line for line in tail if line.strip()])
    if not ending:
        return text[:REASON_CHARACTERS_MAX]
    room = REASON_CHARACTERS_MAX - len(text) - 1
    return f"{text[: REASON_CHARACTERS_MAX - 1]} {_kept(ending, room)}".rstrip() if room > 80 else text


def ended(result: Result) -> str:
    """How an instance's program ended, for its log."""
    if result.reason == "Exited":
        return f"its program ended with exit code {result.exit_code}"
    if result.reason == "OutOfMemory":
        return f"OutOfMemory: {result.message}; use a larger instance type"
    if result.reason == "Stopped":
        return "it was stopped"
    return result.message or result.reason


def tail(log: Path) -> list[str]:
    """The last lines of an instance's log file."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return []
    found = []
    # The first piece may be half a line.
    for line in lines if size <= TAIL_BYTES else lines[1:]:
        if line:
            found.append(str(json.loads(line)["m"]))
    return found[-TAIL_LINES * 4 :]


def _ending(lines: Sequence[str]) -> str:
    whole = "\n".join(lines)
    start = whole.rfind(TRACEBACK_START)
    return whole[start:] if start >= 0 else "\n".join(lines[-TAIL_LINES:])


def _kept(text: str, characters_max: int) -> str:
    """The end of a text that is too long: what went wrong stands in the last line."""
    return text if len(text) <= characters_max else "..." + text[-(characters_max - 3) :]
