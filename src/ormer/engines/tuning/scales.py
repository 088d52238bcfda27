"""Hyperparameters as numbers between 0 and 1, evenly spread on the scale that each is searched on, and back.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

JsonDict = dict[str, Any]
# From this ratio of its ends on a range of the type Auto is searched on a logarithmic scale.
WIDE_RATIO = 100.0


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter: `choices` of texts, or numbers from `low` to `high`. scaling: never Auto."""

    name: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_integer: bool = False
    scaling: str = "Linear"

    def text(self, unit: float) -> str:
        """The value that lies at `unit` of the range, as a training job is given it."""
        if self.choices:
            return self.choices[min(int(unit * len(self.choices)), len(self.choices) - 1)]
        start, end = self._scaled(self.low), self._scaled(self.high)
        value = min(max(self._unscaled(start + unit * (end - start)), self.low), self.high)
        return str(round(value)) if self.is_integer else repr(value)

    def unit(self, text: str) -> float:
        """Where in its range a value lies."""
        if self.choices:
            return (self.choices.index(text) + 0.5) / len(self.choices)
        start, end = self._scaled(self.low), self._scaled(self.high)
        return 0.5 if start == end else (self._scaled(float(text)) - start) / (end - start)

    def holds(self, text: str) -> bool:
        """Whether a value lies in this range."""
        if self.choices:
            return text in self.choices
        try:
            return self.low <= float(text) <= self.high
        except ValueError:
            return False

    def _scaled(self, value: float) -> float:
        if self.scaling == "Logarithmic":
            return math.log(value)
        return -math.log1p(-value) if self.scaling == "ReverseLogarithmic" else value

    def _unscaled(self, value: float) -> float:
        if self.scaling == "Logarithmic":
            return math.exp(value)
        return -math.expm1(-value) if self.scaling == "ReverseLogarithmic" else value


def parameters(ranges: JsonDict) -> list[Parameter]:
    """The hyperparameters of ParameterRanges. Raises ValueError that names one that cannot be searched."""
    found = [Parameter(one["Name"], tuple(one["Values"])) for one in ranges.get("CategoricalParameterRanges") or ()]
    for member, is_integer in (("IntegerParameterRanges", True), ("ContinuousParameterRanges", False)):
        found += [_numeric(one, is_integer) for one in ranges.get(member) or ()]
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"hyperparameter {twice} has more than one range")
    return found


def _numeric(given: JsonDict, is_integer: bool) -> Parameter:
    name = given["Name"]
    try:
        low, high = float(given["MinValue"]), float(given["MaxValue"])
    except ValueError:
        raise ValueError(f"the ends of hyperparameter {name}'s range are not numbers") from None
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"MinValue of hyperparameter {name} must not be above its MaxValue")
    scaling = given.get("ScalingType", "Auto")
    if scaling == "Auto":
        scaling = "Logarithmic" if low > 0 and high / low >= WIDE_RATIO else "Linear"
    if scaling == "Logarithmic" and low <= 0:
        raise ValueError(f"hyperparameter {name} with the scaling type Logarithmic needs a MinValue above 0")
    if scaling == "ReverseLogarithmic" and not (low >= 0 and high < 1 and not is_integer):
        raise ValueError(f"hyperparameter {name} with the scaling type ReverseLogarithmic needs a range within [0, 1)")
    return Parameter(name, (), low, high, is_integer, scaling)
