"""Metrics of answers against independent implementations and the figures AWS's pages print."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as oracle

from ormer.runtimes.model_monitor.classification import always_highest, binary_metrics, multiclass_metrics

from .conftest import CSV_WITH_HEADER, Analyze, Run

QUALITY = {"dataset_format": CSV_WITH_HEADER, "analysis_type": "MODEL_QUALITY", "ground_truth_attribute": "truth"}
BINARY = {**QUALITY, "problem_type": "BinaryClassification"}
MULTICLASS = {**QUALITY, "problem_type": "MulticlassClassification", "inference_attribute": "guess"}


def scored(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, str]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, count)
    scores = np.clip(truth * 0.3 + random.random(count) * 0.7, 0, 1).round(2)
    rows = "".join(f"{t},{s}\n" for t, s in zip(truth, scores, strict=True))
    return truth, scores, "truth,score\n" + rows


def values(run: Run, key: str) -> dict[str, float]:
    return {name: metric["value"] for name, metric in run.statistics[key].items() if "value" in metric}


def test_binary_metrics_equal_those_of_scikit_learn(analyze: Analyze) -> None:
    truth, scores, rows = scored(300)
    run = analyze(rows, **BINARY, probability_attribute="score", probability_threshold_attribute="0.6")
    guess = (scores > 0.6).astype(int)
    found = values(run, "binary_classification_metrics")
    assert found["precision"] == pytest.approx(oracle.precision_score(truth, guess))
    assert found["recall"] == found["true_positive_rate"] == pytest.approx(oracle.recall_score(truth, guess))
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(truth, guess))
    assert found["true_negative_rate"] == pytest.approx(oracle.recall_score(truth, guess, pos_label=0))
    assert found["false_positive_rate"] == pytest.approx(1 - found["true_negative_rate"])
    assert found["auc"] == pytest.approx(oracle.roc_auc_score(truth, scores))
    for name, beta in {"f0_5": 0.5, "f1": 1, "f2": 2}.items():
        assert found[name] == pytest.approx(oracle.fbeta_score(truth, guess, beta=beta))
    matrix = oracle.confusion_matrix(truth, guess).tolist()
    document = run.statistics["binary_classification_metrics"]["confusion_matrix"]
    assert [[document[a][p] for p in "01"] for a in "01"] == matrix


def test_curves_equal_those_of_scikit_learn(analyze: Analyze) -> None:
    truth, scores, rows = scored(150)
    run = analyze(rows, **BINARY, probability_attribute="score")
    document = run.statistics["binary_classification_metrics"]
    false_rates, true_rates, _ = oracle.roc_curve(truth, scores, drop_intermediate=False)
    roc = document["receiver_operating_characteristic_curve"]
    assert roc["false_positive_rates"] == pytest.approx(false_rates.tolist())
    assert roc["true_positive_rates"] == pytest.approx(true_rates.tolist())
    precisions, recalls, _ = oracle.precision_recall_curve(truth, scores)
    assert document["precision_recall_curve"]["recalls"] == pytest.approx(recalls[::-1].tolist())
    assert document["precision_recall_curve"]["precisions"][1:] == pytest.approx(precisions[::-1][1:].tolist())


def test_a_label_without_a_score_has_no_curve(analyze: Analyze) -> None:
    run = analyze("truth,guess\n1,1.0\n0,0.0\n1,0\n", **BINARY, inference_attribute="guess")
    found = run.statistics["binary_classification_metrics"]
    assert "auc" not in found and "precision_recall_curve" not in found
    assert found["accuracy"]["value"] == pytest.approx(2 / 3)


def test_multiclass_metrics_equal_the_weighted_ones_of_scikit_learn(analyze: Analyze) -> None:
    random = np.random.default_rng(3)
    truth = random.choice(["cat", "dog", "owl"], 250, p=[0.5, 0.3, 0.2])
    guess = np.where(random.random(250) < 0.7, truth, random.choice(["cat", "dog", "owl"], 250))
    rows = "truth,guess\n" + "".join(f"{t},{g}\n" for t, g in zip(truth, guess, strict=True))
    run = analyze(rows, **MULTICLASS)
    found = values(run, "multiclass_classification_metrics")
    weighted: dict[str, Any] = {"average": "weighted", "zero_division": 0}
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(truth, guess))
    assert found["weighted_precision"] == pytest.approx(oracle.precision_score(truth, guess, **weighted))
    assert found["weighted_recall"] == pytest.approx(oracle.recall_score(truth, guess, **weighted))
    assert found["weighted_f0_5"] == pytest.approx(oracle.fbeta_score(truth, guess, beta=0.5, **weighted))
    owl = np.full(250, "owl")
    assert found["weighted_f2_best_constant_classifier"] == pytest.approx(
        oracle.fbeta_score(truth, owl, beta=2, **weighted)
    )


def test_the_constant_classifier_of_the_documentation_recomputes() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html: multiclass sample.
    matrix = np.array([[1180, 510], [268, 138]])
    share = 406 / 2096
    assert multiclass_metrics(matrix)["accuracy"] == 1318 / 2096
    constant = multiclass_metrics(always_highest(matrix))
    assert constant["accuracy"] == constant["weighted_recall"] == share
    assert constant["weighted_precision"] == pytest.approx(share**2)
    assert binary_metrics(always_highest(np.array([[1, 2], [0, 1]])))["accuracy"] == 0.25


def test_from_200_rows_on_metrics_have_a_repeatable_spread(analyze: Analyze) -> None:
    few, many = scored(199)[2], scored(200)[2]
    spreads = [
        analyze(rows, **BINARY, probability_attribute="score").statistics["binary_classification_metrics"]["f1"]
        for rows in (few, many, many)
    ]
    assert spreads[0]["standard_deviation"] == "NaN"
    assert 0 < spreads[1]["standard_deviation"] < 0.1
    assert spreads[1] == spreads[2]


def test_answers_that_got_worse_violate_and_better_ones_do_not(analyze: Analyze) -> None:
    good, bad = "truth,guess\n1,1\n2,2\n3,4\n", "truth,guess\n1,1\n2,3\n3,4\n"
    regression = {**QUALITY, "problem_type": "Regression", "inference_attribute": "guess"}
    baseline = {name: analyze(rows, **regression).path("constraints") for name, rows in (("good", good), ("bad", bad))}
    assert analyze(good, **regression, baseline_constraints=baseline["good"]).violations == []
    assert analyze(good, **regression, baseline_constraints=baseline["bad"]).violations == []
    violations = analyze(bad, **regression, baseline_constraints=baseline["good"]).violations
    assert [violation["metric_name"] for violation in violations] == ["mae", "mse", "rmse", "r2"]
    assert violations[3]["constraint_check_type"] == "LessThanThreshold"


def test_a_violation_of_many_rows_names_the_spread(analyze: Analyze) -> None:
    baseline = analyze(scored(300)[2], **BINARY, probability_attribute="score")
    constraints = baseline.constraints
    constraints["binary_classification_constraints"] = {
        "precision": {"threshold": 1.0, "comparison_operator": "LessThanThreshold"}
    }
    baseline.path("constraints").write_text(json.dumps(constraints))
    run = analyze(
        scored(300)[2], **BINARY, probability_attribute="score", baseline_constraints=baseline.path("constraints")
    )
    found = run.statistics["binary_classification_metrics"]["precision"]
    assert run.violations[0]["description"] == (
        f"Metric precision with {found['value']} +/- {found['standard_deviation']} was LessThanThreshold 1.0"
    )


def test_constraints_hold_the_present_values_and_which_way_is_worse(analyze: Analyze) -> None:
    run = analyze(scored(50)[2], **BINARY, probability_attribute="score")
    constraints = run.constraints["binary_classification_constraints"]
    assert set(constraints) == {
        *("recall", "precision", "accuracy", "true_positive_rate", "true_negative_rate"),
        *("false_positive_rate", "false_negative_rate", "auc", "f0_5", "f1", "f2"),
    }
    rising = {name for name, c in constraints.items() if c["comparison_operator"] == "GreaterThanThreshold"}
    assert rising == {"false_positive_rate", "false_negative_rate"}
    assert constraints["auc"]["threshold"] == values(run, "binary_classification_metrics")["auc"]


def merged(output: Any, encoding: str, truth: str) -> str:
    answer = {"observedContentType": "x", "mode": "OUTPUT", "data": output, "encoding": encoding}
    record = {
        "eventVersion": "0",
        "groundTruthData": {"data": truth, "encoding": "CSV"},
        "captureData": {"endpointInput": {"data": "1,2", "encoding": "CSV"}, "endpointOutput": answer},
        "eventMetadata": {"eventId": "1", "inferenceId": "7", "inferenceTime": "2026-01-01T00:00:00Z"},
    }
    return json.dumps(record)


@pytest.mark.parametrize(
    ("encoding", "outputs", "attribute"),
    [
        ("CSV", ["0.9\n", "0.2"], "0"),
        ("CSV", ["x,0.9", "x,0.2"], "1"),
        ("JSON", ['{"score": 0.9}', '{"score": 0.2}'], "score"),
        ("JSON", ['{"predictions": [{"score": 0.9}]}', '{"predictions": [{"score": 0.2}]}'], "$.predictions[0].score"),
        ("JSON", ['{"predictions": [{"score": 0.9}]}', '{"predictions": [{"score": 0.2}]}'], "predictions[*].score"),
        ("BASE64", ["MC45", "MC4y"], "0"),
        (
            "JSON",
            ['{"predictions": [{"p": [0.1, 0.9]}]}', '{"predictions": [{"p": [0.8, 0.2]}]}'],
            "predictions[0].p[1]",
        ),
        ("JSON", ['{"out": {"p": [0.1, 0.9]}}', '{"out": {"p": [0.8, 0.2]}}'], "out.p[1]"),
    ],
)
@pytest.mark.parametrize("source", ["endpoint", "batchTransform"])
def test_captures_merged_with_ground_truth_are_judged(
    analyze: Analyze, encoding: str, outputs: list[str], attribute: str, source: str
) -> None:
    lines = "\n".join(merged(o, encoding, t) for o, t in zip(outputs, ["1", "0"], strict=True))
    lines = lines.replace('"observedContentType": "x"', '"observedContentType": "text/csv; charset=utf-8"')
    lines = lines.replace("endpointInput", f"{source}Input").replace("endpointOutput", f"{source}Output")
    run = analyze(
        lines,
        dataset_format=json.dumps({"sagemakerMergeJson": {"captureIndexNames": [f"{source}Output"]}}),
        analysis_type="MODEL_QUALITY",
        problem_type="BinaryClassification",
        probability_attribute=attribute,
        probability_threshold_attribute="0.5",
        publish_cloudwatch_metrics="Enabled",
    )
    assert run.code == 0, run.message
    assert run.statistics["binary_classification_metrics"]["accuracy"]["value"] == 1.0
    assert {"accuracy", "auc", "f2"} <= {metric["MetricName"] for metric in run.metrics}
