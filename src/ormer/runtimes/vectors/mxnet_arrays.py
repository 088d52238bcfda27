"""Lists of arrays in MXNet's own binary form, read and written without MXNet.

Amazon's first algorithms keep their models so, and notebooks open them with `mxnet.ndarray.load`.
https://github.com/apache/mxnet/blob/1.9.1/src/ndarray/ndarray.cc (NDArray::Save)
"""

from __future__ import annotations

import struct
from typing import Any, Mapping

import numpy as np

LIST_MAGIC, ARRAY_MAGIC = 0x112, 0xF993FAC9
DENSE = 0
PROCESSOR = (1, 0)
"""Where an array was made: device 0 of the kind that is no GPU."""
TYPES = {0: "<f4", 1: "<f8", 2: "<f2"}
FLOAT32 = 0
# A model's arrays have few dimensions; more than these means that the bytes are something else.
DIMENSIONS_MAX = 8


def read(content: bytes) -> dict[str, Any]:
    """Returns {name: array}, without the `arg:` or `aux:` before a name; nameless arrays are called by their number.

    Raises ValueError, KeyError or struct.error for bytes that are no such list.
    """
    reader = _Reader(content)
    if reader.take("<QQ")[0] != LIST_MAGIC:
        raise ValueError("the parameters are no list of MXNet arrays")
    found = [_array(reader) for _ in range(reader.take("<Q")[0])]
    names = [reader.bytes(reader.take("<Q")[0]).decode() for _ in range(reader.take("<Q")[0])]
    if not names:
        return {str(number): array for number, array in enumerate(found)}
    return {name.partition(":")[2] or name: array for name, array in zip(names, found)}


def write(arrays: Mapping[str, Any], named: bool = True) -> bytes:
    """Returns the arrays, as float32, as such a list."""
    parts = [struct.pack("<QQQ", LIST_MAGIC, 0, len(arrays))]
    for array in arrays.values():
        values = np.ascontiguousarray(array, dtype="<f4")
        parts.append(struct.pack("<IiI", ARRAY_MAGIC, DENSE, values.ndim))
        parts.append(struct.pack(f"<{values.ndim}q", *values.shape))
        parts.append(struct.pack("<iii", *PROCESSOR, FLOAT32) + values.tobytes())
    names = [name.encode() for name in arrays] if named else []
    parts.append(struct.pack("<Q", len(names)))
    parts += [struct.pack("<Q", len(name)) + name for name in names]
    return b"".join(parts)


def _array(reader: _Reader) -> Any:
    magic, storage, dimensions = reader.take("<IiI")
    if magic != ARRAY_MAGIC or storage != DENSE or dimensions > DIMENSIONS_MAX:
        raise ValueError("an array of the parameters is not dense, or of another release of MXNet")
    shape = reader.take(f"<{dimensions}q")
    kind = np.dtype(TYPES[reader.take("<iii")[2]])
    return np.frombuffer(reader.bytes(int(np.prod(shape)) * kind.itemsize), kind).reshape(shape)


class _Reader:
    """Bytes read from front to back."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self.bytes(struct.calcsize(form)))

    def bytes(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._content):
            raise ValueError("the parameters end too early")
        self._at += count
        return self._content[self._at - count : self._at]
