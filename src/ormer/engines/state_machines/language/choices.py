"""Choice rules: which rule holds of a state's data.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ormer.engines.state_machines.language import paths
from ormer.engines.state_machines.language.faults import Fault
from ormer.engines.state_machines.language.paths import Data

Test = Callable[[Any, Any], bool]
STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")
PATH = "Path"


def holds(rule: Mapping[str, Any], data: Data) -> bool:
    """Whether a rule holds. Raises Fault where it looks at what is not there."""
    if "And" in rule:
        return all(holds(each, data) for each in rule["And"])
    if "Or" in rule:
        return any(holds(each, data) for each in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data)
    operator = operator_of(rule)
    assert operator is not None, "a definition's rules are checked"
    wanted = rule[operator]
    if operator == "IsPresent":
        return paths.present(rule["Variable"], data) is wanted
    value = paths.read(rule["Variable"], data)
    if operator in KINDS:
        return KINDS[operator](value) is wanted
    if operator.endswith(PATH):
        wanted, operator = paths.read(wanted, data), operator.removesuffix(PATH)
    return TESTS[operator](value, wanted)


def operator_of(rule: Mapping[str, Any]) -> str | None:
    """The rule's comparison; None when it has none, or several."""
    found = [name for name in rule if name in OPERATORS]
    return found[0] if len(found) == 1 else None


def moment(text: Any) -> float | None:
    """Seconds since the epoch of a timestamp; None for anything else."""
    if not isinstance(text, str) or not STAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(compare: Test) -> Test:
    return lambda value, wanted: isinstance(value, str) and isinstance(wanted, str) and bool(compare(value, wanted))


def _number(compare: Test) -> Test:
    return lambda value, wanted: _is_number(value) and _is_number(wanted) and bool(compare(value, wanted))


def _time(compare: Test) -> Test:
    def test(value: Any, wanted: Any) -> bool:
        one, other = moment(value), moment(wanted)
        return one is not None and other is not None and compare(one, other)

    return test


def _like(value: str, pattern: str) -> bool:
    """`*` stands for any characters; a backslash takes its meaning away."""
    parts = re.split(r"(\\.|\*)", pattern)
    text = "".join(".*" if part == "*" else re.escape(part[1:] if part.startswith("\\") else part) for part in parts)
    return re.fullmatch(text, value, re.DOTALL) is not None


COMPARISONS: dict[str, Test] = {
    "Equals": lambda value, wanted: bool(value == wanted),
    "LessThan": lambda value, wanted: bool(value < wanted),
    "GreaterThan": lambda value, wanted: bool(value > wanted),
    "LessThanEquals": lambda value, wanted: bool(value <= wanted),
    "GreaterThanEquals": lambda value, wanted: bool(value >= wanted),
}
TESTS: dict[str, Test] = {
    **{f"String{name}": _text(test) for name, test in COMPARISONS.items()},
    **{f"Numeric{name}": _number(test) for name, test in COMPARISONS.items()},
    **{f"Timestamp{name}": _time(test) for name, test in COMPARISONS.items()},
    "BooleanEquals": lambda value, wanted: isinstance(value, bool) and value is wanted,
    "StringMatches": _text(_like),
}
KINDS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": _is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: moment(value) is not None,
}
OPERATORS = frozenset((*TESTS, *(f"{name}{PATH}" for name in TESTS if name != "StringMatches"), *KINDS, "IsPresent"))


def faults(rule: Any, where: str, is_top: bool = True) -> list[tuple[str, str]]:
    """[(where, what is wrong)] of a rule."""
    if not isinstance(rule, dict):
        return [(where, "Choice rule must be an OBJECT")]
    for name in ("And", "Or"):
        if name in rule:
            if not isinstance(rule[name], list) or not rule[name]:
                return [(f"{where}/{name}", "must be a non-empty ARRAY of rules")]
            return [
                each
                for index, inner in enumerate(rule[name])
                for each in faults(inner, f"{where}/{name}[{index}]", False)
            ]
    if "Not" in rule:
        return faults(rule["Not"], f"{where}/Not", False)
    operator = operator_of(rule)
    if operator is None:
        return [(where, "A choice rule must have exactly one comparison operator")]
    found: list[tuple[str, str]] = []
    for member in ("Variable", *((operator,) if operator.endswith(PATH) else ())):
        wrong = paths.fault_of(rule[member]) if isinstance(rule.get(member), str) else "must be a JSONPath"
        if wrong:
            found.append((f"{where}/{member}", wrong))
    try:
        TESTS.get(operator, lambda value, wanted: True)(rule[operator], rule[operator])
    except (Fault, TypeError) as error:
        found.append((f"{where}/{operator}", str(error)))
    return found
