"""Autotune: ranges that nobody gave, by what AWS documents of an algorithm and by the values people hint at.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-autotune.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JsonDict = dict[str, Any]
INTEGER, CONTINUOUS, CATEGORICAL = "IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges"
KINDS = (CATEGORICAL, CONTINUOUS, INTEGER)
HINTS = "AutoParameters"
JOBS_USUAL = 20
# A number that is hinted at is searched from this part of it to as many times it.
REACH = 4.0


@dataclass(frozen=True)
class Tunable:
    """A range that AWS recommends. usual: whether it is searched when nothing at all is said."""

    low: float
    high: float
    is_integer: bool = False
    scaling: str = "Auto"
    usual: bool = True


# The most rounds that AWS recommends would take a day: without a hint fewer are tried.
ROUNDS_MAX, ROUNDS_USUAL = 4000, (10, 300)
ALGORITHMS: Mapping[str, Mapping[str, Tunable]] = {
    # https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
    "xgboost": {
        "alpha": Tunable(0, 1000),
        "colsample_bylevel": Tunable(0.1, 1, usual=False),
        "colsample_bynode": Tunable(0.1, 1, usual=False),
        "colsample_bytree": Tunable(0.5, 1),
        "eta": Tunable(0.1, 0.5),
        "gamma": Tunable(0, 5),
        "lambda": Tunable(0, 1000),
        "max_delta_step": Tunable(0, 10, is_integer=True, usual=False),
        "max_depth": Tunable(1, 10, is_integer=True),
        "min_child_weight": Tunable(0, 120),
        "num_round": Tunable(*ROUNDS_USUAL, is_integer=True),
        "subsample": Tunable(0.5, 1),
    },
    # https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html
    "linear_learner": {
        "l1": Tunable(1e-7, 1, scaling="Logarithmic"),
        "learning_rate": Tunable(1e-5, 1, scaling="Logarithmic"),
        "mini_batch_size": Tunable(100, 5000, is_integer=True),
        "positive_example_weight_mult": Tunable(1e-5, 1e5, scaling="Logarithmic", usual=False),
        "wd": Tunable(1e-7, 1, scaling="Logarithmic"),
    },
}


def chosen(kind: str, ranges: JsonDict, fixed: Mapping[str, str]) -> tuple[JsonDict, dict[str, str]]:
    """The ranges to search, with those given, and the hyperparameters that stay as they are, with those hinted at that
    cannot be searched.

    kind: of the image. ranges: ParameterRanges as given; its AutoParameters stay in it, as Describe answers them.
    """
    known = ALGORITHMS.get(kind, {})
    given = {one["Name"] for member in KINDS for one in ranges.get(member) or ()}
    hints = {one["Name"]: one["ValueHint"] for one in ranges.get(HINTS) or ()}
    found: dict[str, Tunable] = {}
    stays: dict[str, str] = {}
    for name, hint in hints.items():
        if name in given or name in fixed:
            continue
        tunable = _of_hint(name, hint, known, bool(known))
        if tunable is None:
            stays[name] = hint
        else:
            found[name] = tunable
    if not found and not given:
        taken = {*fixed, *stays}
        found = {name: one for name, one in known.items() if one.usual and name not in taken}
    return _with(ranges, found), {**fixed, **stays}


def _of_hint(name: str, hint: str, known: Mapping[str, Tunable], is_built_in: bool) -> Tunable | None:
    """The range of a hyperparameter that is hinted at; None for one that is not searched."""
    if is_built_in and name not in known:
        return None
    if name in known and name != "num_round":
        return known[name]
    try:
        value = float(hint)
    except ValueError:
        return None
    if not value > 0 or value == float("inf"):
        return None
    if value.is_integer() and "." not in hint and "e" not in hint.lower():
        low, high = max(1, round(value / REACH)), round(value * REACH)
        return Tunable(low, min(high, ROUNDS_MAX) if name == "num_round" else high, is_integer=True)
    return Tunable(value / REACH, value * REACH, scaling="Logarithmic")


def _with(ranges: JsonDict, found: Mapping[str, Tunable]) -> JsonDict:
    """ParameterRanges with more ranges in it; each kind is there, as SDKs expect that take a tuner up again."""
    full = {**ranges, **{member: list(ranges.get(member) or ()) for member in KINDS}}
    for name, one in found.items():
        low, high = (str(round(end)) if one.is_integer else repr(float(end)) for end in (one.low, one.high))
        member = INTEGER if one.is_integer else CONTINUOUS
        full[member].append({"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": one.scaling})
    return full
