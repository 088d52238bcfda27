"""Exports as an enemy would write them: they end in NotFlat, never in a crash, a loop or a read beyond an array."""

from __future__ import annotations

import contextlib
import json
import os
import struct
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormer.engines.hosting.trees import NotFlat, build, ubjson
from ormer.engines.hosting.trees import library as lib
from ormer.engines.hosting.trees.flat_trees import STEPS_MAX, FlatTrees
from ormer.engines.hosting.trees.forests import Forest, Tree
from ormer.engines.hosting.trees.objectives import Reading

COLUMNS = 4
PLAIN = Reading(lib.IDENTITY, lib.AS_IT_IS)
FILES = ("flat.json", "model.ubj", "rows.f32", "predictions.f32", "margins.f32", "outcomes.f32")
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def exported(runtimes, tmp_path_factory) -> dict[str, bytes]:
    """{name: content} of a good export."""
    root = tmp_path_factory.mktemp("root")
    runtimes("own").train([{"path": root / "model" / "xgboost-model", "columns": COLUMNS, "rounds": 3}])
    runtimes("own").export({str(root): {}})
    return {name: (root / "flat" / name).read_bytes() for name in FILES}


@pytest.fixture
def folder(exported, tmp_path) -> Path:
    for name, content in exported.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def built_or_not_flat(folder: Path) -> None:
    """An enemy's model may be evaluated; then it answers numbers or nothing."""
    try:
        made = build(folder, {})
    except NotFlat:
        return
    for body in (b"1,2,3,4", b",,,", b"1e30,-1e30,0,nan\n" * 100):
        answer = made.answer(body, "text/csv", "")
        assert answer is None or answer.status == 200


def test_a_good_export_is_built(folder):
    assert build(folder, {}).answer(b"1,2,3,4", "text/csv", "").status == 200


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_or_cut_short_is_told(folder, exported, name):
    for length in (0, 1, len(exported[name]) // 2, len(exported[name]) - 1):
        (folder / name).write_bytes(exported[name][:length])
        with pytest.raises(NotFlat):
            build(folder, {})
    (folder / name).unlink()
    with pytest.raises(NotFlat, match=f"left no {name}"):
        build(folder, {})


@pytest.mark.parametrize("name", FILES)
def test_links_pipes_and_folders_are_not_followed_or_waited_for(folder, name):
    elsewhere = folder / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)
    with pytest.raises(NotFlat, match=name):
        build(folder, {})
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(NotFlat, match=name):
        build(folder, {})
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(NotFlat, match=name):
        build(folder, {})


@pytest.mark.parametrize("name", ["predictions.f32", "outcomes.f32"])
def test_one_bit_of_one_prediction_decides(folder, exported, name):
    content = bytearray(exported[name])
    content[4 * 7] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(NotFlat, match="other numbers"):
        build(folder, {})


def test_facts_beyond_the_limits_are_refused(folder, exported):
    facts = json.loads(exported["flat.json"])
    for change in ({"rows": -1}, {"rows": 2**40}, {"rows": 0}, {"width": 3}, {"version": 2}, {"margins": "many"}):
        (folder / "flat.json").write_text(json.dumps(facts | change))
        with pytest.raises(NotFlat):
            build(folder, {})
    (folder / "flat.json").write_text('{"version": 1, "not_flat": "it is not to be"}')
    with pytest.raises(NotFlat, match="it is not to be"):
        build(folder, {})


def test_an_infinite_cell_does_not_walk_out_of_a_leaf(folder, exported):
    rows = array("f", exported["rows.f32"])
    rows[5] = float("inf")
    (folder / "rows.f32").write_bytes(rows.tobytes())
    with pytest.raises(NotFlat, match="other numbers"):
        build(folder, {})


@FUZZ
@given(st.data())
def test_a_model_with_changed_bytes_is_built_or_not_flat(exported, folder, data):
    content = bytearray(exported["model.ubj"])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=4))
    (folder / "model.ubj").write_bytes(content)
    built_or_not_flat(folder)


indices = st.one_of(st.integers(-2, 8), st.sampled_from([2**31 - 1, -(2**31)]))
floats = st.floats(width=32)


@st.composite
def enemy_trees(draw: st.DrawFn) -> Tree:
    count = draw(st.integers(0, 8))

    def numbers(code: str, values: st.SearchStrategy[float]) -> array[float]:
        return array(code, draw(st.lists(values, min_size=count, max_size=count)))

    return Tree(
        numbers("i", indices),
        numbers("i", indices),
        numbers("i", st.integers(-1, COLUMNS) | st.just(2**31 - 1)),
        numbers("f", floats),
        numbers("B", st.integers(0, 255)),
        draw(st.integers(0, 1)),
    )


@settings(FUZZ, max_examples=1500)
@given(st.lists(enemy_trees(), max_size=10), st.binary(max_size=60), st.sampled_from([lib.CSV, lib.LIBSVM, lib.CELLS]))
def test_trees_whose_links_lead_anywhere_are_refused_or_walked_to_an_end(trees, body, kind):
    try:
        flat = FlatTrees(Forest("reg:squarederror", (0.5, 0.5), COLUMNS, 2, tuple(trees)), PLAIN)
    except NotFlat:
        return
    flat.predict(kind, body, body.count(b"\n") + 1)
    assert len(flat.predict(lib.CSV, b"1,2,3,4\n,,,\n" * 40, 80) or []) == 160


def test_a_circle_and_a_way_out_are_named():
    def refused(left: int, right: int, feature: int = 0) -> str:
        three = array("i", [left, -1, -1]), array("i", [right, -1, -1]), array("i", [feature] * 3)
        tree = Tree(*three, array("f", [0, 0, 0]), array("B", [0, 0, 0]), 0)
        with pytest.raises(NotFlat) as caught:
            FlatTrees(Forest("reg:squarederror", (0.5,), COLUMNS, 1, (tree,)), PLAIN)
        return str(caught.value)

    assert "out of it" in refused(1, 3)
    assert "out of it" in refused(0, 2)
    assert "out of it" in refused(1, 2, feature=COLUMNS)
    links = array("i", [1, 1, -1]), array("i", [2, 2, -1])
    tree = Tree(*links, array("i", [0] * 3), array("f", [0] * 3), array("B", [0] * 3), 0)
    with pytest.raises(NotFlat, match="circle"):
        FlatTrees(Forest("reg:squarederror", (0.5,), COLUMNS, 1, (tree,)), PLAIN)


def test_a_way_that_is_too_long_is_refused():
    count = 2 * STEPS_MAX + 3
    left = array("i", [place + 1 if place % 2 == 0 and place + 2 < count else -1 for place in range(count)])
    right = array("i", [place + 2 if child > 0 else -1 for place, child in enumerate(left)])
    tree = Tree(left, right, array("i", bytes(4 * count)), array("f", bytes(4 * count)), array("B", bytes(count)), 0)
    with pytest.raises(NotFlat, match="splits on its way"):
        FlatTrees(Forest("reg:squarederror", (0.5,), COLUMNS, 1, (tree,)), PLAIN)


@settings(FUZZ, max_examples=1000)
@given(st.text(alphabet="{}[$#SLUiIldDZTF\x00\x01\x02\x7f", max_size=80))
def test_any_ubjson_is_read_or_malformed(text):
    with contextlib.suppress(ubjson.Malformed):
        ubjson.load(text.encode("latin-1"))


def test_documents_that_promise_more_than_they_hold_cost_nothing():
    huge = struct.pack(">q", 2**62)
    for content in (b"[$d#L" + huge, b"[#L" + huge, b"SL" + huge, b"{L" + huge, b"[$d#L" + struct.pack(">q", -1)):
        with pytest.raises(ubjson.Malformed):
            ubjson.load(content)
    with pytest.raises(ubjson.Malformed, match="levels"):
        ubjson.load(b"[" * 100_000)
    with pytest.raises(ubjson.Malformed, match="values"):
        ubjson.load(b"[" + b"Z" * 3_000_000 + b"]")
    with pytest.raises(ubjson.Malformed, match="twice"):
        ubjson.load(b"{U\x01aZU\x01aZ}")


@pytest.mark.parametrize(
    "change",
    [
        {"learner_model_param": {"base_score": "1," * 10_000, "num_feature": "4"}},
        {"learner_model_param": {"base_score": "nan", "num_feature": "4"}},
        {"learner_model_param": {"base_score": "1" * 5000, "num_feature": "4"}},
        {"learner_model_param": {"base_score": "1", "num_feature": "9" * 5000}},
        {"learner_model_param": {"base_score": "1", "num_feature": "4", "num_class": "-3", "num_target": "99999999"}},
        {"learner_model_param": []},
        {"objective": {"name": []}},
        {"objective": {"name": "reg:invented"}},
        {"gradient_booster": {"name": "dart"}},
        {"gradient_booster": {"name": "gbtree", "model": {"trees": [], "tree_info": [[]]}}},
        {"gradient_booster": {"name": "gbtree", "model": {"trees": [{}], "tree_info": [0]}}},
    ],
)
def test_documents_with_something_else_in_them_are_not_flat(folder, exported, change):
    document = ubjson.load(exported["model.ubj"])
    document["learner"].update(change)
    (folder / "model.ubj").write_bytes(dumped(document))
    with pytest.raises(NotFlat):
        build(folder, {})


def dumped(value: object) -> bytes:
    """UBJSON of a document."""
    if isinstance(value, dict):
        pairs = (b"L" + struct.pack(">q", len(name)) + name.encode() + dumped(one) for name, one in value.items())
        return b"{" + b"".join(pairs) + b"}"
    if isinstance(value, array):
        swapped = array(value.typecode, value)
        swapped.byteswap()
        code = {"f": b"d", "i": b"l", "B": b"U", "q": b"L", "b": b"i"}[value.typecode]
        return b"[$" + code + b"#L" + struct.pack(">q", len(value)) + swapped.tobytes()
    if isinstance(value, list):
        return b"[" + b"".join(map(dumped, value)) + b"]"
    if isinstance(value, str):
        return b"SL" + struct.pack(">q", len(value)) + value.encode()
    return b"L" + struct.pack(">q", int(value))
