"""Paths into documents, as pipeline definitions write them: `Outputs['train'].S3Output.S3Uri`, `Metrics[0].Value`.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from __future__ import annotations

import re
from typing import Any

# A member, or a subscript: a quoted key or a number.
TOKEN = re.compile(r"\.?([^.\[\]'\"]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(-?\d+))\]")
# A list may be subscripted by the member that names its elements.
NAMING_MEMBERS = ("OutputName", "InputName", "ChannelName", "MetricName", "ParameterName", "Name", "Key")


class NoSuchPath(Exception):
    """The document has nothing at this path; the text says where it ends."""


def tokens(path: str) -> tuple[str | int, ...]:
    """Take a path apart: names and keys as text, positions as numbers. ValueError when it is malformed."""
    found: list[str | int] = []
    position = 0
    while position < len(path):
        match = TOKEN.match(path, position)
        if match is None or (position == 0 and path.startswith(".")):
            raise ValueError(f"malformed path {path!r} at character {position}")
        name, single, double, number = match.groups()
        found.append(int(number) if number is not None else next(t for t in (name, single, double) if t is not None))
        position = match.end()
    return tuple(found)


def dig(document: Any, path: tuple[str | int, ...]) -> Any:
    """The value at the path. Raises NoSuchPath that says which part is missing and what stands there instead."""
    value = document
    for index, token in enumerate(path):
        found = _child(value, token)
        if found is _MISSING:
            where = "".join(_shown(part) for part in path[:index]).lstrip(".") or "the top"
            raise NoSuchPath(f"{where} has no {token!r}; it has {_choices(value)}")
        value = found
    return value


def query(document: Any, path: str) -> Any:
    """The one value a JsonGet path points at: the SDK's dot notation, or JSONPath with or without its leading `$`.

    Raises NoSuchPath when there is none, ValueError when the path is malformed.
    """
    if not path.startswith("$"):
        try:
            return dig(document, tokens(path))
        except (ValueError, NoSuchPath) as error:
            missing: Exception = error
    else:
        missing = NoSuchPath(f"nothing matches {path}")
    # Imported by the few definitions that need it: it costs a start of the server more than most of its modules.
    import jsonpath

    try:
        found = jsonpath.findall(path if path.startswith("$") else f"$.{path}", document)
    except jsonpath.JSONPathError as error:
        if isinstance(missing, NoSuchPath):
            raise missing from None
        raise ValueError(f"malformed JSON path {path!r}: {error}") from None
    if not found:
        raise missing if isinstance(missing, NoSuchPath) else NoSuchPath(f"nothing matches {path}")
    return found[0] if len(found) == 1 else found


_MISSING = object()


def _child(value: Any, token: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(token), _MISSING)
    if isinstance(value, list):
        if isinstance(token, int):
            return value[token] if -len(value) <= token < len(value) else _MISSING
        for element in value:
            if isinstance(element, dict) and any(element.get(member) == token for member in NAMING_MEMBERS):
                return element
    return _MISSING


def _shown(token: str | int) -> str:
    return f"[{token}]" if isinstance(token, int) else f".{token}"


def _choices(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(sorted(map(str, value))[:12]) or "nothing"
    if isinstance(value, list):
        return f"{len(value)} elements"
    return f"the value {value!r}"
