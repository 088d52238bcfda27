"""The subset of JSONPath that batch transform's filters know, over JSON values and CSV rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html#data-processing-operators
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple, Union

from ..toolkit.failures import UserError

ROOT = "$"
PATH_CHARS_MAX = 63
QUOTED = r"'[^']*'|\"[^\"]*\""
PLACE = r"(?:(?:-?\d+)?\s*:\s*(?:-?\d+)?|-?\d+)"
TOKEN = re.compile(
    r"\.(?P<name>[^\s.*\[\]'\",:()?@$]+)"
    r"|(?P<all>\.\*|\.?\[\s*\*\s*\])"
    r"|\.?\[(?P<keys>\s*(?:{quoted})(?:\s*,\s*(?:{quoted}))*\s*)\]"
    r"|\.?\[(?P<places>\s*{place}(?:\s*,\s*{place})*\s*)\]".format(quoted=QUOTED, place=PLACE)
)


@dataclass(frozen=True)
class Keys:
    """One or more members of an object, by name."""

    names: Tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """The elements from start up to, not including, end; None is open.

    AWS's text calls the end inclusive, its operator table and the JSONPath it refers to exclude it, and so do we.
    """

    start: Optional[int]
    end: Optional[int]


@dataclass(frozen=True)
class Places:
    """Elements of an array, by position (negative counts from the end) and by span, in the order they are named."""

    wanted: Tuple[Union[int, Span], ...]

    @property
    def is_single(self) -> bool:
        """Whether it names one element rather than an array of them."""
        return len(self.wanted) == 1 and isinstance(self.wanted[0], int)


@dataclass(frozen=True)
class Everything:
    """All elements of an array or all values of an object."""


Step = Union[Keys, Places, Everything]


@dataclass(frozen=True)
class Path:
    """A parsed filter. `text` is what the user wrote."""

    text: str
    steps: Tuple[Step, ...]

    @property
    def is_root(self) -> bool:
        return not self.steps

    @property
    def names_members(self) -> bool:
        """Whether it asks for members by name, which a CSV row has none of."""
        return any(isinstance(step, Keys) for step in self.steps)

    def select(self, value: Any) -> Any:
        """Returns what the path names in value. Raises UserError when value has no such thing.

        One name or position gives the thing itself; several names give an object, everything else an array, and what
        follows such a step is looked for in each of the array's elements.
        """
        found = [value]
        several = False
        for step in self.steps:
            found = [self._step(step, each) for each in found]
            if _is_several(step):
                found = [element for elements in found for element in elements]
                several = True
        return found if several else found[0]

    def _step(self, step: Step, value: Any) -> Any:
        if isinstance(step, Keys):
            return self._members(step, value)
        if isinstance(step, Everything) and isinstance(value, dict):
            return list(value.values())
        if not isinstance(value, list):
            raise UserError("{} expects an array and finds {}".format(self.text, _kind(value)))
        if isinstance(step, Everything):
            return list(value)
        found: List[Any] = []
        for wanted in step.wanted:
            if isinstance(wanted, Span):
                found += value[wanted.start : wanted.end]
            else:
                found.append(self._element(value, wanted))
        return found[0] if step.is_single else found

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
    if not text.startswith(ROOT):
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
        return Keys(tuple(quoted[1:-1] for quoted in re.findall(QUOTED, match.group("keys"))))
    return Places(tuple(_place_of(text) for text in match.group("places").split(",")))


def _place_of(text: str) -> Union[int, Span]:
    start, colon, end = (part.strip() for part in text.partition(":"))
    if not colon:
        return int(start)
    return Span(int(start) if start else None, int(end) if end else None)


def _is_several(step: Step) -> bool:
    return isinstance(step, Everything) or (isinstance(step, Places) and not step.is_single)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a JSON object"
    if isinstance(value, list):
        return "an array"
    return "the value {!r}".format(value)
