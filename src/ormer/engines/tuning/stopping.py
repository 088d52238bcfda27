"""Which training jobs are not worth their time any more: pure functions of what each has told of its objective so far.

A curve is a job's objective after each of its epochs, as a loss: the smaller the better.
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html
https://docs.aws.amazon.com/sagemaker/latest/dg/multiple-algorithm-hpo.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

Curve = Sequence[float]
# One of so many goes on from each level of Hyperband to the next, which is so many times as long.
REDUCTION = 3


@dataclass(frozen=True)
class Band:
    """Hyperband's resources, in epochs: below `low` no job is stopped, beyond `high` every one is."""

    low: int
    high: int

    def levels(self, number: int) -> list[int]:
        """The epochs at which the job of this number has to be among the best: the jobs take turns at where they begin,
        so that some are given time."""
        found, level = [], max(1, self.low)
        while level < self.high:
            found.append(level)
            level *= REDUCTION
        return found[number % len(found) :] if found else []

    def stops(self, number: int, curve: Curve, others: Sequence[Curve]) -> bool:
        """Whether the job of this number is to be stopped, by what it and the others have told."""
        if len(curve) > self.high:
            return True
        reached = [level for level in self.levels(number) if len(curve) >= level]
        if not reached:
            return False
        level = reached[-1]
        rivals = [other[level - 1] for other in others if len(other) >= level]
        better = sum(rival < curve[level - 1] for rival in rivals)
        return better >= math.ceil((len(rivals) + 1) / REDUCTION)


def falls_behind(curve: Curve, ended: Sequence[Curve]) -> bool:
    """Whether the last loss is worse than the median of what the jobs before it averaged up to the same epoch."""
    means = [fmean(other[: len(curve)]) for other in ended if len(other) >= len(curve) > 0]
    return bool(means) and curve[-1] > median(means)
