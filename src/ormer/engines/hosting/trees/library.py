"""The compiled evaluator (evaluator.c), loaded and described for ctypes.

It is built when ormer is installed (hatch_build.py). ctypes releases the interpreter's lock while it computes.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
from array import array
from pathlib import Path

from ormer.engines.hosting.trees.forests import NotFlat

SOURCE = Path(__file__).with_name("evaluator.c")
BINARY = Path(__file__).with_name("evaluator.so")
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
    """The evaluator. Raises NotFlat where it was not built, or from another source than the one that is installed."""
    if not BINARY.exists():
        raise NotFlat(
            "there is no compiled evaluator: install a C compiler (or let pip fetch ziglang), then ormer again"
        )
    try:
        loaded = ctypes.CDLL(str(BINARY))
        _describe(loaded)
    except (OSError, AttributeError) as error:
        raise NotFlat(f"the compiled evaluator does not load here ({error}); install ormer again") from error
    if loaded.ormer_trees_source().decode() != hashlib.sha256(SOURCE.read_bytes()).hexdigest():
        raise NotFlat("the compiled evaluator was built from another source; install ormer again")
    return loaded


def _describe(loaded: ctypes.CDLL) -> None:
    loaded.ormer_trees_source.restype = ctypes.c_char_p
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
