"""A small vocabulary for describing what a JSON document may hold, and the check against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Scalar:
    """A JSON scalar of one of the named types: text, integer, number, boolean, null."""

    types: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """A text that, in lower case, is one of the values."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class ListOf:
    """A JSON array whose items all follow one rule."""

    item: Any


@dataclass(frozen=True)
class AnyObject:
    """A JSON object with any members."""


@dataclass(frozen=True)
class OneOf:
    """A value that follows at least one of the rules."""

    rules: tuple[Any, ...]


@dataclass(frozen=True)
class Members:
    """A JSON object with exactly these members: the required ones and any of the optional ones."""

    required: dict[str, Any] = field(default_factory=dict)
    optional: dict[str, Any] = field(default_factory=dict)


def problems(value: Any, rule: Any, path: str) -> list[str]:
    """Return one sentence for each place below `path` where `value` breaks `rule`; empty when it follows it."""
    if isinstance(rule, Scalar):
        return [] if _kind(value) & set(rule.types) else [f"{path} must be {_either(rule.types)}, not {_shown(value)}"]
    if isinstance(rule, Choice):
        if isinstance(value, str) and value.lower() in rule.values:
            return []
        return [f"{path} must be one of {', '.join(rule.values)}, not {_shown(value)}"]
    if isinstance(rule, ListOf):
        if not isinstance(value, list):
            return [f"{path} must be a list, not {_shown(value)}"]
        return [text for index, item in enumerate(value) for text in problems(item, rule.item, f"{path}[{index}]")]
    if isinstance(rule, AnyObject):
        return [] if isinstance(value, dict) else [f"{path} must be an object, not {_shown(value)}"]
    if isinstance(rule, OneOf):
        tries = [problems(value, one, path) for one in rule.rules]
        return [] if any(not found for found in tries) else tries[0]
    return _member_problems(value, rule, path)


def _member_problems(value: Any, rule: Members, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} must be an object, not {_shown(value)}"]
    found = [f"{path} lacks the required field {name}" for name in rule.required if name not in value]
    known = {**rule.required, **rule.optional}
    for name, member in value.items():
        where = f"{path}.{name}"
        found += problems(member, known[name], where) if name in known else [f"{where} is not a known field"]
    return found


def _kind(value: Any) -> set[str]:
    if value is None:
        return {"null"}
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number"}
    if isinstance(value, float):
        return {"number"}
    return {"text"} if isinstance(value, str) else set()


def _either(types: tuple[str, ...]) -> str:
    return " or ".join(types)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
