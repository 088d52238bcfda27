"""ISO 8601 durations as CacheConfig.ExpireAfter writes them: `PT1H`, `P30D`, `p4dT12h`, or without P: `T16m`.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching-enabling.html
"""

from __future__ import annotations

import re

DAY_SECONDS = 86_400.0
# The calendar's lengths vary; AWS does not say which it means, so a month has 30 days and a year 365.
FORM = re.compile(
    r"P?(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
UNIT_SECONDS = {
    "years": 365 * DAY_SECONDS,
    "months": 30 * DAY_SECONDS,
    "weeks": 7 * DAY_SECONDS,
    "days": DAY_SECONDS,
    "hours": 3600.0,
    "minutes": 60.0,
    "seconds": 1.0,
}


def seconds_of(text: str) -> float:
    """The duration in seconds. ValueError when it is none."""
    match = FORM.fullmatch(text.strip())
    amounts = {unit: amount for unit, amount in match.groupdict().items() if amount} if match else {}
    if not amounts:
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as PT1H or P30D")
    return sum(float(amount) * UNIT_SECONDS[unit] for unit, amount in amounts.items())
