"""Values that functions work on: what is left out, what counts as true, and how far a text may grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.engines.stacks.language.faults import template_error

# A result may not be larger than what a request may hold; nested Sub and Join could otherwise grow without end.
TEXT_CHARACTERS_MAX = 4 * 1024 * 1024


class NoValue:
    """`AWS::NoValue`: the member or element that holds it is left out."""


NO_VALUE = NoValue()


def truth(value: Any, where: str) -> bool:
    """A condition's outcome."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise template_error(f"every condition must come out as true or false ({where}).")


def bounded(text: str) -> str:
    """The text, unless it has grown beyond all measure."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise template_error(f"a text may not be longer than {TEXT_CHARACTERS_MAX} characters.")
    return text


def parts_of(name: str, value: Any, least: int, most: int | None = None) -> list[Any]:
    """A function's arguments, when it has between `least` and `most`."""
    if not isinstance(value, list) or not least <= len(value) <= (most or least):
        raise template_error(f"{name} object requires a list of {least} parameters.")
    return value


def plain(value: Any) -> Any:
    """A value with every scalar as text: `1` and "1" are the same to CloudFormation."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return None if value is NO_VALUE else text_of(value)


def text_of(value: Any) -> str:
    """A scalar as CloudFormation writes it into texts: true, false, 1, 1.5."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return str(value)
