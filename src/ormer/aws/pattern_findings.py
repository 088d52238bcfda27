"""What an event pattern makes of an event, field by field: for people who ask why a rule fired, or did not.

The same functions decide as when events are matched (`patterns`); nothing here has an opinion of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ormer.aws import pattern_tests
from ormer.aws.patterns import OR, Branch, Leaf, Pattern, any_child, leaf_met, leaves, met, objects

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Alternative:
    """One value or test that a field may have: as the pattern writes it, and whether it holds."""

    wants: Any
    met: bool


@dataclass(frozen=True)
class Finding:
    """One place of a pattern.

    path: as in `detail.state`; a choice's ends in `$or`. kind: field, object, choice or element. found: the field's
    values in the event, () where it is not there. note: why an object's or choice's parts, each met, do not meet it.
    """

    path: str
    kind: str
    met: bool
    found: tuple[Any, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    inside: tuple[Finding, ...] = ()
    note: str = ""


def findings(pattern: Pattern, event: JsonDict) -> tuple[Finding, ...]:
    """What the pattern makes of the event, in the pattern's order. It matches when every one is met."""
    return tuple(_of_branch(pattern.root, event, [event], ""))


def _of_branch(branch: Branch, node: JsonDict, siblings: list[JsonDict], path: str) -> Iterator[Finding]:
    for name, wanted in branch.fields.items():
        if isinstance(wanted, Leaf):
            yield _of_leaf(wanted, name, node, siblings, f"{path}{name}")
        else:
            yield _of_object(wanted, name, node, siblings, f"{path}{name}")
    for choice in branch.choices:
        where = f"{path}{OR}"
        options = []
        for place, one in enumerate(choice):
            inside = tuple(_of_branch(one, node, siblings, path))
            options.append(Finding(f"{where}[{place}]", "element", met(one, node, siblings), inside=inside))
        yield Finding(where, "choice", any(option.met for option in options), inside=tuple(options))


def _of_leaf(leaf: Leaf, name: str, node: JsonDict, siblings: list[JsonDict], path: str) -> Finding:
    values = tuple(reversed(list(leaves(node.get(name, ()), name in node))))
    is_met = leaf_met(leaf, name, node, siblings)
    alternatives = tuple(Alternative(one, _holds(one, values, is_met)) for one in json.loads(leaf.shown))
    return Finding(path, "field", is_met, values, alternatives)


def _holds(alternative: Any, values: tuple[Any, ...], is_met: bool) -> bool:
    """Whether one alternative holds; that a field is absent, only the whole leaf knows."""
    if alternative == {"exists": False}:
        return is_met and not values
    test = pattern_tests.compiled(alternative)
    return any(test(value) for value in values)


def _of_object(wanted: Branch, name: str, node: JsonDict, siblings: list[JsonDict], path: str) -> Finding:
    """An object; of a list of objects the one that comes nearest, since one of them must match as a whole."""
    children = list(objects(node.get(name)))
    inner = [child for one in siblings for child in objects(one.get(name))] or [{}]
    tried = [tuple(_of_branch(wanted, child, inner, f"{path}.")) for child in children or [{}]]
    nearest = max(tried, key=lambda found: sum(one.met for one in found))
    is_met = any_child(wanted, name, node, siblings)
    if not children:
        scalars = tuple(leaves(node.get(name, ()), name in node))
        note = "there is no object here" if name in node else "it is not there"
        return Finding(path, "object", is_met, scalars, inside=nearest, note="" if is_met else note)
    many = len(children) > 1
    note = f"none of its {len(children)} elements matches as a whole; the nearest is shown" if many else ""
    return Finding(path, "object", is_met, inside=nearest, note="" if is_met else note)
