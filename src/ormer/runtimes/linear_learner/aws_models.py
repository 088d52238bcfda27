"""Models that AWS's own linear-learner trained: `model_algo-1` as a zip of an MXNet module, read without MXNet.

In it: `additional-params.json` with the kind of predictor, the loss and the threshold, and `mx-mod-0000.params`, a list
of named arrays in MXNet's own binary form, of which `fc0_weight` (features × outputs) and `fc0_bias` are the model.
https://github.com/apache/mxnet/blob/1.9.1/src/ndarray/ndarray.cc (NDArray::Save)
"""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from typing import Any, Dict, Tuple

import numpy as np

PARAMETERS, ABOUT = "mx-mod-0000.params", "additional-params.json"
LIST_MAGIC, ARRAY_MAGIC = 0x112, 0xF993FAC9
DENSE = 0
TYPES = {0: "<f4", 1: "<f8", 2: "<f2"}
# A linear model has few dimensions; more than these means that the bytes are something else.
DIMENSIONS_MAX = 8


def is_one(path: Path) -> bool:
    """Whether the file is a model of AWS's algorithm."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as packed:
        return {PARAMETERS, ABOUT} <= set(packed.namelist())


def read(path: Path) -> Tuple[Any, Any, Dict[str, Any]]:
    """Returns (weights: outputs × features, bias: one an output, what else the model says).

    Raises ValueError, KeyError or struct.error for bytes that are not such a model.
    """
    with zipfile.ZipFile(path) as packed:
        about = json.loads(packed.read(ABOUT))
        arrays = _arrays(packed.read(PARAMETERS))
    weights, bias = arrays["fc0_weight"], arrays["fc0_bias"].reshape(-1)
    return weights.reshape(-1, bias.size).T.astype("f8"), bias.astype("f8"), about


def _arrays(content: bytes) -> Dict[str, Any]:
    """The named arrays, without the `arg:` or `aux:` before each name."""
    reader = _Reader(content)
    if reader.take("<QQ")[0] != LIST_MAGIC:
        raise ValueError("the parameters are no list of MXNet arrays")
    found = [_array(reader) for _ in range(reader.take("<Q")[0])]
    names = [reader.bytes(reader.take("<Q")[0]).decode() for _ in range(reader.take("<Q")[0])]
    return {name.partition(":")[2] or name: array for name, array in zip(names, found)}


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

    def take(self, form: str) -> Tuple[Any, ...]:
        return struct.unpack(form, self.bytes(struct.calcsize(form)))

    def bytes(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._content):
            raise ValueError("the parameters end too early")
        self._at += count
        return self._content[self._at - count : self._at]
