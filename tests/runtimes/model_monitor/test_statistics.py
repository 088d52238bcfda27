"""What is said of a data set does not depend on how its rows are ordered, split or wrapped."""

import csv
import gzip
import io
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormer.runtimes.model_monitor import column_profiles, csv_blocks, value_stores
from ormer.runtimes.model_monitor.distances import numerical_distance
from ormer.runtimes.model_monitor.sketches import Sketch, read_sketch, sketch_sorted

from .conftest import CAPTURE, CSV_WITH_HEADER, Analyze, Run

ROWS = st.lists(
    st.tuples(
        st.integers(-1000, 1000),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: f"{x:.3f}"),
        st.sampled_from(["red", "green", "deep blue", ""]),
    ),
    min_size=1,
    max_size=40,
)
RELAXED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def as_csv(rows: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def without_sketch(run: Run) -> dict[str, Any]:
    document = run.statistics
    for feature in document["features"]:
        numbers = feature.get("numerical_statistics", {}).get("distribution", {"kll": {}})
        numbers["kll"].pop("sketch", None)
    return document


@RELAXED
@given(ROWS, st.randoms())
def test_the_order_of_rows_changes_nothing_but_the_order_in_the_sketch(
    analyze: Analyze, rows: list[Any], random: Any
) -> None:
    mixed = rows.copy()
    random.shuffle(mixed)
    assert without_sketch(analyze(as_csv(rows))) == without_sketch(analyze(as_csv(mixed)))


@RELAXED
@given(ROWS, st.integers(0, 40))
def test_rows_in_two_files_are_the_rows_of_one(analyze: Analyze, rows: list[Any], cut: int) -> None:
    split = analyze([as_csv(rows[:cut]), as_csv(rows[cut:])])
    assert split.statistics == analyze(as_csv(rows)).statistics


@RELAXED
@given(ROWS)
def test_captured_rows_say_the_same_as_the_rows_in_a_csv_file(analyze: Analyze, rows: list[Any]) -> None:
    lines = []
    for output, *inputs in rows:
        body = {"observedContentType": "text/csv", "encoding": "CSV"}
        captured = {
            "endpointInput": {**body, "mode": "INPUT", "data": as_csv([inputs])},
            "endpointOutput": {**body, "mode": "OUTPUT", "data": f"{output}\n"},
        }
        lines.append(json.dumps({"captureData": captured, "eventMetadata": {"eventId": "1"}, "eventVersion": "0"}))
    captures = analyze("\n".join(lines), dataset_format=CAPTURE)
    plain = analyze(as_csv(rows))
    assert captures.statistics == plain.statistics
    assert captures.constraints == plain.constraints


CELLS = st.one_of(
    st.sampled_from(
        ["", "0", "-0", "+ 7", "1.50", "1e3", "2E-3", ".5", "5.", "NaN", "true", "12 ", " 12", "é", 'say "hi"']
    ),
    st.integers(-(2**53), 2**53).map(str),
    st.floats(-1e9, 1e9, allow_nan=False).map(repr),
)


@RELAXED
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30), st.randoms(), st.integers(1, 29))
def test_cells_of_every_form_say_the_same_in_any_order_split_and_format(
    analyze: Analyze, rows: list[Any], random: Any, cut: int
) -> None:
    whole = without_sketch(analyze(as_csv([["a", "b"], *rows]), dataset_format=CSV_WITH_HEADER))
    mixed = rows.copy()
    random.shuffle(mixed)
    halves = [as_csv([["a", "b"], *part]) for part in (mixed[:cut], mixed[cut:]) if part]
    assert_alike(without_sketch(analyze(halves, dataset_format=CSV_WITH_HEADER)), whole)
    lines = "\n".join(json.dumps({"a": a or None, "b": b or None}) for a, b in mixed)
    assert_alike(without_sketch(analyze(lines, dataset_format='{"json": {"lines": true}}')), whole)
    captured = "\n".join(captured_row(as_csv([[a]]), as_csv([[b]])) for a, b in mixed)
    named = json.loads(
        json.dumps(whole).replace('"name": "a"', '"name": "_c0"').replace('"name": "b"', '"name": "_c1"')
    )
    if all(a and b for a, b in mixed):  # A cell alone on its line that is empty is no row of CSV.
        assert_alike(without_sketch(analyze(captured, dataset_format=CAPTURE)), named)


def captured_row(answer: str, request: str) -> str:
    body = {"observedContentType": "text/csv", "encoding": "CSV"}
    sides = {"endpointInput": {**body, "data": request}, "endpointOutput": {**body, "data": answer}}
    return json.dumps({"captureData": sides, "eventMetadata": {"eventId": "1"}, "eventVersion": "0"})


def assert_alike(ours: Any, theirs: Any) -> None:
    """Equal but for the last digits of sums, 1e-9 of them."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key, value in theirs.items():
            assert_alike(ours[key], value)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert_alike(mine, other)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=0)
    else:
        assert ours == theirs


@pytest.mark.parametrize("pieces", [2, 7])
def test_sums_of_columns_in_pieces_do_not_depend_on_the_order_of_rows(
    analyze: Analyze, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    numbers = np.random.default_rng(pieces).lognormal(3, 2, 4000).round(4)
    for module in (value_stores, column_profiles):
        monkeypatch.setattr(module, "SORTED_VALUES", 4000 // pieces)
        monkeypatch.setattr(module, "READ_VALUES", 100)
    monkeypatch.setattr(value_stores, "RESIDENT_BYTES", 8000)
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 5000)
    monkeypatch.setattr(csv_blocks, "FIRST_BLOCK_BYTES", 1000)
    rows = [f"{number}\n" for number in numbers]
    mixed = np.random.default_rng(0).permutation(rows).tolist()
    assert_alike(without_sketch(analyze("".join(mixed))), without_sketch(analyze("".join(rows))))


def test_numbers_are_summed_up_as_numpy_and_the_standard_library_do(analyze: Analyze) -> None:
    numbers = np.random.default_rng(1).normal(50, 20, 5000).round(3)
    described = analyze("\n".join(map(str, numbers)))
    found = described.feature("_c0")["numerical_statistics"]
    assert found["mean"] == pytest.approx(statistics.fmean(numbers), rel=1e-13)
    assert found["std_dev"] == pytest.approx(statistics.pstdev(numbers), rel=1e-12)
    assert (found["min"], found["max"]) == (numbers.min(), numbers.max())
    assert found["approximate_num_distinct_values"] == len(set(numbers))
    counts = [bucket["count"] for bucket in found["distribution"]["kll"]["buckets"]]
    assert counts == np.histogram(numbers, 10)[0].tolist()


def test_a_column_that_never_changes_fills_its_last_bucket(analyze: Analyze) -> None:
    found = analyze("5\n5\n5\n").feature("_c0")["numerical_statistics"]
    buckets = found["distribution"]["kll"]["buckets"]
    assert [bucket["count"] for bucket in buckets] == [0.0] * 9 + [3.0]
    assert (found["std_dev"], buckets[-1]["upper_bound"]) == (0.0, 5.0)


def test_missing_cells_lower_the_completeness(analyze: Analyze) -> None:
    run = analyze("a,b\n1,x\n,y\n3,\n4,\n", dataset_format=CSV_WITH_HEADER)
    assert [feature["completeness"] for feature in run.constraints["features"]] == [0.75, 0.5]
    assert run.feature("b")["string_statistics"]["common"] == {"num_present": 2, "num_missing": 2}


def test_texts_of_more_than_120_kinds_have_no_distribution_and_no_domain(analyze: Analyze) -> None:
    few = analyze("".join(f"x{i}\n" for i in range(120)))
    many = analyze("".join(f"x{i}\n" for i in range(121)))
    assert len(few.constraints["features"][0]["string_constraints"]["domains"]) == 120
    assert "string_constraints" not in many.constraints["features"][0]
    assert "distribution" not in many.feature("_c0")["string_statistics"]
    assert many.feature("_c0")["string_statistics"]["distinct_count"] == 121.0


def test_negative_numbers_are_told_from_numbers_that_are_not(analyze: Analyze) -> None:
    features = analyze("1,-1\n0,2\n").constraints["features"]
    assert [feature["num_constraints"]["is_non_negative"] for feature in features] == [True, False]


def test_json_lines_json_and_parquet_say_the_same_as_csv(analyze: Analyze, tmp_path: Path) -> None:
    table = pl.DataFrame({"n": [1, 2, None], "f": [1.5, 2.0, -3.25], "s": ["a", None, "b"], "t": [True, False, True]})
    table.write_parquet(tmp_path / "table.parquet")
    table.write_csv(tmp_path / "table.csv")
    lines = table.write_ndjson()
    runs = [
        analyze(tmp_path / "table.csv", dataset_format=CSV_WITH_HEADER),
        analyze(tmp_path / "table.parquet", dataset_format='{"parquet": {}}'),
        analyze(lines, dataset_format='{"json": {"lines": true}}'),
        analyze(json.dumps(table.to_dicts()), dataset_format='{"json": {"lines": false}}'),
    ]
    assert all(run.statistics == runs[0].statistics for run in runs)
    assert [f["inferred_type"] for f in runs[0].statistics["features"]] == [
        "Integral",
        "Fractional",
        "String",
        "String",
    ]


def test_nested_json_becomes_columns_with_dotted_names(analyze: Analyze) -> None:
    run = analyze('{"a": {"b": 1, "c": [2.5, "x"]}}\n', dataset_format='{"json": {"lines": true}}')
    names = {f["name"]: f["inferred_type"] for f in run.statistics["features"]}
    assert names == {"a.b": "Integral", "a.c.0": "Fractional", "a.c.1": "String"}


def test_compressed_files_are_read_like_plain_ones(analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(b"1,x\n2,y\n"))
    assert analyze(tmp_path / "rows.csv.gz").statistics == analyze("1,x\n2,y\n").statistics


@pytest.mark.parametrize("count", [2049, 4095, 4096, 10_001, 65_537])
def test_a_sketch_stands_for_every_value_within_its_rank_error(count: int) -> None:
    values = np.sort(np.random.default_rng(count).normal(size=count))
    sketch = sketch_sorted([values], count)
    assert sketch.count == count
    assert len(sketch.levels[-1]) <= 2048
    exact = Sketch([values])
    assert numerical_distance(sketch, exact, robust=False) <= (1 << (len(sketch.levels) - 1)) / count


def test_a_sketch_that_aws_wrote_is_read_by_weight() -> None:
    document = {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[5.0, 1.0], [3.0], [], [2.0]]}
    items, weights = read_sketch(document).weighted()
    assert items.tolist() == [1.0, 2.0, 3.0, 5.0]
    assert weights.tolist() == [1.0, 8.0, 2.0, 1.0]


def test_values_on_disk_and_in_pieces_say_the_same_as_in_memory(
    analyze: Analyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(2)
    rows = [(i, f"{x:.4f}", f"u{i}") for i, x in enumerate(random.normal(size=20_000))]
    whole = analyze(as_csv(rows))
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 50_000)
    monkeypatch.setattr(value_stores, "RESIDENT_BYTES", 100_000)
    on_disk = analyze(as_csv(rows))
    assert on_disk.statistics == whole.statistics
    for module in (value_stores, column_profiles):
        monkeypatch.setattr(module, "SORTED_VALUES", 4096)
    in_pieces = analyze(as_csv(rows))
    for name in ("_c0", "_c1"):
        ours, exact = (run.feature(name)["numerical_statistics"] for run in (in_pieces, whole))
        assert ours["distribution"]["kll"]["buckets"] == exact["distribution"]["kll"]["buckets"]
        assert ours["std_dev"] == pytest.approx(exact["std_dev"], rel=1e-12)
        assert ours["approximate_num_distinct_values"] == exact["approximate_num_distinct_values"]
        sketches = [read_sketch(found["distribution"]["kll"]["sketch"]) for found in (ours, exact)]
        assert sketches[0].count == 20_000
        assert numerical_distance(*sketches, robust=False) < 0.002
    assert in_pieces.feature("_c2")["string_statistics"]["distinct_count"] == 20_000.0
