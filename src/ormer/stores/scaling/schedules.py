"""When scheduled actions come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws.schedules import Schedule


def next_time(action: Mapping[str, Any], after: float, *, begins: bool = False) -> float | None:
    """When a scheduled action comes next after `after` (seconds); None when it does not any more.

    begins: the action is new. Its StartTime then is where a rate starts, and the earliest time of all others.
    """
    schedule = Schedule.parse(action["Schedule"])
    start = action.get("StartTime")
    found = schedule.next_after(after, action.get("Timezone", "UTC"))
    if begins and start is not None and start > after:
        # Half a second before, since a time that is the start itself counts.
        rate = action["Schedule"].startswith("rate(")
        found = start if rate else schedule.next_after(start - 0.5, action.get("Timezone", "UTC"))
    end = action.get("EndTime")
    return None if found is None or (end is not None and found > end) else found
