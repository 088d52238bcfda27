"""The kinds of hyperparameter: how each is read from its string and which values it takes."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Optional, Sequence, Tuple

from .failures import UserError


@dataclass(frozen=True)
class Interval:
    """Numbers from low to high; None is without end, an open end is not part of it."""

    low: Optional[float] = None
    high: Optional[float] = None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return not (self.high is not None and (value > self.high or (self.high_open and value == self.high)))

    def __str__(self) -> str:
        left = "(-inf" if self.low is None else ("(" if self.low_open else "[") + str(self.low)
        right = "+inf)" if self.high is None else str(self.high) + (")" if self.high_open else "]")
        return "{}, {}".format(left, right)


@dataclass(frozen=True)
class Integer:
    """A whole number in an interval."""

    interval: Interval

    def read(self, name: str, text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise UserError("Hyperparameter {}: could not parse value (caused by ValueError)".format(name)) from None
        return _checked(name, value, self.interval)


@dataclass(frozen=True)
class Continuous:
    """A real number in an interval."""

    interval: Interval

    def read(self, name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise UserError("Hyperparameter {}: could not parse value (caused by ValueError)".format(name)) from None
        return _checked(name, value, self.interval)


@dataclass(frozen=True)
class Categorical:
    """One of a few words."""

    words: Tuple[str, ...]

    def read(self, name: str, text: str) -> str:
        return _checked(name, text, list(self.words))


@dataclass(frozen=True)
class Words:
    """A comma-separated list of words out of a few; `scored` words may carry a number as in `error@0.7`."""

    words: Tuple[str, ...]
    scored: Tuple[str, ...] = ()

    def read(self, name: str, text: str) -> Tuple[str, ...]:
        values = tuple(word.strip() for word in text.split(","))
        for word in values:
            if "@" in word:
                self._check_scored(name, word)
            elif word not in self.words:
                raise UserError(
                    "Hyperparameter {}: value {} not in range {}".format(name, list(values), list(self.words))
                )
        return values

    def _check_scored(self, name: str, word: str) -> None:
        metric, _, threshold = word.partition("@")
        if metric not in self.scored:
            raise UserError(
                "Metric '{}' is not supported. Parameter '{}' with customized threshold should be one of these "
                "options: {}.".format(word, name, ", ".join("'{}'".format(option) for option in self.scored))
            )
        try:
            float(threshold.rstrip("-"))
        except ValueError:
            raise UserError("Threshold value 't' in '{}@t' expects float input.".format(metric)) from None


@dataclass(frozen=True)
class Numbers:
    """A Python tuple such as (1,0,-1), of a few allowed numbers."""

    allowed: Tuple[int, ...]

    def read(self, name: str, text: str) -> Tuple[int, ...]:
        values = _literal(name, text)
        flat = tuple(values) if isinstance(values, (tuple, list)) else (values,)
        _check_members(name, flat, flat, self.allowed)
        return flat


@dataclass(frozen=True)
class Groups:
    """A list of lists of whole numbers such as [[1, 2], [3, 4]]."""

    interval: Interval

    def read(self, name: str, text: str) -> Tuple[Tuple[int, ...], ...]:
        values = _literal(name, text)
        if not isinstance(values, (list, tuple)) or not all(isinstance(group, (list, tuple)) for group in values):
            raise UserError("Hyperparameter {}: {} is no list of lists such as [[1, 2], [3, 4]]".format(name, text))
        _check_members(name, [member for group in values for member in group], values, self.interval)
        return tuple(tuple(group) for group in values)


def _checked(name: str, value: Any, allowed: Any) -> Any:
    if value not in allowed:
        raise UserError("Hyperparameter {}: {} is not in {}".format(name, value, allowed))
    return value


def _check_members(name: str, members: Sequence[Any], shown: Any, allowed: Any) -> None:
    if not all(isinstance(member, int) and member in allowed for member in members):
        raise UserError("Hyperparameter {}: value {} not in range {}".format(name, shown, allowed))


def _literal(name: str, text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise UserError("Hyperparameter {}: could not parse value (caused by ValueError)".format(name)) from None
