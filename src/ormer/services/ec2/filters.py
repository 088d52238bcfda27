"""Filters of Describe operations: names of AWS's, values with wildcards; one of the values of each filter must match.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ormer.aws.errors import AwsError

JsonDict = dict[str, Any]
TAG = "tag:"
# A backslash in front of a wildcard, or of another backslash, takes its meaning away.
PIECES = re.compile(r"\\(?P<itself>[*?\\])|(?P<any>\*)|(?P<one>\?)|(?P<text>.)", re.DOTALL)


def matches(document: JsonDict, asked: Iterable[Mapping[str, Any]], paths: Mapping[str, str]) -> bool:
    """Whether a document with its Tags passes every filter. Raises InvalidParameterValue for one of an unknown name."""
    return all(_passes(document, one.get("Name", ""), one.get("Values") or [], paths) for one in asked)


def _passes(document: JsonDict, name: str, wanted: list[str], paths: Mapping[str, str]) -> bool:
    found = list(_values(document, name, paths))
    return any(_pattern(one).fullmatch(value) for one in wanted for value in found)


def _values(document: JsonDict, name: str, paths: Mapping[str, str]) -> Iterator[str]:
    tags = document.get("Tags") or []
    if name.startswith(TAG):
        return iter([one["Value"] for one in tags if one["Key"] == name.removeprefix(TAG)])
    if name == "tag-key":
        return iter([one["Key"] for one in tags])
    if name not in paths:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return _walk(document, paths[name].split("."))


def _walk(value: Any, steps: list[str]) -> Iterator[str]:
    """The scalars at the end of a path, as texts."""
    if isinstance(value, list):
        for inner in value:
            yield from _walk(inner, steps)
    elif steps and isinstance(value, dict):
        yield from _walk(value.get(steps[0]), steps[1:])
    elif isinstance(value, bool):
        yield str(value).lower()
    elif value is not None and not steps:
        yield str(value)


def _pattern(text: str) -> re.Pattern[str]:
    parts = []
    for piece in PIECES.finditer(text):
        parts.append(".*" if piece["any"] else "." if piece["one"] else re.escape(piece["itself"] or piece["text"]))
    return re.compile("".join(parts), re.DOTALL)
