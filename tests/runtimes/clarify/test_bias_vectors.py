"""The bias metrics repeat six hundred random reports of the open source Clarify library (oracle/generate.py)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ormer.runtimes.clarify.bias_reports import post_training_section, pre_training_section
from ormer.runtimes.clarify.datasets import Dataset
from ormer.runtimes.clarify.errors import ClientError
from ormer.runtimes.clarify.tables import typed

VECTORS = Path(__file__).parent / "oracle" / "bias_vectors.json"
# The library cannot sort groups of texts of which some are missing; here those rows are in no group, as for numbers.
CRASH = "not supported between instances of"
CASES = json.loads(VECTORS.read_text())


def dataset_of(case: dict[str, Any]) -> tuple[Dataset, pl.Series]:
    rows = pl.DataFrame([typed(pl.Series(name, cells)) for name, cells in case["columns"].items()])
    predicted = rows["predicted"]
    rows = rows.drop("predicted")
    features = [name for name in rows.columns if name != "label"]
    return Dataset(rows, features, "label", None, None, case["config"]["group"]), predicted


def config_of(case: dict[str, Any]) -> dict[str, Any]:
    facet = {"name_or_index": "facet"}
    if case["config"]["facet"] is not None:
        facet["value_or_threshold"] = case["config"]["facet"]
    methods = {"pre_training_bias": {"methods": "all"}, "post_training_bias": {"methods": "all"}}
    return {"facet": [facet], "label_values_or_threshold": case["config"]["label"], "methods": methods}


def computed(case: dict[str, Any], stage: str) -> Any:
    dataset, predicted = dataset_of(case)
    try:
        if stage == "pre_training":
            section = pre_training_section(dataset, config_of(case))
        else:
            section = post_training_section(dataset, config_of(case), predicted)
    except ClientError as error:
        return {"error": str(error)}
    return {
        entry["value_or_threshold"]: {
            metric["name"]: [metric["error"]] if "error" in metric else metric["value"] for metric in entry["metrics"]
        }
        for entry in section["facets"]["facet"]
    }


def differences(expected: Any, actual: Any, path: str) -> list[str]:
    if isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() == actual.keys():
        return [text for key in expected for text in differences(expected[key], actual[key], f"{path}/{key}")]
    if isinstance(expected, list) and CRASH in expected[0]:
        return []
    if isinstance(expected, list) and isinstance(actual, list):
        # Texts of other packages go on about themselves; ours end where what is meant has been said.
        return [] if expected[0].startswith(actual[0]) else [f"{path}: {expected} != {actual}"]
    if isinstance(expected, float) and isinstance(actual, float | int):
        close = math.isclose(expected, actual, rel_tol=1e-12, abs_tol=1e-12)
        return [] if close else [f"{path}: {expected} != {actual}"]
    return [] if expected == actual else [f"{path}: {expected!r} != {actual!r}"]


@pytest.mark.parametrize("stage", ["pre_training", "post_training"])
def test_every_report_of_the_library_is_repeated_to_twelve_digits(stage: str) -> None:
    found = [
        text
        for number, case in enumerate(CASES)
        if case[stage] is not None  # The library crashed on it.
        for text in differences(case[stage], computed(case, stage), f"case {number}")
    ]
    assert sum(case[stage] is not None for case in CASES) >= 550
    assert not found, f"{len(found)} differences: " + "; ".join(found[:10])


def test_the_vectors_reach_infinities_errors_intervals_and_one_report_per_value() -> None:
    stages = ("pre_training", "post_training")
    reports = [case[stage] for case in CASES for stage in stages if case[stage] is not None]
    shown = [
        value for report in reports for entry in report.values() if isinstance(entry, dict) for value in entry.values()
    ]
    keys = [key for report in reports for key in report]
    assert {"Infinity", "-Infinity"} <= {value for value in shown if isinstance(value, str)}
    assert any(isinstance(value, list) for value in shown)
    assert any(key.startswith("(") for key in keys)
    assert any(len(report) == 3 for report in reports)
    assert any(isinstance(report.get("error"), str) for report in reports)
