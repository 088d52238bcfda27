"""The values of metric math and what its operators and functions do with them.

A time series maps the start of a period to a number; a period without data is missing, never zero.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
"""

from __future__ import annotations

import itertools
import math
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Series = dict[float, float]
FILLINGS = frozenset({"REPEAT", "LINEAR"})


@dataclass(frozen=True)
class Many:
    """An array of time series, each with its label."""

    items: tuple[tuple[str, Series], ...]


Value = float | Series | Many


class MathError(ValueError):
    """An expression that is not understood or has no value; its text is for people."""


def _divided(left: float, right: float) -> float:
    return left / right if right else math.nan


def _power(left: float, right: float) -> float:
    try:
        found = left**right
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(found, complex) else float(found)


OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": _power,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "AND": lambda left, right: bool(left) and bool(right),
    "OR": lambda left, right: bool(left) or bool(right),
}
AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "STDDEV": statistics.pstdev,
}
EACH: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": lambda value: math.log(value) if value > 0 else math.nan,
    "LOG10": lambda value: math.log10(value) if value > 0 else math.nan,
}
OTHERS = frozenset(
    {
        "METRICS",
        "FILL",
        "IF",
        "RATE",
        "DIFF",
        "RUNNING_SUM",
        "METRIC_COUNT",
        "DATAPOINT_COUNT",
        "PERIOD",
        "TIME_SERIES",
        "FIRST",
        "LAST",
    }
)
NAMED = frozenset({*AGGREGATES, *EACH, *OTHERS})


def call(name: str, arguments: Sequence[Value], times: Sequence[float], period: int) -> Value:
    """The value of an operator or a function. times, period: all periods asked about, and their length in seconds.

    Raises MathError when the arguments do not fit.
    """
    if name in OPERATORS:
        return _paired(OPERATORS[name], arguments[0], arguments[1])
    if name == "IF":
        return _if(_exactly(name, arguments, 2, 3))
    if name == "FILL":
        value, filling = _exactly(name, arguments, 2)
        return fill(value, filling, times)
    (value,) = _exactly(name, arguments, 1)
    if name in AGGREGATES:
        return _aggregated(AGGREGATES[name], value)
    if name in EACH:
        return _each(EACH[name], value)
    if name == "PERIOD":
        return float(period)
    if name == "TIME_SERIES":
        if not isinstance(value, float):
            raise MathError("TIME_SERIES takes a number.")
        return dict.fromkeys(times, value)
    if name in ("METRIC_COUNT", "FIRST", "LAST"):
        return _of_many(name, value)
    return _along(name, value)


def fill(value: Value, filling: Value | str, times: Sequence[float]) -> Value:
    """A series without gaps: filled with a number, another series, the last value (REPEAT) or a line (LINEAR)."""
    if isinstance(value, float):
        raise MathError("FILL takes a time series.")
    if isinstance(value, Many):
        return Many(tuple((label, _series(fill(series, filling, times))) for label, series in value.items))
    if filling == "REPEAT":
        return _repeated(value, times)
    if filling == "LINEAR":
        return _linear(value, times)
    if isinstance(filling, float):
        return {at: value.get(at, filling) for at in times}
    if isinstance(filling, dict):
        return {at: value.get(at, filling.get(at, math.nan)) for at in times if at in value or at in filling}
    raise MathError("FILL fills with a number, a time series, REPEAT or LINEAR.")


def _exactly(name: str, arguments: Sequence[Value], *counts: int) -> Sequence[Value]:
    if len(arguments) not in counts:
        raise MathError(f"{name} takes {' or '.join(map(str, counts))} argument(s), not {len(arguments)}.")
    return arguments


def _series(value: Value) -> Series:
    assert isinstance(value, dict)
    return value


def _paired(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """An operator on two values: series meet where both have data. A result that is no number is missing."""
    if isinstance(left, Many) and isinstance(right, Many):
        raise MathError("An operator between two arrays has no meaning; aggregate one of them first.")
    if isinstance(left, Many):
        return Many(tuple((label, _series(_paired(function, one, right))) for label, one in left.items))
    if isinstance(right, Many):
        return Many(tuple((label, _series(_paired(function, left, one))) for label, one in right.items))
    if isinstance(left, float) and isinstance(right, float):
        return float(function(left, right))
    base = left if isinstance(left, dict) else right
    assert isinstance(base, dict)
    found = {}
    for at in base:
        one = left if isinstance(left, float) else left.get(at)
        other = right if isinstance(right, float) else right.get(at)
        if one is not None and other is not None:
            found[at] = float(function(one, other))
    return _finite(found)


def _finite(series: Series) -> Series:
    return {at: value for at, value in series.items() if math.isfinite(value)}


def _aggregated(function: Callable[[Sequence[float]], float], value: Value) -> Value:
    """A series becomes a number; an array one series, over what there is at each time."""
    if isinstance(value, float):
        return value
    if isinstance(value, dict):
        if not value:
            raise MathError("There is no data to aggregate.")
        return float(function(list(value.values())))
    times = sorted({at for _, series in value.items for at in series})
    return {at: float(function([series[at] for _, series in value.items if at in series])) for at in times}


def _each(function: Callable[[float], float], value: Value) -> Value:
    if isinstance(value, float):
        return float(function(value))
    if isinstance(value, Many):
        return Many(tuple((label, _series(_each(function, series))) for label, series in value.items))
    return _finite({at: float(function(one)) for at, one in value.items()})


def _of_many(name: str, value: Value) -> Value:
    if not isinstance(value, Many) or not value.items:
        raise MathError(f"{name} takes an array of metrics.")
    if name == "METRIC_COUNT":
        return float(len(value.items))
    return value.items[0 if name == "FIRST" else -1][1]


def _along(name: str, value: Value) -> Value:
    """Functions of neighbours in time."""
    if isinstance(value, Many):
        return Many(tuple((label, _series(_along(name, series))) for label, series in value.items))
    if isinstance(value, float):
        raise MathError(f"{name} takes a time series.")
    times = sorted(value)
    if name == "DATAPOINT_COUNT":
        return float(len(times))
    if name == "RUNNING_SUM":
        return dict(zip(times, itertools.accumulate(value[at] for at in times), strict=True))
    pairs = itertools.pairwise(times)
    steps = {now: (value[now] - value[before], now - before) for before, now in pairs}
    return {now: change / seconds if name == "RATE" else change for now, (change, seconds) in steps.items()}


def _if(arguments: Sequence[Value]) -> Value:
    """IF(condition, then, otherwise): picked at each time; without `otherwise` the rest is missing."""
    condition, then = arguments[0], arguments[1]
    otherwise: Value = arguments[2] if len(arguments) == 3 else {}
    if isinstance(condition, float):
        return then if condition else otherwise
    if isinstance(condition, Many) or isinstance(then, Many) or isinstance(otherwise, Many):
        raise MathError("IF takes time series and numbers, no arrays.")
    found = {}
    for at, true in condition.items():
        picked = then if true else otherwise
        value = picked if isinstance(picked, float) else picked.get(at)
        if value is not None:
            found[at] = value
    return found


def _repeated(series: Series, times: Sequence[float]) -> Series:
    found, last = {}, None
    for at in times:
        last = series.get(at, last)
        if last is not None:
            found[at] = last
    return found


def _linear(series: Series, times: Sequence[float]) -> Series:
    """Between two known points the line; before the first and behind the last nothing."""
    known = sorted(series)
    found = dict(series)
    for before, after in itertools.pairwise(known):
        slope = (series[after] - series[before]) / (after - before)
        found |= {at: series[before] + slope * (at - before) for at in times if before < at < after}
    return {at: found[at] for at in sorted(found)}
