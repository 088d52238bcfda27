"""The subset of JSONPath that batch transform's filters know, over JSON values and CSV rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html#data-processing-operators
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, List, Tuple, Union

from ..toolkit.failures import UserError

PATH_CHARS_MAX = 63
NAME = r"[A-Za-z_][\w-]*"
TOKEN = re.compile(
    r"\.(?P<name>{name})|(?P<all>\.\*|\[\*\])|\[(?P<keys>\s*'[^']*'(?:\s*,\s*'[^']*')*\s*)\]"
    r"|\[(?P<indices>\s*-?\d+(?:\s*,\s*-?\d+)*\s*)\]|\[\s*(?P<start>-?\d+)?\s*:\s*(?P<end>-?\d+)?\s*\]".format(
        name=NAME
    )
)


@dataclass(frozen=True)
class Keys:
    """One or more members of an object, by name."""

    names: Tuple[str, ...]


@dataclass(frozen=True)
class Indices:
    """One or more elements of an array, by position; negative counts from the end."""

    positions: Tuple[int, ...]


@dataclass(frozen=True)
class Span:
    """The elements from start up to, not including, end; None is open.

    AWS's text calls the end inclusive, its operator table and the JSONPath it refers to exclude it, and so do we.
    """

    start: Any
    end: Any


@dataclass(frozen=True)
class Everything:
    """All elements of an array or all values of an object."""


Step = Union[Keys, Indices, Span, Everything]


@dataclass(frozen=True)
class Path:
    """A parsed filter. `text` is what the user wrote."""

    text: str
    steps: Tuple[Step, ...]

    @property
    def is_root(self) -> bool:
        return not self.steps

    def select(self, value: Any) -> Any:
        """Returns what the path names in value. Raises UserError when value has no such thing.

        One name or position gives the thing itself; several names give an object, everything else an array.
        """
        for step in self.steps:
            value = self._step(step, value)
        return value

    def _step(self, step: Step, value: Any) -> Any:
        if isinstance(step, Keys):
            return self._members(step, value)
        if isinstance(step, Everything) and isinstance(value, dict):
            return list(value.values())
        if not isinstance(value, list):
            raise UserError("{} expects an array and finds {}".format(self.text, _kind(value)))
        if isinstance(step, Everything):
            return list(value)
        if isinstance(step, Span):
            return value[step.start : step.end]
        found = [self._element(value, position) for position in step.positions]
        return found[0] if len(step.positions) == 1 else found

    def _members(self, step: Keys, value: Any) -> Any:
        if not isinstance(value, dict):
            raise UserError("{} expects a JSON object and finds {}".format(self.text, _kind(value)))
        for name in step.names:
            if name not in value:
                raise UserError(
                    "{} finds no '{}' in the record, which has: {}".format(self.text, name, ", ".join(value))
                )
        if len(step.names) == 1:
            return value[step.names[0]]
        return {name: value[name] for name in step.names}

    def _element(self, value: List[Any], position: int) -> Any:
        if not -len(value) <= position < len(value):
            raise UserError("{} asks for position {} of a record of {}".format(self.text, position, len(value)))
        return value[position]


def parse(text: str) -> Path:
    """Returns the parsed path. Raises UserError for what batch transform does not support."""
    if len(text) > PATH_CHARS_MAX:
        raise UserError("the filter {} is longer than {} characters".format(text, PATH_CHARS_MAX))
    if not text.startswith("$"):
        raise UserError("the filter {} must start with $".format(text))
    steps: List[Step] = []
    offset = 1
    while offset < len(text):
        match = TOKEN.match(text, offset)
        if match is None:
            raise UserError("the filter {} is no supported JSONPath: it breaks off at '{}'".format(text, text[offset:]))
        steps.append(_step_of(match))
        offset = match.end()
    return Path(text, tuple(steps))


def _step_of(match: Any) -> Step:
    if match.group("name"):
        return Keys((match.group("name"),))
    if match.group("all"):
        return Everything()
    if match.group("keys"):
        return Keys(tuple(re.findall(r"'([^']*)'", match.group("keys"))))
    if match.group("indices"):
        return Indices(tuple(int(number) for number in match.group("indices").split(",")))
    start, end = match.group("start"), match.group("end")
    return Span(None if start is None else int(start), None if end is None else int(end))


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a JSON object"
    if isinstance(value, list):
        return "an array"
    return "the value {!r}".format(value)
