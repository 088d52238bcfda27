"""Each check of data quality: what passes, what does not, and the words."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ormer.runtimes.model_monitor import csv_blocks
from ormer.runtimes.model_monitor.distances import (
    categorical_distance,
    chi_squared_p_value,
    chi_squared_tail,
    numerical_distance,
)
from ormer.runtimes.model_monitor.sketches import Sketch, read_sketch

from .conftest import CAPTURE, CSV_WITH_HEADER, Analyze, Run

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 1000), min_size=1).filter(
    lambda counts: sum(counts.values()) > 0
)


class Baseline:
    """A baseline computed from some rows, whose constraints a test changes."""

    def __init__(self, analyze: Analyze, rows: str, **environ: str) -> None:
        self.analyze, self.environ = analyze, {"dataset_format": CSV_WITH_HEADER, **environ}
        self.run = analyze(rows, **self.environ)
        self.constraints = self.run.constraints

    def feature(self, name: str) -> dict[str, Any]:
        return next(feature for feature in self.constraints["features"] if feature["name"] == name)

    def check(self, rows: str, **environ: str) -> Run:
        self.run.path("constraints").write_text(json.dumps(self.constraints))
        return self.analyze(
            rows,
            **self.environ | environ,
            baseline_constraints=self.run.path("constraints"),
            baseline_statistics=self.run.path("statistics"),
        )


def found(run: Run) -> list[tuple[str, str]]:
    return [(violation["feature_name"], violation["constraint_check_type"]) for violation in run.violations]


def table(numbers: list[Any], texts: list[str]) -> str:
    return "n,s\n" + "".join(f"{n},{s}\n" for n, s in zip(numbers, texts, strict=True))


def test_the_baseline_data_itself_violates_nothing(analyze: Analyze) -> None:
    rows = table([*range(100)], ["a", "b"] * 50)
    assert found(Baseline(analyze, rows).check(rows)) == []


def test_a_share_of_other_types_violates_the_data_type_check(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1, 2, 3, 4], [*"aabb"]))
    run = baseline.check(table([1, 2, 3, 4.5], [*"aabb"]))
    assert run.violations == [
        {
            "feature_name": "n",
            "constraint_check_type": "data_type_check",
            "description": "Data type match requirement is not met. Expected data type: Integral, "
            "Expected match: 100.0%. Observed: Only 75.0% of data is Integral.",
        }
    ]
    baseline.constraints["monitoring_config"]["datatype_check_threshold"] = 0.75
    assert found(baseline.check(table([1, 2, 3, 4.5], [*"aabb"]))) == []


def test_one_text_among_numbers_counts_as_one_mismatch(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1.5, 2, 3, 4], [*"aabb"]))
    run = baseline.check(table([1.5, "x", 3, 4], [*"aabb"]))
    assert "Only 75.0% of data is Fractional." in run.violations[0]["description"]


def test_whole_numbers_are_fractions_too(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1.5, 2, 3, 4], [*"aabb"]))
    assert found(baseline.check(table([1, 2, 3, 4], [*"aabb"]))) == []


def test_numbers_where_text_was_violate_the_data_type_check(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1, 2], ["a", "7"]))
    assert ("s", "data_type_check") in found(baseline.check(table([1, 2], ["7", "7"])))


def test_more_missing_cells_than_before_violate_the_completeness_check(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1, 2, "", 4], [*"aabb"]))
    assert found(baseline.check(table([1, 2, "", 4], [*"aabb"]))) == []
    run = baseline.check(table(["", 2, "", 4], [*"aabb"]))
    assert run.violations == [
        {
            "feature_name": "n",
            "constraint_check_type": "completeness_check",
            "description": "Value: 0.5 does not meet the constraint requirement! ",
        }
    ]


def test_a_value_outside_the_domain_violates_the_categorical_values_check(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1, 2, 3, 4], [*"aabb"]))
    run = baseline.check(table([1, 2, 3, 4], [*"aabc"]))
    assert run.violations == [
        {
            "feature_name": "s",
            "constraint_check_type": "categorical_values_check",
            "description": "Value: 0.75 does not meet the constraint requirement! ",
        }
    ]
    baseline.constraints["monitoring_config"]["domain_content_threshold"] = 0.75
    assert found(baseline.check(table([1, 2, 3, 4], [*"aabc"]))) == []


def test_columns_that_are_gone_or_new_are_named(analyze: Analyze) -> None:
    baseline = Baseline(analyze, "a,b\n1,2\n3,4\n")
    run = baseline.check("a,c,d\n1,2,3\n3,4,5\n")
    assert found(run) == [("b", "missing_column_check"), ("c,d", "extra_column_check")]
    assert run.violations[0]["description"] == (
        "There are missing columns in current dataset. Number of columns in current dataset: 3, "
        "Number of columns in baseline constraints: 2"
    )


def test_shifted_numbers_violate_the_drift_check_and_unshifted_do_not(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([*range(1000)], ["a", "b"] * 500))
    assert found(baseline.check(table([i + 50 for i in range(1000)], ["a", "b"] * 500))) == []
    run = baseline.check(table([i + 400 for i in range(1000)], ["a", "b"] * 500))
    assert found(run) == [("n", "baseline_drift_check")]
    expected = 0.4 - 1.8 * math.sqrt(2000 / 1_000_000)
    words, distance, rest = re.split(r"([0-9]\.[0-9]{3,})", run.violations[0]["description"])
    assert words + rest == "Baseline drift distance:  exceeds threshold: 0.1"
    assert float(distance) == pytest.approx(expected)


def test_the_simple_method_does_not_forgive_small_samples(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([*range(50)], ["a", "b"] * 25))
    moved = table([i + 10 for i in range(50)], ["a", "b"] * 25)
    assert found(baseline.check(moved)) == []
    spread = baseline.constraints["monitoring_config"]["distribution_constraints"]
    spread["comparison_method"] = "Simple"
    assert found(baseline.check(moved)) == [("n", "baseline_drift_check")]
    spread["perform_comparison"] = "Disabled"
    assert found(baseline.check(moved)) == []


def test_other_shares_of_categories_violate_the_drift_check_by_either_method(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1] * 1000, ["a", "b"] * 500))
    same, other = table([1] * 1000, ["b", "a"] * 500), table([1] * 1000, ["a", "a", "a", "b"] * 250)
    assert found(baseline.check(same)) == []
    assert found(baseline.check(other)) == [("s", "baseline_drift_check")]
    assert found(baseline.check(same, categorical_drift_method="ChiSquared")) == []
    run = baseline.check(other, categorical_drift_method="ChiSquared")
    assert "is below threshold: 0.1" in run.violations[0]["description"]


def test_categories_have_a_threshold_of_their_own(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1] * 1000, ["a", "b"] * 500))
    other = table([1] * 1000, ["a", "a", "a", "b"] * 250)
    spread = baseline.constraints["monitoring_config"]["distribution_constraints"]
    spread["categorical_comparison_threshold"] = 0.5
    assert found(baseline.check(other)) == []
    del spread["categorical_comparison_threshold"]
    assert found(baseline.check(other)) == [("s", "baseline_drift_check")]


@pytest.mark.parametrize("key", ["monitoringConfigOverrides", "monitoring_config_overrides"])
def test_a_feature_overrides_the_thresholds_of_the_data_set(analyze: Analyze, key: str) -> None:
    baseline = Baseline(analyze, table([1, 2, 3, 4], [*"aabb"]))
    wrong = table([1, 2, 3, 4.5], [*"aabc"])
    assert found(baseline.check(wrong)) == [("n", "data_type_check"), ("s", "categorical_values_check")]
    baseline.feature("n")[key] = {"datatype_check_threshold": 0.5}
    baseline.feature("s")[key] = {"evaluate_constraints": "Disabled"}
    assert found(baseline.check(wrong)) == []


def test_a_baseline_without_newer_members_is_understood(analyze: Analyze, tmp_path: Path) -> None:
    old = {"version": 0.0, "features": [{"name": "_c0", "inferred_type": "Integral", "completeness": 1.0}]}
    (tmp_path / "constraints.json").write_text(json.dumps(old))
    run = analyze("1\nx\n", baseline_constraints=tmp_path / "constraints.json")
    assert found(run) == [("_c0", "data_type_check")]


def test_captured_columns_take_the_baselines_names_by_position(analyze: Analyze) -> None:
    baseline = Baseline(analyze, "label,age,city\n1,20,x\n0,30,y\n")
    body = {"observedContentType": "text/csv", "encoding": "CSV"}
    captured = {"endpointInput": {**body, "data": "25,x"}, "endpointOutput": {**body, "data": "0.75"}}
    line = json.dumps({"captureData": captured, "eventMetadata": {"eventId": "1"}, "eventVersion": "0"})
    run = baseline.check(line, dataset_format=CAPTURE)
    assert [feature["name"] for feature in run.statistics["features"]] == ["label", "age", "city"]
    assert found(run) == [("label", "data_type_check")]
    assert "Only 0.0% of data is Integral." in run.violations[0]["description"]


def test_metrics_for_cloudwatch_carry_values_presence_and_drift(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1, 2, 3, 4], [*"aabb"]))
    run = baseline.check(
        table([1, 2, "", 5], [*"aabb"]),
        publish_cloudwatch_metrics="Enabled",
        end_time="2026-01-01T01:00:00Z",
        sagemaker_endpoint_name="prod",
        sagemaker_monitoring_schedule_name="hourly",
    )
    metrics = {metric["MetricName"]: metric for metric in run.metrics}
    assert metrics["feature_data_n"]["StatisticValues"] == {
        "SampleCount": 3.0,
        "Sum": 8.0,
        "Minimum": 1.0,
        "Maximum": 5.0,
    }
    assert metrics["feature_non_null_n"]["Value"] == 3.0
    assert metrics["feature_baseline_drift_s"]["Value"] == 0.0
    assert metrics["feature_data_n"]["Timestamp"] == "2026-01-01T01:00:00Z"
    assert metrics["feature_data_n"]["Dimensions"] == [
        {"Name": "Endpoint", "Value": "prod"},
        {"Name": "MonitoringSchedule", "Value": "hourly"},
    ]


@given(st.lists(st.floats(-100, 100), min_size=1), st.lists(st.floats(-100, 100), min_size=1))
def test_the_simple_distance_is_the_kolmogorov_smirnov_statistic(first: list[float], second: list[float]) -> None:
    ours = numerical_distance(read_sketch({"data": [first]}), read_sketch({"data": [second]}), robust=False)

    def share(values: list[float], point: float) -> float:
        return sum(value <= point for value in values) / len(values)

    theirs = max(abs(share(first, point) - share(second, point)) for point in first + second)
    assert ours == pytest.approx(theirs, abs=1e-12)


@given(COUNTS, COUNTS)
def test_the_categorical_distance_is_symmetric_and_at_most_one(first: dict[str, int], second: dict[str, int]) -> None:
    distance = categorical_distance(first, second, robust=False)
    assert 0 <= distance <= 1
    assert distance == categorical_distance(second, first, robust=False)
    assert categorical_distance(first, second, robust=True) <= distance


@given(st.floats(0, 500), st.integers(1, 120))
def test_the_chi_squared_tail_equals_scipys(statistic: float, degrees: int) -> None:
    assert chi_squared_tail(statistic, degrees) == pytest.approx(
        stats.chi2.sf(statistic, degrees), rel=1e-9, abs=1e-300
    )


def test_rare_categories_are_put_together_before_the_chi_squared_test() -> None:
    current, baseline = {"a": 60, "b": 38, "c": 1, "d": 1}, {"a": 50, "b": 46, "c": 2, "d": 2}
    expected = stats.chisquare([60, 38, 2], [50, 46, 4])
    # Three categories allow none below five, so the pair c + d joins b.
    joined = stats.chisquare([60, 40], [50, 50])
    assert chi_squared_p_value(current, baseline) == pytest.approx(joined.pvalue)
    assert joined.pvalue != expected.pvalue
    assert math.isnan(chi_squared_p_value({"a": 3}, {"a": 9}))


def test_an_empty_sketch_has_no_distance() -> None:
    assert math.isnan(numerical_distance(Sketch([]), read_sketch({"data": [[1.0]]}), robust=True))


def test_whole_numbers_among_fractions_are_counted_in_every_block(
    analyze: Analyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline = Baseline(analyze, table([1, 2], ["a", "b"]))
    monkeypatch.setattr(csv_blocks, "FIRST_BLOCK_BYTES", 64)
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 64)
    rows = table([1.5, *range(199)], ["a", "b"] * 100)
    texts = {violation["description"] for violation in baseline.check(rows).violations}
    assert any("Only 99.5% of data is Integral." in text for text in texts)


def test_excluded_columns_are_neither_described_nor_missed(analyze: Analyze) -> None:
    baseline = Baseline(analyze, "a,b,c\n1,2,x\n3,4,y\n")
    run = baseline.check("a,b,c\n1,q,z\n3,r,z\n", exclude_features_attribute="b, 2")
    assert [feature["name"] for feature in run.statistics["features"]] == ["a"]
    assert found(run) == []


def test_metrics_are_silent_for_the_features_that_say_so(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1, 2, 3, 4], [*"aabb"]))
    published = {"publish_cloudwatch_metrics": "Enabled"}
    baseline.feature("s")["monitoring_config_overrides"] = {"emit_metrics": "Disabled"}
    names = {metric["MetricName"] for metric in baseline.check(table([1, 2, 3, 4], [*"aabb"]), **published).metrics}
    assert "feature_data_n" in names and not any(name.endswith("_s") for name in names)
    baseline.constraints["monitoring_config"]["emit_metrics"] = "Disabled"
    baseline.feature("s")["monitoring_config_overrides"] = {"emit_metrics": "Enabled"}
    names = {metric["MetricName"] for metric in baseline.check(table([1, 2, 3, 4], [*"aabb"]), **published).metrics}
    assert names == {"feature_non_null_s", "feature_null_s", "feature_baseline_drift_s"}


def test_switched_off_constraints_violate_nothing_but_for_features_that_switch_them_on(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([1, 2, 3, 4], [*"aabb"]))
    baseline.constraints["monitoring_config"]["evaluate_constraints"] = "Disabled"
    worse = "s,extra\n" + "c,1\n" * 4
    run = baseline.check(worse)
    assert (found(run), run.message) == ([], "Completed: Job completed successfully with no violations.")
    baseline.feature("s")["monitoringConfigOverrides"] = {"evaluate_constraints": "Enabled"}
    assert ("s", "categorical_values_check") in found(baseline.check(worse))


def test_a_feature_overrides_how_its_distribution_is_compared(analyze: Analyze) -> None:
    baseline = Baseline(analyze, table([*range(50)], ["a", "b"] * 25))
    moved = table([i + 10 for i in range(50)], ["a", "b"] * 25)
    assert found(baseline.check(moved)) == []
    simple = {"distribution_constraints": {"comparison_method": "Simple"}}
    baseline.feature("n")["monitoring_config_overrides"] = simple
    assert found(baseline.check(moved)) == [("n", "baseline_drift_check")]
    simple["distribution_constraints"]["comparison_threshold"] = 0.5
    assert found(baseline.check(moved)) == []


def test_a_baseline_of_large_data_that_deequ_sketched_is_compared_by_weight(analyze: Analyze, tmp_path: Path) -> None:
    # Deequ's compactor keeps every other item of a level, beginning at either, and doubles the weight.
    constraints = {"features": [{"name": "_c0", "inferred_type": "Integral", "completeness": 1.0}]}
    levels = [
        [float(i) for i in range(0, 8, 2)],
        [float(i) for i in range(9, 4000, 4)],
        [float(i) for i in range(2, 8000, 8)],
    ]
    count = sum(len(items) << level for level, items in enumerate(levels))
    sketch = {"parameters": {"c": 0.64, "k": 2048.0}, "data": levels}
    numbers = {
        "common": {"num_present": count, "num_missing": 0},
        "distribution": {"kll": {"buckets": [], "sketch": sketch}},
    }
    statistics = {"features": [{"name": "_c0", "inferred_type": "Integral", "numerical_statistics": numbers}]}
    (tmp_path / "constraints.json").write_text(json.dumps(constraints))
    (tmp_path / "statistics.json").write_text(json.dumps(statistics))
    files = {"baseline_constraints": tmp_path / "constraints.json", "baseline_statistics": tmp_path / "statistics.json"}
    weighted = [int(item) for level, items in enumerate(levels) for item in items for _ in range(1 << level)]
    same = "".join(f"{value}\n" for value in weighted)
    assert found(analyze(same, **files)) == []
    twice = "".join(f"{value * 2}\n" for value in weighted)
    assert found(analyze(twice, **files)) == [("_c0", "baseline_drift_check")]
