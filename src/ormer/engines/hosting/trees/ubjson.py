"""Universal Binary JSON, as far as XGBoost writes it, read as untrusted data.

Numbers in typed arrays become `array.array`, so a document costs about what its file is long. Whatever a file says, it
is read in one pass within its own bounds: lengths are checked against what is left, depth and number of values are
limited. Format: https://ubjson.org/type-reference/
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable
from typing import Any

DEPTH_MAX = 16
"""XGBoost's documents are nine levels deep."""

VALUES_MAX = 2_000_000
"""Names and values outside typed arrays. A tree has about forty, so this is a model of 50,000 trees."""

NAME_BYTES_MAX = 4096


class Malformed(ValueError):
    """The bytes are no UBJSON document, or one beyond the limits."""


NUMBERS = {
    code: struct.Struct(f">{form}")
    for code, form in {b"i": "b", b"U": "B", b"I": "h", b"l": "i", b"L": "q", b"d": "f", b"D": "d"}.items()
}
TYPED_ARRAYS = {b"U": "B", b"i": "b", b"I": "h", b"l": "i", b"L": "q", b"d": "f", b"D": "d"}
CONSTANTS = {b"Z": None, b"T": True, b"F": False}


def load(content: bytes) -> Any:
    """The document: dict, list, array, str, int, float, bool or None. Raises Malformed."""
    reader = _Reader(content)
    value = reader.value(reader.take(1), DEPTH_MAX)
    if reader.at != len(content):
        raise Malformed(f"{len(content) - reader.at} bytes follow the document")
    return value


class _Reader:
    """A place in the bytes and what of the limits is used."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0
        self._values_left = VALUES_MAX

    def take(self, count: int) -> bytes:
        end = self.at + count
        if count < 0 or end > len(self.content):
            raise Malformed(f"the document ends early: {count} bytes wanted at {self.at} of {len(self.content)}")
        taken = self.content[self.at : end]
        self.at = end
        return taken

    def value(self, marker: bytes, depth_left: int) -> Any:
        self._values_left -= 1
        if self._values_left < 0:
            raise Malformed(f"more than {VALUES_MAX} values")
        if marker == b"{":
            return self._object(self._deeper(depth_left))
        if marker == b"[":
            return self._array(self._deeper(depth_left))
        if marker == b"S":
            return self._text(len(self.content))
        if marker in NUMBERS:
            return self._number(marker)
        if marker in CONSTANTS:
            return CONSTANTS[marker]
        raise Malformed(f"no value starts with {marker!r} at {self.at}")

    def _deeper(self, depth_left: int) -> int:
        if not depth_left:
            raise Malformed(f"more than {DEPTH_MAX} levels")
        return depth_left - 1

    def _object(self, depth_left: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while self.content[self.at : self.at + 1] != b"}":
            name = self._text(NAME_BYTES_MAX)
            if name in made:
                raise Malformed(f"{name!r} stands twice in one object")
            made[name] = self.value(self.take(1), depth_left)
        self.at += 1
        return made

    def _array(self, depth_left: int) -> Any:
        marker = self.take(1)
        if marker == b"$":
            return self._typed_array()
        made: list[Any] = []
        if marker == b"#":
            for _ in range(self._length(len(self.content))):
                made.append(self.value(self.take(1), depth_left))
            return made
        while marker != b"]":
            made.append(self.value(marker, depth_left))
            marker = self.take(1)
        return made

    def _typed_array(self) -> array[Any]:
        kind = self.take(1)
        if kind not in TYPED_ARRAYS or self.take(1) != b"#":
            raise Malformed(f"no array of {kind!r} is known at {self.at}")
        made: array[Any] = array(TYPED_ARRAYS[kind])
        made.frombytes(self.take(self._length(len(self.content)) * made.itemsize))
        if sys.byteorder == "little":
            made.byteswap()
        return made

    def _text(self, bytes_max: int) -> str:
        content = self.take(self._length(bytes_max))
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"a text before {self.at} is no UTF-8") from error

    def _length(self, largest: int) -> int:
        marker = self.take(1)
        if marker not in NUMBERS or marker in (b"d", b"D"):
            raise Malformed(f"a length is missing at {self.at}")
        length = self._number(marker)
        if not 0 <= length <= largest:
            raise Malformed(f"a length of {length} at {self.at}")
        return int(length)

    def _number(self, marker: bytes) -> Any:
        form = NUMBERS[marker]
        number: Callable[[bytes], tuple[Any, ...]] = form.unpack
        return number(self.take(form.size))[0]
