"""Step scaling: how far the metric is behind the alarm's threshold says how much the capacity changes. Pure.

https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def stepped(configuration: Mapping[str, Any], capacity: int, breach: float) -> int | None:
    """The new capacity, None when no step fits. breach: the metric less the alarm's threshold."""
    adjustment = _adjustment(configuration, breach)
    if adjustment is None:
        return None
    kind = configuration["AdjustmentType"]
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return capacity + adjustment
    change = _whole(capacity * adjustment / 100)
    least = configuration.get("MinAdjustmentMagnitude", 0)
    if adjustment and abs(change) < least:
        change = int(math.copysign(least, adjustment))
    return capacity + change


def _adjustment(configuration: Mapping[str, Any], breach: float) -> int | None:
    """The ScalingAdjustment of the step that the breach falls into. Above the threshold the lower bound is inside the
    step, below it the upper one."""
    for step in configuration["StepAdjustments"]:
        low = step.get("MetricIntervalLowerBound", -math.inf)
        high = step.get("MetricIntervalUpperBound", math.inf)
        if low <= breach < high if breach >= 0 else low < breach <= high:
            return int(step["ScalingAdjustment"])
    return None


def _whole(change: float) -> int:
    """Percentages are rounded towards zero, but never to it."""
    if change == 0:
        return 0
    return int(math.copysign(max(1, math.floor(abs(change))), change))
