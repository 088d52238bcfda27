"""The compiled evaluator reads text as Python does and walks trees as anybody would."""

from __future__ import annotations

import math
import struct
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ormer.engines.hosting.trees import NotFlat
from ormer.engines.hosting.trees import library as lib
from ormer.engines.hosting.trees.flat_trees import FlatTrees
from ormer.engines.hosting.trees.forests import Forest, Tree
from ormer.engines.hosting.trees.objectives import Reading

digits = st.text("0123456789", min_size=1, max_size=25)
decimals = st.builds(
    lambda sign, whole, part, exponent: f"{sign}{whole}{part}{exponent}",
    st.sampled_from(["", "-", "+"]),
    digits,
    st.one_of(st.just(""), st.just("."), digits.map(lambda text: f".{text}")),
    st.one_of(st.just(""), st.integers(-50, 40).map(lambda number: f"e{number}")),
)
floats = st.floats(allow_nan=False, allow_infinity=False, max_value=3e38, min_value=-3e38)


def narrowed(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def beside(value: float) -> float:
    """The next float32 above."""
    (bits,) = struct.unpack("<i", struct.pack("<f", value + 0.0))
    return float(
        struct.unpack("<f", struct.pack("<i", bits + 1 if bits >= 0 else bits - 1 if bits != -(2**31) else 1))[0]
    )


def stump(threshold: float, low: float, high: float) -> Tree:
    """`low` below the threshold, else `high`; a missing value goes to `low`."""
    links = array("i", [1, -1, -1]), array("i", [2, -1, -1])
    return Tree(*links, array("i", [0, 0, 0]), array("f", [threshold, low, high]), array("B", [1, 0, 0]), 0)


def halfway(value: float) -> float:
    return (narrowed(value) + beside(narrowed(value))) / 2


@settings(max_examples=3000, deadline=None)
@given(st.one_of(decimals, floats.map(repr), floats.map(halfway).map(repr), floats.map(lambda x: f"{halfway(x):.25e}")))
@example("16777217")
@example("1.00000005960464477539062500001")
@example("1e-45")
def test_a_number_is_pythons_float_narrowed_or_left_to_the_server(text):
    try:
        expected = narrowed(float(text))
    except OverflowError:
        expected = math.inf
    edge = beside(expected) if math.isfinite(expected) else expected
    trees = stump(expected, -100.0, 1.0), stump(edge, 2.0, -100.0)
    flat = FlatTrees(Forest("reg:squarederror", (0.0,), 2, 1, trees), Reading(lib.IDENTITY, lib.AS_IT_IS))
    answer = flat.predict(lib.CSV, f"{text},0".encode(), 1)
    assert answer in ([3.0], None)
    if len(text) <= 15 and "e" not in text:
        assert answer == [3.0]


def test_where_the_evaluator_was_not_compiled_models_are_not_flat(monkeypatch, tmp_path):
    assert lib.library() is lib.library()
    monkeypatch.setattr(lib, "SOURCE", tmp_path / "evaluator.c")
    with pytest.raises(NotFlat, match="no compiled evaluator"):
        lib.library.__wrapped__()
