"""IAM's Condition block: operators over the request's context. An operator nobody knows never allows and always denies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

# Lower-cased condition keys, each with its values as texts.
Context = Mapping[str, tuple[str, ...]]
# Whether one value of the request satisfies one value of the policy; ValueError when either cannot be read.
Test = Callable[[str, str], bool]

VARIABLE = re.compile(r"\$\{([^}]*)\}")
# `${*}` in a policy is a literal star; these private characters carry it through the wildcard translation.
LITERALS: Mapping[str, str] = {"*": "\ue000", "?": "\ue001", "$": "\ue002"}
SET_OPERATORS = ("ForAllValues", "ForAnyValue")


def context(raw: Mapping[str, Any]) -> Context:
    """The request's condition keys, normalised: names in lower case, values as tuples of texts."""
    return {name.lower(): _texts(value) for name, value in raw.items() if value is not None}


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(text for item in value for text in _texts(item))
    return (str(value),)


def hold(block: Any, keys: Context, unknown: bool) -> bool:
    """Whether every condition of a statement holds.

    unknown: the answer for what cannot be understood: False for an Allow statement, True for a Deny.
    """
    if block is None:
        return True
    if not isinstance(block, Mapping):
        return unknown
    for operator, wanted in block.items():
        if not isinstance(wanted, Mapping):
            return unknown
        for key, values in wanted.items():
            if not _holds(operator, key, _texts(values), keys, unknown):
                return False
    return True


def _holds(operator: str, key: str, wanted: tuple[str, ...], keys: Context, unknown: bool) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists").lower()
    present = keys.get(key.lower())
    if name == "null":
        return _null(present, wanted, unknown)
    test = TESTS.get(name)
    if test is None or (quantifier and quantifier not in SET_OPERATORS):
        return unknown
    filled = [text for text in (substitute(value, keys) for value in wanted) if text is not None]
    negated = name in NEGATED
    if negated and len(filled) < len(wanted):
        return unknown  # "is not nothing" would hold for everyone
    try:
        return _compare(test, negated, quantifier, present, filled, if_exists)
    except ValueError:
        return unknown


def _compare(
    test: Test, negated: bool, quantifier: str, present: tuple[str, ...] | None, wanted: list[str], if_exists: bool
) -> bool:
    """One operator over the request's values and the policy's.

    A negated operator holds when no value of the policy matches, and therefore when the key is absent.
    """
    if present is None:
        return quantifier == "ForAllValues" or (quantifier == "" and (if_exists or negated))

    def fits(value: str) -> bool:
        matched = any(test(value, other) for other in wanted)
        return matched != negated

    if quantifier == "ForAllValues":
        return all(map(fits, present))
    if quantifier == "ForAnyValue" or not negated:
        return any(map(fits, present))
    return all(map(fits, present))


def _null(present: tuple[str, ...] | None, wanted: tuple[str, ...], unknown: bool) -> bool:
    """`"Null": {"key": "true"}` holds when the key is absent."""
    if any(value.lower() not in ("true", "false") for value in wanted):
        return unknown
    return any((value.lower() == "true") == (not present) for value in wanted)


def substitute(pattern: str, keys: Context) -> str | None:
    """A policy text with its variables filled in; None when one has no value and no default.

    A variable's own wildcards are literal: a user called `*` is not everyone.
    """
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = match[1].partition(",")
        name = name.strip()
        if name in LITERALS:
            return LITERALS[name]
        values = keys.get(name.lower(), ())
        if len(values) == 1:
            return _literal(values[0])
        fallback = default.strip()
        if len(fallback) >= 2 and fallback[0] == fallback[-1] == "'":
            return _literal(fallback[1:-1])
        missing = True
        return ""

    filled = VARIABLE.sub(fill, pattern)
    return None if missing else filled


def _literal(text: str) -> str:
    return "".join(LITERALS.get(character, character) for character in text)


def plain(text: str) -> str:
    """A filled-in text for the operators that know no wildcards."""
    for character, private in LITERALS.items():
        text = text.replace(private, character)
    return text


def wildcard(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    """`*` and `?` as a regular expression; literal ones stand as private characters."""
    stars = re.sub(r"\*+", "*", pattern)
    parts = [{"*": ".*", "?": "."}.get(character) or re.escape(plain(character)) for character in stars]
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _string_like(value: str, wanted: str) -> bool:
    return wildcard(wanted).fullmatch(value) is not None


def _arn_like(value: str, wanted: str) -> bool:
    """ARNs match part by part: a star does not cross the first five colons."""
    ours, theirs = value.split(":", 5), wanted.split(":", 5)
    if len(ours) != 6 or len(theirs) != 6:
        return False
    return all(wildcard(pattern).fullmatch(part) for part, pattern in zip(ours, theirs, strict=True))


def _number(text: str) -> float:
    return float(plain(text))


def _date(text: str) -> float:
    """Epoch seconds from ISO 8601 or a number."""
    try:
        return float(plain(text))
    except ValueError:
        moment = datetime.fromisoformat(plain(text))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _boolean(value: str, wanted: str) -> bool:
    if plain(wanted).lower() not in ("true", "false"):
        raise ValueError(wanted)
    return value.lower() == plain(wanted).lower()


def _ip(value: str, wanted: str) -> bool:
    network = ipaddress.ip_network(plain(wanted), strict=False)
    address = ipaddress.ip_address(value)
    return address.version == network.version and address in network


def _binary(value: str, wanted: str) -> bool:
    try:
        return base64.b64decode(value, validate=True) == base64.b64decode(plain(wanted), validate=True)
    except binascii.Error as error:
        raise ValueError(wanted) from error


# Every operator by its lower-case name; a negated one uses the test of its opposite.
TESTS: Mapping[str, Test] = {
    "stringequals": lambda value, wanted: value == plain(wanted),
    "stringnotequals": lambda value, wanted: value == plain(wanted),
    "stringequalsignorecase": lambda value, wanted: value.lower() == plain(wanted).lower(),
    "stringnotequalsignorecase": lambda value, wanted: value.lower() == plain(wanted).lower(),
    "stringlike": _string_like,
    "stringnotlike": _string_like,
    "numericequals": lambda value, wanted: _number(value) == _number(wanted),
    "numericnotequals": lambda value, wanted: _number(value) == _number(wanted),
    "numericlessthan": lambda value, wanted: _number(value) < _number(wanted),
    "numericlessthanequals": lambda value, wanted: _number(value) <= _number(wanted),
    "numericgreaterthan": lambda value, wanted: _number(value) > _number(wanted),
    "numericgreaterthanequals": lambda value, wanted: _number(value) >= _number(wanted),
    "dateequals": lambda value, wanted: _date(value) == _date(wanted),
    "datenotequals": lambda value, wanted: _date(value) == _date(wanted),
    "datelessthan": lambda value, wanted: _date(value) < _date(wanted),
    "datelessthanequals": lambda value, wanted: _date(value) <= _date(wanted),
    "dategreaterthan": lambda value, wanted: _date(value) > _date(wanted),
    "dategreaterthanequals": lambda value, wanted: _date(value) >= _date(wanted),
    "bool": _boolean,
    "binaryequals": _binary,
    "ipaddress": _ip,
    "notipaddress": _ip,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "arnnotequals": _arn_like,
    "arnnotlike": _arn_like,
}
NEGATED = frozenset(name for name in TESTS if "not" in name)
