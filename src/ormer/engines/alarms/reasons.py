"""Why an alarm is what it is, in AWS's sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ormer.engines.alarms.verdicts import ALARM, INSUFFICIENT_DATA
from ormer.stores.alarms.messages import stamp

JsonDict = dict[str, Any]
COMPARED = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching", "ignore": "Ignore", "missing": "Missing"}


@dataclass(frozen=True)
class Evaluated:
    """A datapoint that counted. time: its period's start in seconds. count: its samples, None for metric math."""

    time: float
    value: float
    count: float | None
    breaching: bool


def sentence(
    state: str,
    points: Sequence[Evaluated],
    filled: int,
    *,
    comparison: str,
    threshold: float,
    periods: int,
    to_alarm: int,
    missing: str,
) -> str:
    """StateReason. points: oldest first."""
    if state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {_datapoints(filled)} {_was(filled)} unknown."
    if not points:
        return (
            f"Threshold Crossed: no datapoints were received for {periods} period{_s(periods)} and {filled} missing "
            f"{_noun(filled)} {_was(filled)} treated as [{TREATED[missing]}]."
        )
    told = [point for point in reversed(points) if point.breaching == (state == ALARM)] or list(reversed(points))
    listed = ", ".join(f"{point.value} ({_date(point.time)})" for point in told)
    negation = "" if state == ALARM else "not "
    crossed = f"{_was(len(told))} {negation}{COMPARED[comparison]} the threshold ({threshold})"
    if filled:
        start = f"Threshold Crossed: {_datapoints(len(told))} [{listed}] {crossed}"
        return f"{start} and {filled} missing {_noun(filled)} {_was(filled)} treated as [{TREATED[missing]}]."
    needed, change = (to_alarm, "OK -> ALARM") if state == ALARM else (periods - to_alarm + 1, "ALARM -> OK")
    return (
        f"Threshold Crossed: {len(told)} out of the last {len(points)} datapoints [{listed}] {crossed} "
        f"(minimum {_datapoints(needed)} for {change} transition)."
    )


def data(
    points: Sequence[Evaluated], *, now: float, start: float, period: int, statistic: str | None, threshold: float
) -> JsonDict:
    """StateReasonData: what was asked and what came."""
    return {
        "version": "1.0",
        "queryDate": stamp(now),
        "startDate": stamp(points[0].time if points else start),
        **({"statistic": statistic} if statistic else {}),
        "period": period,
        "recentDatapoints": [point.value for point in points],
        "threshold": threshold,
        "evaluatedDatapoints": [
            {
                "timestamp": stamp(point.time),
                **({"sampleCount": point.count} if point.count is not None else {}),
                "value": point.value,
            }
            for point in reversed(points)
        ],
    }


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%m/%y %H:%M:%S")


def _datapoints(count: int) -> str:
    return f"{count} {_noun(count)}"


def _noun(count: int) -> str:
    return f"datapoint{_s(count)}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
