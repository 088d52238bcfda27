"""The same numbers as AWS's service for the same input."""

from pathlib import Path
from typing import Any

import pytest

from .conftest import CSV_WITH_HEADER, Analyze, Run, read

NEW_SINCE_2021 = {"completeness", "approximate_num_distinct_values"}
NEW_CONFIG = {"categorical_comparison_threshold", "categorical_drift_method"}


@pytest.fixture
def data_run(analyze: Analyze, goldens: Path) -> Any:
    def run(case: str) -> Run:
        folder = goldens / "data_quality"
        return analyze(
            folder / "baseline_dataset.csv",
            baseline_constraints=folder / case / "constraints.json",
            baseline_statistics=folder / "statistics.json",
        )

    return run


@pytest.fixture
def model_run(analyze: Analyze, goldens: Path) -> Any:
    def run(case: str) -> Run:
        folder = goldens / "model_quality"
        return analyze(
            folder / "baseline_dataset.csv",
            dataset_format=CSV_WITH_HEADER,
            analysis_type="MODEL_QUALITY",
            problem_type="Regression",
            inference_attribute="Label",
            ground_truth_attribute="Prediction",
            baseline_constraints=folder / case / "constraints.json",
        )

    return run


def assert_near(ours: Any, theirs: Any, where: str = "") -> None:
    if isinstance(theirs, dict):
        assert set(theirs) <= set(ours) and set(ours) - set(theirs) <= NEW_SINCE_2021, where
        for key, value in theirs.items():
            assert_near(ours[key], value, f"{where}.{key}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for index, value in enumerate(theirs):
            assert_near(ours[index], value, f"{where}[{index}]")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=2e-15, abs=0), where
    else:
        assert ours == theirs, where


def test_data_statistics_equal_those_of_aws(data_run: Any, goldens: Path) -> None:
    assert_near(data_run("good_cases").statistics, read(goldens / "data_quality" / "statistics.json"))


def test_bucket_counts_and_sketches_equal_those_of_aws_exactly(data_run: Any, goldens: Path) -> None:
    run = data_run("good_cases")
    for theirs in read(goldens / "data_quality" / "statistics.json")["features"]:
        spread = theirs["numerical_statistics"]["distribution"]
        ours = run.feature(theirs["name"])["numerical_statistics"]["distribution"]
        assert [b["count"] for b in ours["kll"]["buckets"]] == [b["count"] for b in spread["kll"]["buckets"]]
        assert ours["kll"]["sketch"] == spread["kll"]["sketch"]


def test_suggested_data_constraints_equal_those_of_aws(data_run: Any, goldens: Path) -> None:
    theirs = read(goldens / "data_quality" / "good_cases" / "constraints.json")
    ours = data_run("good_cases").constraints
    assert ours["features"] == theirs["features"]
    spread = ours["monitoring_config"]["distribution_constraints"]
    ours["monitoring_config"]["distribution_constraints"] = {k: v for k, v in spread.items() if k not in NEW_CONFIG}
    assert ours["monitoring_config"] == theirs["monitoring_config"]


def test_data_that_meets_the_good_constraints_has_no_violation(data_run: Any) -> None:
    run = data_run("good_cases")
    assert (run.code, run.violations) == (0, [])
    assert run.message == "Completed: Job completed successfully with no violations."


def test_the_bad_data_constraints_are_violated_by_the_changed_type(data_run: Any) -> None:
    run = data_run("bad_cases")
    assert [(v["feature_name"], v["constraint_check_type"]) for v in run.violations] == [("_c5", "data_type_check")]
    assert run.message == "CompletedWithViolations: Job completed successfully with 1 violations."


def test_regression_statistics_equal_those_of_aws(model_run: Any, goldens: Path) -> None:
    assert_near(model_run("good_cases").statistics, read(goldens / "model_quality" / "statistics.json"))


def test_suggested_regression_constraints_are_the_metrics_themselves(model_run: Any, goldens: Path) -> None:
    run = model_run("good_cases")
    assert_near(run.constraints, read(goldens / "model_quality" / "good_cases" / "constraints.json"))
    assert run.violations == []


def test_the_bad_regression_constraints_are_violated_by_mse_alone(model_run: Any) -> None:
    assert model_run("bad_cases").violations == [
        {
            "constraint_check_type": "GreaterThanThreshold",
            "description": "Metric mse with 0.3336493360980098 was GreaterThanThreshold 0.03364933609800973",
            "metric_name": "mse",
        }
    ]
