"""Whole runs with the real analyzers in real sandboxes: what was captured goes in, reports and metrics come out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import build
from ormer.aws.clock import ManualClock
from ormer.config import Config

from .conftest import BUCKET, HOUR, NOON, REPORTS, Bench, definition, hour_of, label, record

JsonDict = dict[str, Any]
LABELS = f"s3://{BUCKET}/labels"
ENABLED = {"publish_cloudwatch_metrics": "Enabled"}
MINUTES = 60.0


class RealBench(Bench):
    """The whole house works: its jobs are real. Endpoints are there, and nobody serves them."""

    def until(self, holds: Callable[[], Any]) -> None:
        deadline = time.monotonic() + 240
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.05)


@pytest.fixture
def real(tmp_path: Path, runtimes: Path) -> Iterator[RealBench]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    clock = ManualClock(NOON)
    house = build(Config(home=home, port=0, tls_port=0), clock, strict=True)
    house.start()
    made = RealBench(house, house.worker, clock)
    made.api("s3", "CreateBucket", {"Bucket": BUCKET})
    yield made
    house.stop()


def baseline_of(real: RealBench, monitor: str, csv: str, environment: JsonDict, folder: str) -> str:
    """A baselining job as the SDK makes it. Returns its name."""
    real.put(f"s3://{BUCKET}/{folder}/baseline.csv", csv)
    output = {
        "S3Uri": f"s3://{BUCKET}/{folder}/out",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    source = "/opt/ml/processing/input/baseline_dataset_input"
    request = definition(monitor, "unused")
    real.sagemaker(
        "CreateProcessingJob",
        ProcessingJobName=folder,
        AppSpecification={"ImageUri": request[f"{monitor}AppSpecification"]["ImageUri"]},
        RoleArn=request["RoleArn"],
        ProcessingResources=request["JobResources"],
        ProcessingInputs=[staged("baseline_dataset_input", f"s3://{BUCKET}/{folder}/baseline.csv", source)],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "monitoring_output", "S3Output": output}]},
        Environment={"dataset_source": source, "output_path": "/opt/ml/processing/output", **environment},
    )
    return folder


def staged(name: str, uri: str, folder: str) -> JsonDict:
    place = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def metric(real: RealBench, namespace: str, name: str, dimensions: JsonDict) -> list[float]:
    found = real.api(
        "cloudwatch",
        "GetMetricStatistics",
        {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "StartTime": NOON - HOUR,
            "EndTime": NOON + 30 * HOUR,
            "Period": 3600,
            "Statistics": ["Average"],
        },
    )
    return [point["Average"] for point in found["Datapoints"]]


def test_data_quality_finds_drift_bad_types_and_missing_values(real: RealBench) -> None:
    real.endpoint()
    rows = "".join(f"{index % 2},{index % 10},{'red' if index % 2 else 'blue'}\n" for index in range(200))
    form = {"dataset_format": '{"csv":{"header":true,"output_columns_position":"START"}}'}
    baselining = baseline_of(real, "DataQuality", "answer,size,colour\n" + rows, form, "suggest")
    real.define(orders=ENABLED, DataQualityBaselineConfig={"BaseliningJobName": baselining})
    real.schedule()
    # The columns of a captured record are the answer and then the request's.
    good = [
        record(NOON + index, f"{index % 10},{'red' if index % 2 else 'blue'}", f"{index % 2}") for index in range(200)
    ]
    real.capture(NOON, *good)
    real.clock.advance(HOUR)
    (run,) = real.ended()
    assert run["MonitoringExecutionStatus"] == "Completed", run
    report = f"{REPORTS}/shop/hourly/2026/03/01/13"
    assert json.loads(real.read(f"{report}/statistics.json"))["dataset"]["item_count"] == 200
    bad = [record(NOON + HOUR + index, f"{90 + index % 10 if index % 4 else 'x'},green", "1") for index in range(200)]
    # A record of another hour that lies in this hour's folder is not this window's.
    real.capture(NOON + HOUR, *bad, record(NOON, "5,red", "0"))
    real.clock.advance(HOUR)
    run = real.ended(2)[0]
    assert run["MonitoringExecutionStatus"] == "CompletedWithViolations", run
    report = f"{REPORTS}/shop/hourly/2026/03/01/14"
    statistics = json.loads(real.read(f"{report}/statistics.json"))
    assert statistics["dataset"]["item_count"] == 200
    found = json.loads(real.read(f"{report}/constraint_violations.json"))["violations"]
    checks = {(one["feature_name"], one["constraint_check_type"]) for one in found}
    assert {
        ("size", "data_type_check"),
        ("colour", "categorical_values_check"),
        ("answer", "baseline_drift_check"),
    } <= checks
    watched = {"Endpoint": "shop", "MonitoringSchedule": "hourly"}
    names = ("feature_baseline_drift_colour", "feature_non_null_size")
    assert [len(metric(real, "aws/sagemaker/Endpoints/data-metrics", name, watched)) for name in names] == [2, 2]
    other = {"EndpointName": "shop", "ScheduleName": "hourly"}
    for namespace in ("/aws/sagemaker/Endpoints/data-metric", "/aws/sagemaker/Endpoint/data-metrics"):
        assert len(metric(real, namespace, "feature_non_null_size", other)) == 2, "AWS's pages spell it in several ways"


def test_model_quality_of_a_window_is_that_of_its_merged_answers(real: RealBench) -> None:
    real.endpoint()
    environment = {
        "dataset_format": '{"csv":{"header":true}}',
        "analysis_type": "MODEL_QUALITY",
        "problem_type": "BinaryClassification",
        "probability_attribute": "score",
        "ground_truth_attribute": "truth",
        "probability_threshold_attribute": "0.5",
    }
    rows = "".join(f"{0.9 if index % 2 else 0.1},{index % 2}\n" for index in range(40))
    baselining = baseline_of(real, "ModelQuality", "score,truth\n" + rows, environment, "quality")
    source = {"EndpointName": "shop", "LocalPath": "/opt/ml/processing/input/endpoint"}
    source |= {"ProbabilityAttribute": "0", "ProbabilityThresholdAttribute": 0.5}
    real.define(
        "ModelQuality",
        orders=ENABLED,
        application={"ProblemType": "BinaryClassification"},
        input={"EndpointInput": source, "GroundTruthS3Input": {"S3Uri": LABELS}},
        ModelQualityBaselineConfig={"BaseliningJobName": baselining},
    )
    real.schedule("quality", monitor="ModelQuality")
    answers = [record(NOON + index, "1,2", f"{0.9 if index % 2 else 0.1}", f"id-{index}") for index in range(40)]
    real.capture(NOON + 60, *answers)
    # Every fourth answer was wrong; the last ones have no label yet.
    truths = [label(f"id-{index}", str(index % 2 if index % 4 else 1 - index % 2)) for index in range(30)]
    real.lines(f"{LABELS}/{hour_of(NOON)}/labels.jsonl", truths)
    real.clock.advance(HOUR)
    (run,) = real.ended()
    assert run["MonitoringExecutionStatus"] == "CompletedWithViolations", run
    report = f"{REPORTS}/shop/quality/2026/03/01/13"
    statistics = json.loads(real.read(f"{report}/statistics.json"))
    assert statistics["dataset"]["item_count"] == 30
    accuracy = statistics["binary_classification_metrics"]["accuracy"]["value"]
    assert accuracy == pytest.approx(22 / 30)
    found = json.loads(real.read(f"{report}/constraint_violations.json"))["violations"]
    assert "accuracy" in {one["metric_name"] for one in found}
    watched = {"Endpoint": "shop", "MonitoringSchedule": "quality"}
    assert metric(real, "aws/sagemaker/Endpoints/model-metrics", "accuracy", watched) == [pytest.approx(accuracy)]
    (merged,) = list(real.house.stores.objects.list(BUCKET, "reports/merge/"))
    assert merged.key.startswith(f"reports/merge/shop/AllTraffic/{hour_of(NOON)}/part-00000-")
    first = json.loads(real.read(merged.uri).splitlines()[0])
    assert set(first) == {"eventVersion", "groundTruthData", "captureData", "eventMetadata"}
    assert (first["eventMetadata"]["inferenceId"], first["groundTruthData"]["data"]) == ("id-0", "1")


def test_a_bias_monitor_compares_with_its_baselines_analysis(real: RealBench) -> None:
    real.endpoint()
    config = {
        "headers": ["target", "sex", "age"],
        "label": "target",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "sex", "value_or_threshold": [1]}],
        "methods": {"pre_training_bias": {"methods": "all"}, "post_training_bias": {"methods": "all"}},
    }
    given = real.put(f"s3://{BUCKET}/bias/analysis_config.json", json.dumps(config))
    constraints = real.put(f"s3://{BUCKET}/bias/analysis.json", json.dumps(analysis_with("DPPL", 0.1)))
    source = {"EndpointName": "shop", "LocalPath": "/opt/ml/processing/input/endpoint"}
    source |= {"ProbabilityAttribute": "0", "ProbabilityThresholdAttribute": 0.8}
    real.define(
        "ModelBias",
        orders=ENABLED,
        application={"ConfigUri": given},
        input={"EndpointInput": source, "GroundTruthS3Input": {"S3Uri": LABELS}},
        ModelBiasBaselineConfig={"ConstraintsResource": {"S3Uri": constraints}},
    )
    real.schedule("bias", monitor="ModelBias")
    answers, truths = [], []
    for index in range(80):
        sex = index % 2
        score = 0.9 if (index % 4 == 0 or (not sex and index % 8 < 6)) else 0.6
        answers.append(record(NOON + index, f"{sex},{20 + index % 30}", str(score), f"id-{index}"))
        truths.append(label(f"id-{index}", str(index % 3 % 2)))
    real.capture(NOON, *answers)
    real.lines(f"{LABELS}/{hour_of(NOON)}/labels.jsonl", truths)
    real.clock.advance(HOUR)
    (run,) = real.ended()
    assert run["MonitoringExecutionStatus"] == "CompletedWithViolations", run
    report = f"{REPORTS}/shop/bias/2026/03/01/13"
    found = json.loads(real.read(f"{report}/constraint_violations.json"))
    assert (found["version"], [one["metric_name"] for one in found["violations"]]) == ("1.0", ["DPPL"])
    assert found["violations"][0]["description"].endswith("doesn't meet the baseline constraint requirement 0.1")
    dimensions = {
        "Endpoint": "shop",
        "MonitoringSchedule": "bias",
        "BiasStage": "Post-Training",
        "Label": "target",
        "LabelValue": "1",
        "Facet": "sex",
        "FacetValue": "1",
    }
    assert len(metric(real, "aws/sagemaker/Endpoints/bias-metrics", "bias_metric_DPPL", dimensions)) == 1


def analysis_with(name: str, value: float) -> JsonDict:
    """A baseline whose other metrics nothing can be farther from."""
    entry = {"value_or_threshold": "1", "metrics": [{"name": name, "description": name, "value": value}]}
    return {
        "version": "1.0",
        "post_training_bias_metrics": {"label": "target", "facets": {"sex": [entry]}, "label_value_or_threshold": "1"},
    }


def test_batch_quality_joins_outputs_with_ground_truth_by_their_ids(real: RealBench) -> None:
    batch = {
        "DataCapturedDestinationS3Uri": f"s3://{BUCKET}/batch",
        "DatasetFormat": {"Csv": {"Header": False}},
        "LocalPath": "/opt/ml/processing/input/batch",
        "InferenceAttribute": "0",
    }
    real.define(
        "ModelQuality",
        application={"ProblemType": "Regression"},
        input={"BatchTransformInput": batch, "GroundTruthS3Input": {"S3Uri": LABELS}},
    )
    real.schedule("batch", monitor="ModelQuality")
    lines = "".join(f"{index}.5,id-{index},2026-03-01T12:00:05Z\n" for index in range(20))
    real.put(f"s3://{BUCKET}/scored/a.csv.out", lines)
    manifest = [{"prefix": f"s3://{BUCKET}/scored/"}, "a.csv.out"]
    real.put(f"s3://{BUCKET}/batch/output/{hour_of(NOON)}/1.json", json.dumps(manifest))
    real.lines(f"{LABELS}/{hour_of(NOON)}/labels.jsonl", [label(f"id-{index}", f"{index}") for index in range(10)])
    real.clock.advance(HOUR)
    (run,) = real.ended()
    assert run["MonitoringExecutionStatus"] == "Completed", run
    statistics = json.loads(real.read(f"{REPORTS}/batch/2026/03/01/13/statistics.json"))
    assert statistics["dataset"]["item_count"] == 10
    assert statistics["regression_metrics"]["mae"]["value"] == 0.5


def test_labels_for_other_answers_are_no_data(real: RealBench) -> None:
    real.endpoint()
    source = {"EndpointName": "shop", "LocalPath": "/opt/ml/processing/input/endpoint", "InferenceAttribute": "0"}
    real.define(
        "ModelQuality",
        application={"ProblemType": "Regression"},
        input={"EndpointInput": source, "GroundTruthS3Input": {"S3Uri": LABELS}},
    )
    real.schedule("quality", monitor="ModelQuality")
    real.capture(NOON)
    real.lines(f"{LABELS}/{hour_of(NOON)}/labels.jsonl", [label("another", "1")])
    real.clock.advance(HOUR)
    (run,) = real.ended()
    assert (run["MonitoringExecutionStatus"], run["FailureReason"]) == ("Failed", "Job inputs had no data")
    assert "/groundtruth-merge-" in run["ProcessingJobArn"], "its log says what was looked at"
