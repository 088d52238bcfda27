"""Types by the text of cells, and that the quick way to read them changes nothing."""

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormer.runtimes.model_monitor import csv_blocks
from ormer.runtimes.model_monitor.csv_blocks import ReadPlan
from ormer.runtimes.model_monitor.literals import Kind, classify

from .conftest import CSV_WITH_HEADER, Analyze

# Deequ's own expressions, read by another engine than the one under test.
DEEQU_INTEGRAL = re.compile(r"(-|\+)? ?[0-9]+")
DEEQU_FRACTIONAL = re.compile(r"(-|\+)? ?[0-9]+((\.[0-9]+)|((?:\.[0-9]+)?[Ee][-+]?[0-9]+))")
CELLS = st.text(alphabet="01259.-+eEN anf", min_size=1, max_size=6).filter(lambda cell: cell.strip() != "")
NEAR_NUMBERS = st.sampled_from(
    ["1", "-3", "+5", "007", "1.0", "-2.5", "1e5", "1.5E-3", ".5", "5.", "NaN", "inf", "- 5", " -5", "true", "x"]
)


def deequ_kind(cell: str) -> Kind:
    if DEEQU_INTEGRAL.fullmatch(cell):
        return Kind.INTEGRAL
    return Kind.FRACTIONAL if DEEQU_FRACTIONAL.fullmatch(cell) else Kind.STRING


@pytest.mark.parametrize(
    ("cells", "inferred"),
    [
        (["1", "2"], "Integral"),
        (["007", "+5", "- 5"], "Integral"),
        (["1", "2.0"], "Fractional"),
        (["1", "1e5"], "Fractional"),
        (["1", ".5"], "String"),
        (["1.5", "5."], "String"),
        (["1.5", "NaN"], "String"),
        (["1.5", "inf"], "String"),
        (["true", "false"], "String"),
        (["1", "true"], "String"),
        (["1", "2", "?"], "String"),
        (["123456789012345678901234567890"], "Integral"),
    ],
)
def test_a_column_has_the_type_its_cells_reach(analyze: Analyze, cells: list[str], inferred: str) -> None:
    run = analyze("a,b\n" + "".join(f"{cell},1\n" for cell in cells), dataset_format=CSV_WITH_HEADER)
    assert run.feature("a")["inferred_type"] == inferred


def test_a_column_without_any_value_has_an_unknown_type(analyze: Analyze) -> None:
    run = analyze("a,b\n,1\n,2\n", dataset_format=CSV_WITH_HEADER)
    assert run.feature("a")["inferred_type"] == "Unknown"
    assert run.constraints["features"][0] == {"name": "a", "inferred_type": "Unknown", "completeness": 0.0}


@given(st.lists(CELLS | NEAR_NUMBERS, min_size=1, max_size=20))
def test_cells_are_of_the_forms_deequ_says(cells: list[str]) -> None:
    counted = classify(pl.Series(cells, dtype=pl.String))
    kinds = [deequ_kind(cell) for cell in cells]
    assert (counted.integral, counted.fractional, counted.text) == (
        kinds.count(Kind.INTEGRAL),
        kinds.count(Kind.FRACTIONAL),
        kinds.count(Kind.STRING),
    )


@settings(max_examples=80, deadline=None)
@given(cells=st.lists(CELLS | NEAR_NUMBERS, min_size=1, max_size=4), known=st.sampled_from([*Kind][1:3]))
def test_a_block_read_with_known_types_holds_no_cell_of_a_wider_type(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], known: Kind
) -> None:
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    path.write_text("".join(f"{cell},z\n" for cell in cells))
    frames = list(csv_blocks.read_csv(path, False, ReadPlan({"_c0": known}), ["_c0", "_c1"]))
    seen = max(classify(frame["_c0"]).kind for frame in frames)
    assert max(known, seen) == max([known, *map(deequ_kind, cells)])


@pytest.mark.parametrize("known", [Kind.INTEGRAL, Kind.FRACTIONAL])
@pytest.mark.parametrize(
    "cell", [".5", "5.", "-.5", "+5.", "5.e3", " -5", "  5", "NaN", "-inf", '".5"', '"5."', '" -5"']
)
def test_what_only_the_quick_parser_takes_for_a_number_is_text(tmp_path: Path, cell: str, known: Kind) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"x,1\nx,{cell}\n")
    [frame] = csv_blocks.read_csv(path, False, ReadPlan({"_c0": Kind.STRING, "_c1": known}), ["_c0", "_c1"])
    assert classify(frame["_c1"]).kind == Kind.STRING


def test_a_late_text_makes_the_whole_column_text(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "FIRST_BLOCK_BYTES", 64)
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 64)
    cells = ["007", "7"] * 50 + ["seven"]
    run = analyze("a,b\n" + "".join(f"{cell},1\n" for cell in cells), dataset_format=CSV_WITH_HEADER)
    assert run.feature("a")["string_statistics"] == {
        "common": {"num_present": 101, "num_missing": 0},
        "distinct_count": 3.0,
        "completeness": 1.0,
        "distribution": {
            "categorical": {
                "buckets": [
                    {"value": "007", "count": 50},
                    {"value": "7", "count": 50},
                    {"value": "seven", "count": 1},
                ]
            }
        },
    }
    assert run.feature("b")["numerical_statistics"]["sum"] == 101.0


def test_a_stray_quote_inside_a_cell_is_a_character(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 20)
    monkeypatch.setattr(csv_blocks, "FIRST_BLOCK_BYTES", 20)
    monkeypatch.setattr(csv_blocks, "RECORD_BYTES_MAX", 10)
    run = analyze('pipe 5",1\npipe 6,2\n' + "".join(f"pipe {i},3\n" for i in range(7, 17)))
    assert run.statistics["dataset"]["item_count"] == 12
    assert run.feature("_c1")["numerical_statistics"]["sum"] == 33.0


def test_records_with_line_breaks_in_quotes_stay_whole(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "FIRST_BLOCK_BYTES", 10)
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 10)
    run = analyze('name,n\r\n"a\r\nb, c",1\r\n"""d""\n",2\r\nplain,3', dataset_format=CSV_WITH_HEADER)
    buckets = run.feature("name")["string_statistics"]["distribution"]["categorical"]["buckets"]
    assert {bucket["value"] for bucket in buckets} == {"a\r\nb, c", '"d"\n', "plain"}
    assert run.feature("n")["numerical_statistics"]["sum"] == 6.0
