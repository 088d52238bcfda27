"""Whether datapoints are an alarm: M out of N, with AWS's rules for what is missing. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# How many periods farther back than EvaluationPeriods are looked at; the examples of AWS's page have two.
EXTRA_PERIODS = 2


@dataclass(frozen=True)
class Verdict:
    """state: what the alarm should be; None keeps what it is. used: indexes of the datapoints that counted, oldest
    first. filled: how many missing ones were filled in.
    """

    state: str | None
    used: tuple[int, ...]
    filled: int


def judge(
    values: Sequence[float | None],
    breaching: Callable[[float], bool],
    *,
    periods: int,
    to_alarm: int,
    missing: str,
) -> Verdict:
    """The verdict on the evaluation range.

    values: one a period, the oldest first, None where data is missing. periods: N. to_alarm: M.
    missing: TreatMissingData.
    """
    present = [place for place, value in enumerate(values) if value is not None]
    used = tuple(present[-periods:])
    breaches = [place for place in used if breaching(values[place])]  # type: ignore[arg-type]
    filled = periods - len(used)
    if not filled:
        return Verdict(ALARM if len(breaches) >= to_alarm else OK, used, 0)
    if missing == "breaching":
        return Verdict(ALARM if len(breaches) + filled >= to_alarm else OK, used, filled)
    if missing == "notBreaching":
        return Verdict(ALARM if len(breaches) >= to_alarm else OK, used, filled)
    if not used:
        return Verdict(INSUFFICIENT_DATA if missing == "missing" else None, used, filled)
    if len(breaches) >= to_alarm:
        return Verdict(ALARM, used, filled)
    if len(breaches) < len(used):
        return Verdict(OK, used, filled)
    # All there is breaches, and there are too few. Unless missing data is ignored it is an alarm once the oldest of
    # them is as old as the alarm needs, so that a single early datapoint does not raise it.
    age = len(values) - breaches[0]
    return Verdict(ALARM if missing == "missing" and age >= to_alarm else None, used, filled)


def enough_samples(statistic: str, counts: Sequence[float]) -> bool:
    """Whether a percentile of so many samples says anything.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    percent = float(statistic[1:])
    rare = min(percent, 100 - percent)
    return rare == 0 or all(count >= 1000 / rare for count in counts)
