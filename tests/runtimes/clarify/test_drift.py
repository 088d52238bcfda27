"""Drift is a bias metric farther from its ideal, or another order of importance; nothing else."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ormer.runtimes.clarify.drift import ranking_agreement, violations


def bias(shown: str = "0", stage: str = "post_training", **values: Any) -> dict[str, Any]:
    metrics = [{"name": name, "description": name, "value": value} for name, value in values.items()]
    facets = {"Sex": [{"value_or_threshold": shown, "metrics": metrics}]}
    return {f"{stage}_bias_metrics": {"label": "y", "facets": facets, "label_value_or_threshold": "1"}}


def attributions(**values: float) -> dict[str, Any]:
    return {"explanations": {"kernel_shap": {"label0": {"global_shap_values": values, "expected_value": 0.1}}}}


@pytest.mark.parametrize(
    ("name", "before", "now", "is_violation"),
    [
        ("DPPL", 0.2, 0.3, True),
        ("DPPL", 0.2, 0.2, False),
        ("DPPL", 0.2, 0.1, False),
        ("DPPL", 0.2, -0.3, True),
        ("DPPL", -0.3, 0.2, False),
        ("TE", 2.0, "Infinity", True),
        ("TE", "-Infinity", 5.0, False),
        ("DI", 0.9, 1.05, False),
        ("DI", 0.9, 0.8, True),
        ("DI", 1.0, 0.0, True),
        ("FT", None, 0.4, False),
        ("FT", 0.4, None, False),
    ],
)
def test_a_metric_violates_only_when_farther_from_its_ideal(
    name: str, before: Any, now: Any, is_violation: bool
) -> None:
    assert bool(violations(bias(**{name: now}), bias(**{name: before}))) == is_violation


def test_a_bias_violation_reads_as_aws_writes_it() -> None:
    (entry,) = violations(bias(CDDPL=0.3748947825295131), bias(CDDPL=0.28176563733194276))
    assert entry == {
        "facet": "Sex",
        "facet_value": "0",
        "metric_name": "CDDPL",
        "constraint_check_type": "bias_drift_check",
        "description": "Metric value 0.3748947825295131 doesn't meet the baseline constraint requirement "
        "0.28176563733194276",
    }


def test_an_infinity_is_written_as_a_word() -> None:
    (entry,) = violations(bias(TE="Infinity"), bias(TE=0.5))
    assert entry["description"] == "Metric value Infinity doesn't meet the baseline constraint requirement 0.5"


def test_intervals_that_begin_alike_are_the_same_group_although_their_ends_differ() -> None:
    assert violations(bias("(0.5, 0.99]", CI=0.5), bias("(0.5, 0.97]", CI=0.1))
    assert not violations(bias("red", CI=0.5), bias("blue", CI=0.1))


def test_sections_that_only_one_analysis_has_are_not_compared() -> None:
    assert not violations(bias(stage="pre_training", CI=0.5), bias(DPPL=0.1))


def test_the_documented_ranking_example_is_repeated() -> None:
    baseline, live = {"f1": 0.3, "f2": 0.2, "f3": 0.1}, {"f1": 0.1, "f2": 0.2, "f3": 0.3}
    gained = 0.1 + 0.2 / math.log2(3) + 0.3 / 2
    best = 0.3 + 0.2 / math.log2(3) + 0.1 / 2
    assert ranking_agreement(baseline, live) == pytest.approx(gained / best)
    assert ranking_agreement(baseline, baseline) == 1.0


def test_another_order_of_importance_is_a_violation() -> None:
    now, before = attributions(a=0.01, b=0.02, c=0.9), attributions(a=0.9, b=0.1, c=0.01)
    (entry,) = violations(now, before)
    score = ranking_agreement({"a": 0.9, "b": 0.1, "c": 0.01}, {"a": 0.01, "b": 0.02, "c": 0.9})
    assert score < 0.9
    assert entry == {
        "label": "label0",
        "metric_name": "shap",
        "constraint_check_type": "feature_attribution_drift_check",
        "description": f"Feature attribution drift {score} exceeds threshold 0.9",
    }
    assert not violations(before, before)


def test_a_feature_that_vanished_counts_as_the_least_important() -> None:
    assert ranking_agreement({"a": 0.5, "b": 0.1}, {"b": 0.1}) < 1.0


def test_a_baseline_that_is_no_json_is_refused(job: Any, tmp_path: Any) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    job.environ["baseline_constraints"] = str(broken)
    config = {"dataset_type": "text/csv", "methods": {"shap": {}}, "predictor": {"model_name": "m"}}
    assert job.run(config) == 1
    assert job.message.startswith("ClientError: Unable to load the baseline constraints broken.json as JSON: ")
    broken.write_text("[]")
    assert job.run(config) == 1
    assert "it is not an object" in job.message
