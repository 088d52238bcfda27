"""EventBridge Scheduler's expressions: those of rules, but it takes `rate(1 hours)` as well as `rate(1 hour)`.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re

from ormer.aws.schedules import Schedule

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


def parsed(text: str) -> Schedule:
    """The schedule. Raises ValueError that says what is wrong."""
    rate = RATE.fullmatch(text)
    if rate is None:
        return Schedule.parse(text)
    return Schedule.parse(f"rate({rate[1]} {rate[2]}{'' if int(rate[1]) == 1 else 's'})")
