"""The tests a leaf of an event pattern may have: exact values, prefix, suffix, numeric, wildcard and their like.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Any], bool]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class InvalidPattern(ValueError):
    """Why a text is no event pattern, in AWS's words where they are known."""


def compiled(alternative: Any) -> Test:
    """The test of one alternative: a plain value or an object with one keyword. Raises InvalidPattern."""
    if isinstance(alternative, list):
        raise InvalidPattern("Match value must be String, number, true, false, or null")
    if not isinstance(alternative, dict):
        return _equals(alternative)
    if len(alternative) != 1:
        raise InvalidPattern(
            "Only one key allowed in match expression" if alternative else "Empty objects are not allowed"
        )
    ((keyword, argument),) = alternative.items()
    build = _TESTS.get(keyword)
    if build is None:
        raise InvalidPattern(f"Unrecognized match type {keyword}")
    return build(argument)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equals(wanted: Any) -> Test:
    if _is_number(wanted):
        return lambda value: _is_number(value) and value == wanted
    return lambda value: type(value) is type(wanted) and value == wanted


def _text(keyword: str, argument: Any) -> str:
    if not isinstance(argument, str):
        raise InvalidPattern(f"{keyword} match pattern must be a string")
    return argument


def _with_case(keyword: str, argument: Any, holds: Callable[[str, str], bool]) -> Test:
    """A prefix or suffix, whose argument may itself be {"equals-ignore-case": text}."""
    if isinstance(argument, dict):
        if list(argument) != ["equals-ignore-case"]:
            raise InvalidPattern(f"Unsupported {keyword} pattern: {next(iter(argument), '{}')}")
        folded = _text("equals-ignore-case", argument["equals-ignore-case"]).casefold()
        return lambda value: isinstance(value, str) and holds(value.casefold(), folded)
    wanted = _text(keyword, argument)
    return lambda value: isinstance(value, str) and holds(value, wanted)


def _prefix(argument: Any) -> Test:
    return _with_case("prefix", argument, str.startswith)


def _suffix(argument: Any) -> Test:
    return _with_case("suffix", argument, str.endswith)


def _equals_ignore_case(argument: Any) -> Test:
    wanted = _text("equals-ignore-case", argument).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == wanted


def _wildcard(argument: Any) -> Test:
    parts = _wildcard_parts(_text("wildcard", argument))
    return lambda value: isinstance(value, str) and _wild(parts, value)


def _wildcard_parts(text: str) -> list[str]:
    """The literal texts between the stars; `\\*` and `\\\\` are a star and a backslash of their own."""
    parts, at, after_star = [""], 0, False
    while at < len(text):
        letter = text[at]
        if letter == "*":
            if after_star:
                raise InvalidPattern(f"Consecutive wildcard characters at pos {at - 1}")
            parts.append("")
        elif letter == "\\":
            at += 1
            if at == len(text) or text[at] not in "*\\":
                raise InvalidPattern(f"Invalid escape character at pos {at - 1}")
            parts[-1] += text[at]
        else:
            parts[-1] += letter
        after_star = letter == "*"
        at += 1
    return parts


def _wild(parts: list[str], value: str) -> bool:
    """Whether the parts stand in `value` in their order, the first and last at its ends."""
    if len(parts) == 1:
        return value == parts[0]
    first, *middle, last = parts
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    at, end = len(first), len(value) - len(last)
    for part in middle:
        found = value.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _numeric(argument: Any) -> Test:
    if not isinstance(argument, list) or not argument:
        raise InvalidPattern("Value of numeric must be an array.")
    if len(argument) % 2 or len(argument) > 4:
        raise InvalidPattern("Invalid numeric match: give one or two pairs of an operator and a number")
    pairs = list(zip(argument[::2], argument[1::2], strict=True))
    for sign, number in pairs:
        if not isinstance(sign, str) or sign not in COMPARISONS:
            raise InvalidPattern(f"Unrecognized numeric range operator: {sign}")
        if not _is_number(number):
            raise InvalidPattern(f"Value of {sign} must be numeric")
    if len(pairs) == 2:
        _check_range(pairs)
    tests = [(COMPARISONS[sign], number) for sign, number in pairs]
    return lambda value: _is_number(value) and all(holds(value, number) for holds, number in tests)


def _check_range(pairs: list[tuple[str, Any]]) -> None:
    (low_sign, low), (high_sign, high) = pairs
    if low_sign not in (">", ">=") or high_sign not in ("<", "<="):
        raise InvalidPattern("Bad numeric range operator: a range is a lower bound (>, >=), then an upper one (<, <=)")
    if low >= high:
        raise InvalidPattern("Bottom must be less than top")


def _exists(argument: Any) -> Test:
    if not isinstance(argument, bool):
        raise InvalidPattern("exists match pattern must be either true or false.")
    return lambda value: argument


def _cidr(argument: Any) -> Test:
    text = _text("cidr", argument)
    if text.count("/") != 1:
        raise InvalidPattern("Malformed CIDR, one '/' required")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InvalidPattern(f"Nonstandard IP address: {text}") from None
    return lambda value: isinstance(value, str) and _inside(value, network)


def _inside(value: str, network: Network) -> bool:
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _anything_but(argument: Any) -> Test:
    refused = _refused(argument)
    return lambda value: not any(test(value) for test in refused)


def _refused(argument: Any) -> list[Test]:
    """The tests none of which may hold."""
    if isinstance(argument, dict):
        if len(argument) != 1:
            raise InvalidPattern("Only one key allowed in anything-but")
        ((keyword, inner),) = argument.items()
        if keyword not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise InvalidPattern(f"Unsupported anything-but pattern: {keyword}")
        return [_TESTS[keyword](one) for one in _listed(inner)]
    values = _listed(argument)
    for one in values:
        if not (isinstance(one, str) or _is_number(one)):
            raise InvalidPattern("Inside anything but list, start|null|boolean is not supported.")
    if len({isinstance(one, str) for one in values}) > 1:
        raise InvalidPattern(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    return [_equals(one) for one in values]


def _listed(argument: Any) -> list[Any]:
    if isinstance(argument, list) and not argument:
        raise InvalidPattern("Empty arrays are not allowed")
    return argument if isinstance(argument, list) else [argument]


_TESTS: Mapping[str, Callable[[Any], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
KEYWORDS = frozenset(_TESTS)
