"""What a job leaves for people who ask later: the very objects and environments it used, and metrics it publishes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.engines.jobs.conftest import BUCKET, PYTHON_IMAGE, Shop
from tests.engines.jobs.test_processing import s3_input, s3_output

from ormer.engines.images import Catalogue, Runtimes
from ormer.engines.jobs.following import size_of

METRICS = """
import json, pathlib
out = pathlib.Path("/opt/ml/output/metrics")
out.mkdir(parents=True)
endpoint = [{"Name": "Endpoint", "Value": "shop"}, {"Name": "MonitoringSchedule", "Value": "hourly"}]
lines = [
    {"MetricName": "feature_non_null_a", "Timestamp": "2026-01-02T03:04:05Z", "Dimensions": endpoint, "Value": 7},
    {
        "MetricName": "feature_data_a",
        "Timestamp": "2026-01-02T03:04:05Z",
        "Dimensions": endpoint,
        "StatisticValues": {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 4},
    },
    {"MetricName": "bias_metric_CI", "Dimensions": [{"Name": "BiasStage", "Value": "Pre-training"}], "Value": 0.25},
    {"MetricName": "endless", "Value": float("inf")},
]
(out / "cloudwatch").write_text("".join(json.dumps(line) + "\\n" for line in lines) + "what is this\\n")
"""
DIMENSIONS = [{"Name": "Endpoint", "Value": "shop"}, {"Name": "MonitoringSchedule", "Value": "hourly"}]


def upstream(shop: Shop, arn: str, kind: str) -> list[dict[str, object]]:
    """The artifacts of a kind that contributed to a trial component, described."""
    edges = shop.call("ListAssociations", {"DestinationArn": arn, "SourceType": kind})["AssociationSummaries"]
    return [shop.call("DescribeArtifact", {"ArtifactArn": edge["SourceArn"]}) for edge in edges]


def component_of(shop: Shop, name: str) -> str:
    found = shop.call("DescribeTrialComponent", {"TrialComponentName": f"{name}-aws-processing-job"})
    return str(found["TrialComponentArn"])


def etag(shop: Shop, key: str) -> str:
    found = shop.call("HeadObject", {"Bucket": BUCKET, "Key": key}, "s3")
    return str(found["ETag"]).strip('"')


def test_the_objects_a_job_read_and_wrote_are_known_by_their_etags(shop: Shop) -> None:
    single = shop.put("one/rows.csv", "1\n")
    shop.put("many/a.csv", "2\n")
    shop.put("many/b.csv", "3\n")
    before = {key: etag(shop, key) for key in ("one/rows.csv", "many/a.csv", "many/b.csv")}
    shop.process(
        "open('/opt/ml/processing/train/out.csv', 'w').write('4')",
        name="traced",
        ProcessingInputs=[s3_input("one", single), s3_input("many", f"s3://{BUCKET}/many")],
        ProcessingOutputConfig={"Outputs": [s3_output("train")]},
    )
    shop.put("one/rows.csv", "other rows\n")  # whoever asks later still hears what the job saw
    component = component_of(shop, "traced")
    found = {each["Source"]["SourceUri"]: each for each in upstream(shop, component, "DataSnapshot")}
    one = found[f"{single}#{before['one/rows.csv']}"]
    assert one["Properties"] == {"Objects": "1", "one/rows.csv": before["one/rows.csv"]}
    assert one["Source"]["SourceTypes"] == [{"SourceIdType": "S3ETag", "Value": before["one/rows.csv"]}]
    lines = "".join(f"{before[key]} {key}\n" for key in ("many/a.csv", "many/b.csv"))
    many = found[f"s3://{BUCKET}/many#{hashlib.sha256(lines.encode()).hexdigest()}"]
    assert many["Properties"] == {"Objects": "2", **{key: before[key] for key in ("many/a.csv", "many/b.csv")}}
    edges = shop.call("ListAssociations", {"SourceArn": component, "DestinationType": "DataSnapshot"})
    [produced] = edges["AssociationSummaries"]
    made = shop.call("DescribeArtifact", {"ArtifactArn": produced["DestinationArn"]})
    assert made["Properties"]["out/train/out.csv"] == etag(shop, "out/train/out.csv")


def test_the_locked_environment_of_a_job_is_known(shop: Shop) -> None:
    shop.process("pass", name="locked")
    [runtime] = upstream(shop, component_of(shop, "locked"), "Runtime")
    catalogue = Catalogue.load(shop.config.home)
    runtimes, key = Runtimes(shop.config.home, catalogue), catalogue.image(PYTHON_IMAGE).runtime_key
    lock = runtimes.requirements(key) or ""
    assert runtime["Source"]["SourceUri"] == f"runtime:{runtimes.identity(key)}"
    assert runtime["Properties"] == {"Image": PYTHON_IMAGE, "LockSha256": hashlib.sha256(lock.encode()).hexdigest()}


def test_metrics_that_an_analyzer_leaves_are_published(shop: Shop) -> None:
    job = shop.process(METRICS, name="analysis")
    assert job["ProcessingJobStatus"] == "Completed", job
    listed = shop.call("ListMetrics", {"Dimensions": DIMENSIONS}, "cloudwatch")["Metrics"]
    assert {(each["Namespace"], each["MetricName"]) for each in listed} == {
        ("aws/sagemaker/Endpoints/data-metrics", "feature_non_null_a"),
        ("aws/sagemaker/Endpoints/data-metrics", "feature_data_a"),
    }
    asked = {
        "Namespace": "aws/sagemaker/Endpoints/data-metrics",
        "MetricName": "feature_data_a",
        "Dimensions": DIMENSIONS,
        "StartTime": 1767322800.0,
        "EndTime": 1767326400.0,
        "Period": 3600,
        "Statistics": ["SampleCount", "Sum", "Minimum", "Maximum"],
    }
    [point] = shop.call("GetMetricStatistics", asked, "cloudwatch")["Datapoints"]
    assert (point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"]) == (4.0, 10.0, 1.0, 4.0)
    bias = shop.call("ListMetrics", {"MetricName": "bias_metric_CI"}, "cloudwatch")["Metrics"]
    assert [each["Namespace"] for each in bias] == ["aws/sagemaker/ModelMonitoring/bias-metrics"]


def test_a_published_line_that_is_no_metric_is_named_in_the_log(shop: Shop) -> None:
    shop.process(METRICS, name="faulty")
    said = [line for _, line in shop.log("ProcessingJob", "faulty")]
    assert any("line 4" in line and "finite numbers" in line for line in said), said
    assert any("line 5" in line and "is no metric" in line for line in said), said


def test_model_quality_has_a_namespace_of_its_own_and_a_failed_analysis_publishes_nothing(shop: Shop) -> None:
    script = METRICS + "import os, sys; sys.exit(int(os.environ['ENDS']))"
    for ends, status in (("1", "Failed"), ("0", "Completed")):
        job = shop.process(script, Environment={"analysis_type": "MODEL_QUALITY", "ENDS": ends})
        assert job["ProcessingJobStatus"] == status
        listed = shop.call("ListMetrics", {"MetricName": "feature_data_a"}, "cloudwatch")["Metrics"]
        wanted = ["aws/sagemaker/Endpoints/model-metrics"] if status == "Completed" else []
        assert [each["Namespace"] for each in listed] == wanted, json.dumps(listed)


def test_a_log_whose_folder_is_gone_has_no_bytes_and_ends_nothing(tmp_path: Path) -> None:
    log = tmp_path / "run" / "log"
    assert size_of(log) == 0
    log.parent.mkdir()
    log.write_bytes(b"four")
    assert size_of(log) == 4
