"""AWS's own results for the SDK's data bias check are repeated, and its drift verdicts with them."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

GOLDENS = os.environ.get("ORMER_GOLDENS")
pytestmark = pytest.mark.skipif(not GOLDENS, reason="ORMER_GOLDENS does not name the folder of AWS's own result files")

CONFIG = {
    "dataset_type": "text/csv",
    "headers": ["Label", "F1", "F2", "F3", "F4"],
    "label": "Label",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "F1", "value_or_threshold": [0.5]}],
    "group_variable": "F2",
    "methods": {"pre_training_bias": {"methods": "all"}, "report": {"name": "report", "title": "Analysis Report"}},
}


def golden(name: str) -> Path:
    return Path(GOLDENS or "") / "data_bias_step" / name


def metrics_of(analysis: dict[str, Any]) -> list[dict[str, Any]]:
    return analysis["pre_training_bias_metrics"]["facets"]["F1"][0]["metrics"]


def test_the_good_analysis_is_recomputed_to_the_last_digits(job: Any) -> None:
    job.write("dataset.csv", golden("dataset.csv").read_bytes())
    assert job.run(CONFIG) == 0
    expected = json.loads(golden("data_bias/good_cases/analysis.json").read_text())
    actual = job.output()
    for theirs, ours in zip(metrics_of(expected), metrics_of(actual), strict=True):
        assert math.isclose(theirs["value"], ours["value"], rel_tol=1e-12), theirs["name"]
        theirs["value"] = ours["value"]
    assert actual == expected


def test_the_good_baseline_has_no_violations_and_no_violations_file(job: Any) -> None:
    job.write("dataset.csv", golden("dataset.csv").read_bytes())
    job.environ["baseline_constraints"] = str(golden("data_bias/good_cases/analysis.json"))
    assert job.run(CONFIG) == 0
    assert job.message == "Completed: Job completed successfully with no violations."
    assert not job.file("constraint_violations.json").exists()


def test_the_bad_baseline_is_violated_by_the_metric_that_was_tampered_with(job: Any) -> None:
    job.write("dataset.csv", golden("dataset.csv").read_bytes())
    job.environ["baseline_constraints"] = str(golden("data_bias/bad_cases/analysis.json"))
    assert job.run(CONFIG) == 0
    assert job.message == "CompletedWithViolations: Job completed successfully with 1 violations."
    (violation,) = job.output("constraint_violations.json")["violations"]
    assert violation["metric_name"] == "KS"
    assert violation["facet_value"] == "(0.5, 0.9936148802477393]"
