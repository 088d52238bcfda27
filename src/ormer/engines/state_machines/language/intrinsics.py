"""Intrinsic functions: `States.Format('at {}', $.when)` and its kin, in payload templates.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

from ormer.engines.state_machines.language.faults import INTRINSIC, Fault
from ormer.engines.state_machines.language.paths import Data, read

# https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html#asl-intrsc-func-limits
NESTED_MAX, RANGE_MAX, TEXT_MAX = 10, 1000, 10_000
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
PREFIX = "States."


def called(text: str, data: Data) -> Any:
    """The value of a call. Raises Fault."""
    reader = _Reader(text)
    name, arguments = reader.call(0)
    return _value((name, arguments), data)


def fault_of(text: str) -> str:
    """What is wrong with a call's form, "" for a good one."""
    try:
        _check(_Reader(text).call(0))
    except Fault as fault:
        return fault.cause
    return ""


def _check(call: tuple[str, list[Any]]) -> None:
    if call[0] not in FUNCTIONS:
        raise Fault(INTRINSIC, f"There is no intrinsic function {call[0]}.")
    for kind, inner in call[1]:
        if kind == "call":
            _check(inner)


class _Reader:
    """A call as (name, arguments); an argument is ("call" | "path" | "value", what)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def call(self, depth: int) -> tuple[str, list[Any]]:
        found = self._call(depth)
        self._blank()
        if depth == 0 and self._at != len(self._text):
            self._fail()
        return found

    def _call(self, depth: int) -> tuple[str, list[Any]]:
        if depth > NESTED_MAX:
            raise Fault(INTRINSIC, f"Intrinsic functions may be nested {NESTED_MAX} deep at most: {self._text}")
        name = self._word("(")
        self._expect("(")
        arguments: list[Any] = []
        self._blank()
        while self._peek() != ")":
            arguments.append(self._argument(depth))
            self._blank()
            if self._peek() == ",":
                self._at += 1
                self._blank()
            elif self._peek() != ")":
                self._fail()
        self._at += 1
        return name, arguments

    def _argument(self, depth: int) -> Any:
        self._blank()
        character = self._peek()
        if character == "'":
            return "value", self._quoted()
        if character == "$":
            return "path", self._path()
        if self._text.startswith(PREFIX, self._at):
            return "call", self._call(depth + 1)
        word = self._word(",)").strip()
        try:
            return "value", json.loads(word)
        except ValueError:
            self._fail()

    def _quoted(self) -> str:
        self._at += 1
        found: list[str] = []
        while (character := self._peek()) != "'":
            if character == "\\":
                self._at += 1
                character = self._peek()
                # A brace that is none of Format's stays marked, so that Format can tell.
                if character in "{}":
                    found.append("\\")
            found.append(character)
            self._at += 1
        self._at += 1
        return "".join(found)

    def _path(self) -> str:
        """Up to the comma or bracket that ends the argument; brackets and quotes of the path's own may hold both."""
        begin, depth, quote = self._at, 0, ""
        while self._at < len(self._text):
            character = self._text[self._at]
            if quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif character in "([":
                depth += 1
            elif character in ")]" and depth:
                depth -= 1
            elif character in ",)":
                break
            self._at += 1
        return self._text[begin : self._at].strip()

    def _word(self, ends: str) -> str:
        begin = self._at
        while self._at < len(self._text) and self._text[self._at] not in ends:
            self._at += 1
        return self._text[begin : self._at].strip()

    def _blank(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _peek(self) -> str:
        if self._at >= len(self._text):
            self._fail()
        return self._text[self._at]

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            self._fail()
        self._at += 1

    def _fail(self) -> NoReturn:
        raise Fault(INTRINSIC, f"Invalid intrinsic function: {self._text}")


def _value(call: tuple[str, list[Any]], data: Data) -> Any:
    name, given = call
    function = FUNCTIONS.get(name)
    if function is None:
        raise Fault(INTRINSIC, f"There is no intrinsic function {name}.")
    arguments = [
        _value(what, data) if kind == "call" else read(what, data) if kind == "path" else what for kind, what in given
    ]
    try:
        return function(*arguments)
    except Fault:
        raise
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise Fault(INTRINSIC, f"The arguments of {name} do not fit: {error}") from None


def _format(template: str, *values: Any) -> str:
    found: list[str] = []
    left = list(values)
    position = 0
    while position < len(template):
        if template[position] == "\\" and position + 1 < len(template):
            found.append(template[position + 1])
            position += 2
        elif template.startswith("{}", position):
            if not left:
                raise Fault(INTRINSIC, f"States.Format has more places than values: {template}")
            found.append(_text(left.pop(0)))
            position += 2
        else:
            found.append(template[position])
            position += 1
    if left:
        raise Fault(INTRINSIC, f"States.Format has more values than places: {template}")
    return "".join(found)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _partition(values: list[Any], size: int) -> list[list[Any]]:
    if int(size) < 1:
        raise Fault(INTRINSIC, "States.ArrayPartition needs a size of 1 or more.")
    return [values[start : start + int(size)] for start in range(0, len(values), int(size))]


def _range(first: float, last: float, step: float) -> list[int]:
    found = range(round(first), round(last) + (1 if step > 0 else -1), round(step))
    if len(found) > RANGE_MAX:
        raise Fault(INTRINSIC, f"States.ArrayRange makes {RANGE_MAX} elements at most.")
    return list(found)


def _unique(values: list[Any]) -> list[Any]:
    return list({json.dumps(each, sort_keys=True): each for each in values}.values())


def _hash(value: Any, algorithm: str) -> str:
    text = _text(value)
    if len(text) > TEXT_MAX:
        raise Fault(INTRINSIC, f"States.Hash takes {TEXT_MAX} characters at most.")
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _merge(first: dict[str, Any], second: dict[str, Any], deep: bool) -> dict[str, Any]:
    if deep:
        raise Fault(INTRINSIC, "States.JsonMerge merges shallowly only: its third argument is false.")
    return {**first, **second}


def _random(first: float, last: float, seed: int | None = None) -> int:
    source = random.Random(seed) if seed is not None else random
    return source.randrange(round(first), round(last))


def _split(text: str, separators: str) -> list[str]:
    found, current = [], ""
    for character in text:
        if character in separators:
            found.append(current)
            current = ""
        else:
            current += character
    return [*found, current]


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "States.Format": _format,
    "States.StringToJson": json.loads,
    "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    "States.Array": lambda *values: list(values),
    "States.ArrayPartition": _partition,
    "States.ArrayContains": lambda values, wanted: wanted in list(values),
    "States.ArrayRange": _range,
    "States.ArrayGetItem": lambda values, index: values[int(index)],
    "States.ArrayLength": lambda values: len(list(values)),
    "States.ArrayUnique": _unique,
    "States.Base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "States.Base64Decode": _decoded,
    "States.Hash": _hash,
    "States.JsonMerge": _merge,
    "States.MathRandom": _random,
    "States.MathAdd": lambda first, second: round(first) + round(second),
    "States.StringSplit": _split,
    "States.UUID": lambda: str(uuid.uuid4()),
}
