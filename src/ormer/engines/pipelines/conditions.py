"""Conditions of a Condition step, decided over resolved values.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from ormer.engines.pipelines.expressions import Unresolved, Values, resolve

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
# Which members a condition of each type must have.
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Equals": ("LeftValue", "RightValue"),
    **dict.fromkeys(COMPARISONS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
    "And": ("Conditions",),
}


def holds(condition: dict[str, Any], values: Values) -> bool:
    """Whether one condition holds. Raises Unresolved when its values cannot be had or compared."""
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Condition"], values)
    if kind == "Or":
        return any(holds(inner, values) for inner in condition["Conditions"])
    if kind == "And":
        return all(holds(inner, values) for inner in condition["Conditions"])
    if kind == "In":
        wanted = resolve(condition["QueryValue"], values)
        return any(equal(wanted, resolve(inner, values)) for inner in condition["Values"])
    left = resolve(condition["LeftValue"], values)
    right = resolve(condition["RightValue"], values)
    if kind == "Equals":
        return equal(left, right)
    left, right = _alike(left, right)
    try:
        return COMPARISONS[kind](left, right)
    except TypeError:
        raise Unresolved(f"Condition {kind} cannot compare {left!r} with {right!r}.") from None


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same; truth is not a number, and text that spells the other's value equals it."""
    left, right = _alike(left, right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Both in one type, where one is text that spells a value of the other's type."""
    if isinstance(left, str) and not isinstance(right, str):
        return _read(left, right), right
    if isinstance(right, str) and not isinstance(left, str):
        return left, _read(right, left)
    return left, right


def _read(text: str, like: Any) -> Any:
    if isinstance(like, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(like, int | float):
        try:
            return float(text)
        except ValueError:
            return text
    return text
