"""EventBridge's event patterns: which events a rule is about.

A pattern has the event's shape; its leaves are lists of alternatives, plain values or tests such as {"prefix": "a"}.
An array in the event matches when any of its elements does; an object pattern is met by one element as a whole.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ormer.aws import pattern_tests
from ormer.aws.pattern_tests import InvalidPattern, Test

JsonDict = dict[str, Any]
# A pattern of 4,096 characters could nest deeper than Python may recurse.
DEPTH_MAX = 100
OR = "$or"


@dataclass(frozen=True)
class Leaf:
    """The alternatives for one field. `absent`: a field that is not there will do."""

    tests: tuple[Test, ...]
    absent: bool
    exact: frozenset[str] | None
    shown: str

    def met_by(self, values: list[Any]) -> bool:
        """Whether any value (a field's leaves, empty when it is not there) meets any alternative."""
        if not values:
            return self.absent
        return any(test(value) for value in values for test in self.tests)


@dataclass(frozen=True)
class Branch:
    """An object in a pattern: every field must match, and one of each `$or`."""

    fields: Mapping[str, Leaf | Branch]
    choices: tuple[tuple[Branch, ...], ...]


class Pattern:
    """A pattern, compiled. Raises InvalidPattern with AWS's reason for a text that is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = _branch(_parsed(text), 0)

    def matches(self, event: JsonDict) -> bool:
        """Whether the event (the whole envelope) matches."""
        return met(self.root, event, [event])

    def exact(self, name: str) -> frozenset[str] | None:
        """The only texts that the top-level field may have, None when it is tested otherwise or not at all."""
        leaf = self.root.fields.get(name)
        return leaf.exact if isinstance(leaf, Leaf) else None

    def mismatch(self, event: JsonDict) -> str | None:
        """The first field that keeps the event from matching, in words; None when it matches."""
        return next(_mismatches(self.root, event, [event], ""), None)


def _parsed(text: str) -> JsonDict:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise InvalidPattern("Pattern is nested too deeply") from None
    except ValueError as error:
        raise InvalidPattern(f"The pattern is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidPattern("Filter is not an object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"unrecognized token '{name}'")


def _branch(pattern: JsonDict, depth: int) -> Branch:
    if depth > DEPTH_MAX:
        raise InvalidPattern("Pattern is nested too deeply")
    if not pattern:
        raise InvalidPattern("Empty objects are not allowed")
    fields: dict[str, Leaf | Branch] = {}
    choices = []
    for name, value in pattern.items():
        if name == OR and _is_choice(value):
            choices.append(tuple(_branch(one, depth + 1) for one in value))
        elif isinstance(value, dict):
            fields[name] = _branch(value, depth + 1)
        elif isinstance(value, list):
            fields[name] = _leaf(value)
        else:
            raise InvalidPattern(f'"{name}" must be an object or an array')
    return Branch(fields, tuple(choices))


def _is_choice(value: Any) -> bool:
    """Two or more objects that are no tests; else `$or` is a field like any other, as in AWS."""
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(one, dict) and one and not pattern_tests.KEYWORDS & set(one) for one in value)
    )


def _leaf(alternatives: list[Any]) -> Leaf:
    if not alternatives:
        raise InvalidPattern("Empty arrays are not allowed")
    absent, tests = False, []
    for one in alternatives:
        if isinstance(one, dict) and one.get("exists") is False and len(one) == 1:
            absent = True
        else:
            tests.append(pattern_tests.compiled(one))
    plain = all(isinstance(one, str) for one in alternatives)
    return Leaf(tuple(tests), absent, frozenset(alternatives) if plain else None, json.dumps(alternatives))


def met(branch: Branch, node: JsonDict, siblings: list[JsonDict]) -> bool:
    """Whether an object of an event meets a branch.

    siblings: every object at this place, `node` among them: a field is absent when none of them has it.
    """
    for name, wanted in branch.fields.items():
        if isinstance(wanted, Leaf):
            if not leaf_met(wanted, name, node, siblings):
                return False
        elif not any_child(wanted, name, node, siblings):
            return False
    return all(any(met(one, node, siblings) for one in choice) for choice in branch.choices)


def leaf_met(leaf: Leaf, name: str, node: JsonDict, siblings: list[JsonDict]) -> bool:
    """Whether a field of an object meets its leaf."""
    values = list(leaves(node.get(name, ()), name in node))
    if values:
        return leaf.met_by(values)
    return leaf.absent and not any(list(leaves(one.get(name, ()), name in one)) for one in siblings)


def any_child(wanted: Branch, name: str, node: JsonDict, siblings: list[JsonDict]) -> bool:
    """Whether one object under the field matches; where there is none, an empty one may (for `exists: false`)."""
    inner = [child for one in siblings for child in objects(one.get(name))]
    own = list(objects(node.get(name))) or [{}]
    return any(met(wanted, child, inner or [{}]) for child in own)


def leaves(value: Any, there: bool) -> Iterator[Any]:
    """The scalars of a field: itself or, nested as they may be, an array's; objects are no leaves."""
    stack = [value] if there else []
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack.extend(one)
        elif not isinstance(one, dict):
            yield one


def objects(value: Any) -> Iterator[JsonDict]:
    """The objects of a field: itself, or an array's."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack.extend(reversed(one))
        elif isinstance(one, dict):
            yield one


def _mismatches(branch: Branch, node: JsonDict, siblings: list[JsonDict], path: str) -> Iterator[str]:
    for name, wanted in branch.fields.items():
        where = f"{path}{name}"
        if isinstance(wanted, Leaf):
            if not leaf_met(wanted, name, node, siblings):
                found = json.dumps(node[name]) if name in node else "absent"
                yield f"{where} is {found}, the pattern wants {wanted.shown}"
        elif not any_child(wanted, name, node, siblings):
            children = list(objects(node.get(name))) or [{}]
            if len(children) == 1:
                inner = [child for one in siblings for child in objects(one.get(name))]
                yield from _mismatches(wanted, children[0], inner or [{}], f"{where}.")
            else:
                yield f"none of the {len(children)} elements of {where} matches as a whole"
    if not all(any(met(one, node, siblings) for one in choice) for choice in branch.choices):
        yield f"none of the alternatives of {path}{OR} matches"
