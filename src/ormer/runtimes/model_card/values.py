"""A content's values as text, and which of them fit into a cell or a table."""

from __future__ import annotations

import re
from typing import Any, Mapping

DIGITS = 6


def titled(name: str) -> str:
    """A member's name as people read it: model_owner and PendingReview become `Model owner` and `Pending review`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("_", " ")).split()
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return text[:1].upper() + text[1:]


def shown(value: Any) -> str:
    """A value without members of its own as text; several of them stand on a line each."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, list):
        rows = [", ".join(shown(cell) for cell in one) if isinstance(one, list) else shown(one) for one in value]
        numbers = all(isinstance(one, (int, float)) for one in value)
        return (", " if numbers else "\n").join(rows)
    return str(value)


def is_empty(value: Any) -> bool:
    """Whether there is nothing to show."""
    if isinstance(value, Mapping):
        return all(is_empty(one) for one in value.values())
    return value is None or value == "" or value == []


def is_flat(value: Any) -> bool:
    """Whether a value is a text, a number, or a list of these (a matrix is a list of lists of numbers)."""
    if isinstance(value, list):
        return all(_is_plain(one) or (isinstance(one, list) and all(map(_is_plain, one))) for one in value)
    return _is_plain(value)


def is_table(value: Any, columns_max: int, characters_max: int) -> bool:
    """Whether a value is a list of objects that a table of so many columns, and characters in a cell, shows whole."""
    if not isinstance(value, list) or not value or not all(isinstance(one, Mapping) for one in value):
        return False
    columns = {name for one in value for name in one}
    return 0 < len(columns) <= columns_max and all(
        is_flat(cell) and len(shown(cell)) <= characters_max for one in value for cell in one.values()
    )


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (list, Mapping))
