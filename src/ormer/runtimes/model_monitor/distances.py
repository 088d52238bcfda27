"""How far two distributions are apart: Deequ's distances.

https://github.com/awslabs/deequ/blob/master/src/main/scala/com/amazon/deequ/analyzers/Distance.scala
"""

import math
from collections.abc import Mapping

import numpy as np

from .choices import (
    CHI_SQUARED_COCHRAN_COUNT,
    CHI_SQUARED_YATES_COUNT,
    CHI_SQUARED_YATES_SHARE,
    KS_CORRECTION,
)
from .sketches import Sketch

Counts = Mapping[str, float]


def numerical_distance(current: Sketch, baseline: Sketch, robust: bool) -> float:
    """Largest difference of the two distribution functions, 0..1; `robust` takes off what small samples explain."""
    items, weights = current.weighted()
    others, other_weights = baseline.weighted()
    if not len(items) or not len(others):
        return math.nan
    points = np.concatenate([items, others])
    difference = np.abs(_ranks(items, weights, points) - _ranks(others, other_weights, points))
    return _corrected(float(difference.max()), float(weights.sum()), float(other_weights.sum()), robust)


def categorical_distance(current: Counts, baseline: Counts, robust: bool) -> float:
    """Largest difference of a category's shares, 0..1."""
    n, m = float(sum(current.values())), float(sum(baseline.values()))
    if not n or not m:
        return math.nan
    shares = (abs(current.get(key, 0) / n - baseline.get(key, 0) / m) for key in {**current, **baseline})
    return _corrected(max(shares), n, m, robust)


def chi_squared_p_value(current: Counts, baseline: Counts) -> float:
    """The p-value that the current counts come from the baseline's shares; NaN when fewer than two categories stay.

    Categories that are rare in the baseline are put together, by the rules of Cochran (two) and Yates (more)."""
    seen = {key: float(current.get(key, 0)) for key in baseline}
    total, baseline_total = sum(seen.values()), float(sum(baseline.values()))
    if not total or not baseline_total:
        return math.nan
    expected = {key: count / baseline_total * total for key, count in baseline.items()}
    _put_rare_together(seen, expected)
    if len(expected) < 2:
        return math.nan
    statistic = sum((seen[key] - expected[key]) ** 2 / expected[key] for key in expected)
    return chi_squared_tail(statistic, len(expected) - 1)


def chi_squared_tail(statistic: float, degrees: int) -> float:
    """The chance of a chi-squared value above `statistic`: the closed sums for a whole number of degrees."""
    half = statistic / 2
    if half <= 0:
        return 1.0
    if degrees % 2:
        total, exponent = math.erfc(math.sqrt(half)), 0.5
    else:
        total, exponent = math.exp(-half), 1.0
    while exponent < degrees / 2:
        total += math.exp(exponent * math.log(half) - half - math.lgamma(exponent + 1))
        exponent += 1
    return min(total, 1.0)


def _ranks(items: np.ndarray, weights: np.ndarray, points: np.ndarray) -> np.ndarray:
    cumulated = np.concatenate([[0.0], np.cumsum(weights)])
    ranks: np.ndarray = cumulated[np.searchsorted(items, points, side="right")] / cumulated[-1]
    return ranks


def _corrected(distance: float, n: float, m: float, robust: bool) -> float:
    return max(0.0, distance - KS_CORRECTION * math.sqrt((n + m) / (n * m))) if robust else distance


def _put_rare_together(seen: dict[str, float], expected: dict[str, float]) -> None:
    while len(expected) >= 2:
        least, rare_max = CHI_SQUARED_COCHRAN_COUNT, 0
        if len(expected) > 2:
            least, rare_max = CHI_SQUARED_YATES_COUNT, int(CHI_SQUARED_YATES_SHARE * len(expected))
        if sum(count < least for count in expected.values()) <= rare_max:
            return
        rarest, second = sorted(expected, key=lambda key: (expected[key], key))[:2]
        expected[second] += expected.pop(rarest)
        seen[second] += seen.pop(rarest)
