"""Filters of event source mappings: which records a function is asked with.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ormer.aws.patterns import Pattern

JsonDict = dict[str, Any]
# Members of a record that hold JSON as text, which patterns look into.
TEXTS = ("body",)


def patterns(criteria: Mapping[str, Any] | None) -> list[Pattern]:
    """The patterns of FilterCriteria. Raises InvalidPattern."""
    return [Pattern(one["Pattern"]) for one in (criteria or {}).get("Filters", ()) if one.get("Pattern")]


def passes(record: JsonDict, wanted: Sequence[Pattern]) -> bool:
    """Whether a record meets any of the patterns, or there are none."""
    if not wanted:
        return True
    opened = {**record, **{name: _opened(record[name]) for name in TEXTS if name in record}}
    return any(pattern.matches(opened) for pattern in wanted)


def _opened(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
