"""Runs of bias and explainability monitors: captured records in every form, and what a schedule tells by variables."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

WEIGHTS = np.array([1.0, -2.0, 0.5])
ROWS = [[0.1 * (i % 7), 0.2 * (i % 5), 0.3 * (i % 3)] for i in range(60)]
SOURCE = "/opt/ml/processing/input/endpoint"
RESULTS = "/opt/ml/processing/resultdata"
# What the SDK's BiasAnalysisConfig writes: the service knows the rest.
BIAS = {
    "headers": ["y", "a", "b", "c"],
    "label": "y",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "a", "value_or_threshold": [0.3]}],
    "group_variable": "c",
}
SHAP = {"shap": {"baseline": [[0.0, 0.0, 0.0]], "num_samples": 100, "agg_method": "mean_abs"}}


def probability(row: list[float]) -> float:
    return float(1 / (1 + np.exp(-(np.array(row, dtype=float) @ WEIGHTS))))


LABELS = [int(probability(row) > 0.45) for row in ROWS]
GUESSES = [int(probability(row) > 0.5) for row in ROWS]


def side(data: Any, kind: str = "text/csv", encoding: str = "CSV") -> dict[str, Any]:
    return {"observedContentType": kind, "mode": "INPUT", "data": data, "encoding": encoding}


def record(request: Any, answer: Any, truth: Any = None, transform: bool = False) -> str:
    names = ("batchTransformInput", "batchTransformOutput") if transform else ("endpointInput", "endpointOutput")
    captured = {name: part for name, part in zip(names, (request, answer), strict=True) if part is not None}
    document: dict[str, Any] = {"captureData": captured, "eventVersion": "0", "eventMetadata": {"eventId": "e-1"}}
    if truth is not None:
        document["groundTruthData"] = {"data": truth, "encoding": "CSV"}
    return json.dumps(document)


def cells(*values: Any) -> str:
    return ",".join(map(str, values))


@pytest.fixture
def monitor(job: Any) -> Any:
    """A job as the schedule starts it: data and results in places of their own."""
    job.environ |= {
        "sagemaker_monitoring_schedule_name": "hourly",
        "sagemaker_endpoint_name": "prod",
        "dataset_source": SOURCE,
        "output_path": RESULTS,
        "publish_cloudwatch_metrics": "Enabled",
        "end_time": "2026-01-01T01:00:00Z",
        "analysis_type": "MODEL_BIAS",
    }
    return job


def capture(job: Any, lines: list[str]) -> None:
    folder = job.root / "processing" / "input" / "endpoint" / "prod" / "v1" / "2026" / "01" / "01" / "00"
    folder.mkdir(parents=True)
    half = len(lines) // 2
    for name, part in {"a": lines[:half], "b": lines[half:]}.items():
        (folder / f"{name}.jsonl").write_text("\n".join(part) + "\n")


def results(job: Any, name: str = "analysis.json") -> Any:
    return json.loads((job.root / "processing" / "resultdata" / name).read_text())


def values(job: Any, stage: str = "post_training") -> dict[str, Any]:
    (entry,) = results(job)[f"{stage}_bias_metrics"]["facets"]["a"]
    return {metric["name"]: metric["value"] for metric in entry["metrics"]}


def expected_dppl() -> float:
    facet = np.array([row[0] > 0.3 for row in ROWS])
    guesses = np.array(GUESSES)
    return float(guesses[~facet].mean() - guesses[facet].mean())


def test_a_bias_monitor_computes_every_metric_although_its_configuration_names_no_method(monitor: Any) -> None:
    lines = [
        record(side(cells(*row)), side(f"{probability(row)}\n"), str(y)) for row, y in zip(ROWS, LABELS, strict=True)
    ]
    capture(monitor, lines)
    monitor.environ["probability_threshold_attribute"] = "0.5"
    assert monitor.run(BIAS) == 0, monitor.message
    assert values(monitor)["DPPL"] == pytest.approx(expected_dppl())
    assert len(values(monitor)) == 13 and len(values(monitor, "pre_training")) == 8
    assert isinstance(values(monitor)["CDDPL"], float)
    lines = (monitor.root / "output" / "metrics" / "cloudwatch").read_text().splitlines()
    dimensions = {pair["Name"]: pair["Value"] for pair in json.loads(lines[0])["Dimensions"]}
    assert (dimensions["Endpoint"], dimensions["MonitoringSchedule"]) == ("prod", "hourly")
    assert not (monitor.root / "processing" / "output").exists()


def test_a_bias_monitor_writes_what_got_worse_beside_its_report(monitor: Any, tmp_path: Any) -> None:
    lines = [
        record(side(cells(*row)), side(str(probability(row))), str(y)) for row, y in zip(ROWS, LABELS, strict=True)
    ]
    capture(monitor, lines)
    assert monitor.run(BIAS) == 0, monitor.message
    baseline = results(monitor)
    metric = next(m for m in baseline["post_training_bias_metrics"]["facets"]["a"][0]["metrics"] if m["name"] == "DPPL")
    metric["value"] /= 2
    (tmp_path / "analysis.json").write_text(json.dumps(baseline))
    monitor.environ["baseline_constraints"] = str(tmp_path / "analysis.json")
    assert monitor.run(BIAS) == 0
    assert monitor.message == "CompletedWithViolations: Job completed successfully with 1 violations."
    written = results(monitor, "constraint_violations.json")
    assert written == {
        "version": "1.0",
        "violations": [
            {
                "facet": "a",
                "facet_value": "(0.3, 0.6000000000000001]",
                "metric_name": "DPPL",
                "constraint_check_type": "bias_drift_check",
                "description": f"Metric value {values(monitor)['DPPL']} doesn't meet the baseline constraint "
                f"requirement {metric['value']}",
            }
        ],
    }


def test_an_explainability_monitor_tells_when_the_order_of_features_has_changed(
    monitor: Any, serve: Any, tmp_path: Any
) -> None:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        rows = [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
        return 200, "\n".join(str(probability(row)) for row in rows), "text/csv"

    monitor.use(serve(answer))
    monitor.environ["analysis_type"] = "MODEL_EXPLAINABILITY"
    capture(monitor, [record(side(cells(*row)), side(str(probability(row)))) for row in ROWS])
    config = {"headers": ["a", "b", "c"], "methods": SHAP, "predictor": {"model_name": "m"}}
    assert monitor.run(config) == 0, monitor.message
    baseline = results(monitor)
    attributions = baseline["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    ranked = sorted(attributions, key=lambda name: attributions[name])
    attributions |= dict(zip(ranked, [0.9, 0.2, 0.01], strict=True))
    (tmp_path / "analysis.json").write_text(json.dumps(baseline))
    monitor.environ["baseline_constraints"] = str(tmp_path / "analysis.json")
    assert monitor.run(config) == 0
    (violation,) = results(monitor, "constraint_violations.json")["violations"]
    assert (violation["label"], violation["metric_name"]) == ("label0", "shap")
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"
    assert violation["description"].endswith(" exceeds threshold 0.9")


def json_lines() -> list[str]:
    requests = [side(json.dumps({"in": {"x": row}}), "application/json", "JSON") for row in ROWS]
    answers = [side(json.dumps({"out": {"label": g, "p": 0.5}}), "application/json", "JSON") for g in GUESSES]
    return [record(r, a, str(y)) for r, a, y in zip(requests, answers, LABELS, strict=True)]


def several_records() -> list[str]:
    lines = []
    for at in range(0, 60, 20):
        request = json.dumps({"instances": [{"features": row} for row in ROWS[at : at + 20]]})
        answer = json.dumps({"predictions": [{"score": probability(row)} for row in ROWS[at : at + 20]]})
        truth = "\n".join(map(str, LABELS[at : at + 20]))
        lines.append(record(side(request, "application/json", "JSON"), side(answer, "application/json", "JSON"), truth))
    return lines


def encoded() -> list[str]:
    def coded(text: str, kind: str) -> dict[str, Any]:
        return side(base64.b64encode(text.encode()).decode(), kind, "BASE64")

    requests = [coded(json.dumps({"features": row}), "application/jsonlines") for row in ROWS]
    return [record(r, coded(f"x,{g}", "text/csv"), str(y)) for r, g, y in zip(requests, GUESSES, LABELS, strict=True)]


def transformed() -> list[str]:
    requests = [side(cells(*row)) for row in ROWS]
    answers = [side(cells(g, probability(row))) for row, g in zip(ROWS, GUESSES, strict=True)]
    return [record(r, a, str(y), transform=True) for r, a, y in zip(requests, answers, LABELS, strict=True)]


def transformed_and_joined() -> list[str]:
    answers = [side(cells(*row, probability(row))) for row in ROWS]
    return [record(None, a, str(y), transform=True) for a, y in zip(answers, LABELS, strict=True)]


def transformed_documents() -> list[str]:
    documents = [dict(zip("abcp", [*row, probability(row)], strict=True)) for row in ROWS]
    answers = [side(json.dumps(document), "application/json", "JSON") for document in documents]
    return [record(None, a, str(y), transform=True) for a, y in zip(answers, LABELS, strict=True)]


@pytest.mark.parametrize(
    ("lines", "attributes"),
    [
        (json_lines(), {"features_attribute": "in.x", "inference_attribute": "out.label"}),
        (
            several_records(),
            {"probability_attribute": "predictions[*].score", "probability_threshold_attribute": "0.5"},
        ),
        (
            several_records(),
            {"features_attribute": "instances[*].features", "probability_attribute": "predictions[*].score"},
        ),
        (several_records(), {"features_attribute": "features", "probability_attribute": "predictions[*].score"}),
        (encoded(), {"inference_attribute": "1"}),
        (transformed(), {"inference_attribute": "0", "probability_attribute": "1"}),
        (transformed(), {"probability_attribute": "1"}),
        (transformed_and_joined(), {"probability_threshold_attribute": "0.5"}),
        (transformed_and_joined(), {"probability_attribute": "3"}),
        (transformed_documents(), {}),
        (transformed_documents(), {"probability_attribute": "p"}),
        (transformed_documents(), {"features_attribute": "[a, b, c]", "probability_attribute": "p"}),
    ],
)
def test_captured_records_say_the_same_in_every_form(
    monitor: Any, lines: list[str], attributes: dict[str, str]
) -> None:
    capture(monitor, lines)
    monitor.environ |= attributes
    assert monitor.run(BIAS) == 0, monitor.message
    assert values(monitor)["DPPL"] == pytest.approx(expected_dppl())


def test_several_captured_scores_mean_the_label_of_the_highest(monitor: Any) -> None:
    words = ["no", "yes"]
    answers = [side(cells(1 - probability(row), probability(row))) for row in ROWS]
    truths = [words[label] for label in LABELS]
    capture(monitor, [record(side(cells(*row)), a, y) for row, a, y in zip(ROWS, answers, truths, strict=True)])
    config = {**BIAS, "label_values_or_threshold": ["yes"], "predictor": {"model_name": "m", "label_headers": words}}
    assert monitor.run(config) == 0, monitor.message
    assert values(monitor)["DPPL"] == pytest.approx(expected_dppl())


def test_captured_words_are_labels(monitor: Any) -> None:
    words = ["no", "yes"]
    lines = [
        record(side(cells(*row)), side(words[g]), words[y]) for row, g, y in zip(ROWS, GUESSES, LABELS, strict=True)
    ]
    capture(monitor, lines)
    assert monitor.run({**BIAS, "label_values_or_threshold": ["yes"]}) == 0, monitor.message
    assert values(monitor)["DPPL"] == pytest.approx(expected_dppl())


@pytest.mark.parametrize(
    "config",
    [
        {"headers": ["y", "a", "b", "c"], "label": 0, "facet": [{"name_or_index": 1, "value_or_threshold": [0.3]}]},
        {"headers": ["a", "b", "c", "y"], "label": 3, "facet": [{"name_or_index": 0, "value_or_threshold": [0.3]}]},
        {"label": 0, "facet": [{"name_or_index": 1, "value_or_threshold": [0.3]}]},
        {"headers": ["a", "b", "c"], "label": "y", "facet": [{"name_or_index": 0, "value_or_threshold": [0.3]}]},
        {
            "headers": ["a", "b", "c", "y"],
            "label": "told",
            "facet": [{"name_or_index": "a", "value_or_threshold": [0.3]}],
        },
    ],
)
def test_facets_are_counted_in_the_columns_that_the_baselines_data_set_has(
    monitor: Any, config: dict[str, Any]
) -> None:
    lines = [
        record(side(cells(*row)), side(str(probability(row))), str(y)) for row, y in zip(ROWS, LABELS, strict=True)
    ]
    capture(monitor, lines)
    assert monitor.run({"label_values_or_threshold": [1], **config}) == 0, monitor.message
    found = results(monitor)["post_training_bias_metrics"]
    ((facet, (entry,)),) = found["facets"].items()
    shown = {metric["name"]: metric["value"] for metric in entry["metrics"]}
    assert shown["DPPL"] == pytest.approx(expected_dppl())
    assert (facet, found["label"]) == (("a", "y") if "headers" in config else ("column_1", "column_0"))


def test_records_of_other_times_are_left_out(monitor: Any) -> None:
    lines = [
        record(side(cells(*row)), side(str(probability(row))), str(y)) for row, y in zip(ROWS, LABELS, strict=True)
    ]
    timed = [line.replace('"e-1"', '"e-1", "inferenceTime": "2026-01-01T00:30:00Z"') for line in lines]
    others = [
        line.replace("00:30:00Z", moment).replace('"0.', '"1')
        for line, moment in zip(timed, ["01:00:00Z", "05:00:00Z"], strict=False)
    ]
    capture(monitor, timed + others)
    monitor.environ |= {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-01T01:00:00Z"}
    assert monitor.run(BIAS) == 0, monitor.message
    assert values(monitor)["DPPL"] == pytest.approx(expected_dppl())
    monitor.environ |= {"start_time": "2026-02-01T00:00:00Z", "end_time": "2026-02-01T01:00:00Z"}
    assert monitor.run(BIAS) == 1
    assert monitor.message == "ClientError: Job inputs had no data: no record was captured within the window."
    monitor.environ["end_time"] = "noon"
    assert monitor.run(BIAS) == 1 and "'noon' is not a time" in monitor.message


def test_excluded_features_are_not_sent_to_the_model(monitor: Any, serve: Any) -> None:
    server = serve(lambda body, kind: (200, "\n".join("0.5" for _ in body.splitlines()), "text/csv"))
    monitor.use(server)
    monitor.environ |= {"analysis_type": "MODEL_EXPLAINABILITY", "exclude_features_attribute": "c"}
    capture(monitor, [record(side(cells(*row)), side("0.5")) for row in ROWS])
    methods = {"shap": {"baseline": [[0.0, 0.0]]}}
    config = {"headers": ["a", "b", "c"], "methods": methods, "predictor": {"model_name": "m"}}
    assert monitor.run(config) == 0, monitor.message
    assert all(line.count(",") == 1 for line in server.requests[0][3].splitlines())


@pytest.mark.parametrize(
    ("line", "attributes", "text"),
    [
        (record(side("1,2,3"), side("0.5")), {}, "Headers must contain label."),
        (record(side("1,2"), side("0.5"), "1"), {}, "Headers in config do not match with the number of columns"),
        (record(side("1,2,3"), side("1\n0"), "1"), {}, "Captured record 1 (e-1) cannot be read: The model answered 2"),
        (record(side("{", "application/json", "JSON"), side("1"), "1"), {}, "Captured record 1 (e-1) cannot be read"),
        (record(side("?", "text/csv", "BASE64"), side("1"), "1"), {}, "Captured record 1 (e-1) cannot be read"),
        (record(side("1,2,3"), side("0.5"), "1"), {"inference_attribute": "4"}, "Nothing is found at 4"),
        (record(None, side("1,2,3,0"), "1", True), {"inference_attribute": "9"}, "the prediction is looked for at 9"),
        (json_lines()[0], {"features_attribute": "in.z"}, "Data must contain features. 'in.z' finds none in a"),
        (record(None, None, "1"), {}, "A captured record has neither a request nor an answer."),
        (
            record(side("1,2,3"), side("0.5"), "1"),
            {"probability_threshold_attribute": "high"},
            "analysis_config.probability_threshold must be number, not 'high'",
        ),
    ],
)
def test_captures_that_cannot_be_judged_are_refused_with_their_place(
    monitor: Any, line: str, attributes: dict[str, str], text: str
) -> None:
    capture(monitor, [line] * 2)
    monitor.environ |= attributes
    assert monitor.run(BIAS) == 1
    assert text in monitor.message
