"""The compiled evaluator (evaluator.c), described for ctypes. Other threads run while it computes."""

from __future__ import annotations

import ctypes
import functools
from array import array
from pathlib import Path

from ormer.engines.hosting import compiled
from ormer.engines.hosting.trees.forests import NotFlat

SOURCE = Path(__file__).with_name("evaluator.c")
CSV, LIBSVM, CELLS = 0, 1, 2
IDENTITY, SIGMOID, EXPONENTIAL, HINGE, SOFTMAX, SOFTPROB, WIDE_EXPONENTIAL = range(7)
AS_IT_IS, LOGIT, LOG = range(3)
LANES = 8
NODE_BYTES = 16
CANNOT = -1


class TreeStart(ctypes.Structure):
    """ormer_tree."""

    _fields_ = (("root", ctypes.c_int32), ("depth", ctypes.c_int32), ("group", ctypes.c_int32))


class Model(ctypes.Structure):
    """ormer_model; whoever makes one keeps the arrays it points to."""

    _fields_ = (
        ("nodes", ctypes.c_void_p),
        ("trees", ctypes.c_void_p),
        ("base", ctypes.c_void_p),
        ("tree_count", ctypes.c_int64),
        ("groups", ctypes.c_int64),
        ("columns", ctypes.c_int64),
        ("transform", ctypes.c_int32),
    )


@functools.cache
def library() -> ctypes.CDLL:
    """The evaluator. Raises NotFlat where there is none that was built from the source that is installed."""
    try:
        loaded = compiled.load(SOURCE, ctypes.CDLL)
    except compiled.NotCompiled as error:
        raise NotFlat(str(error)) from error
    _describe(loaded)
    return loaded


def _describe(loaded: ctypes.CDLL) -> None:
    loaded.ormer_trees_margin.argtypes = [ctypes.c_int32, ctypes.c_float]
    loaded.ormer_trees_margin.restype = ctypes.c_float
    pointer, whole = ctypes.c_void_p, ctypes.c_int64
    loaded.ormer_trees_lay.argtypes = [pointer] * 5 + [whole, whole, pointer, whole, pointer, pointer]
    loaded.ormer_trees_lay.restype = whole
    loaded.ormer_trees_transform.argtypes = [pointer, pointer, whole, pointer]
    loaded.ormer_trees_transform.restype = None
    loaded.ormer_trees_answer.argtypes = [pointer, ctypes.c_int32, ctypes.c_char_p, whole, pointer, whole]
    loaded.ormer_trees_answer.restype = whole


def address(numbers: array[float] | array[int]) -> int:
    """Where an array lies; good as long as the array lives and does not grow."""
    return numbers.buffer_info()[0]
