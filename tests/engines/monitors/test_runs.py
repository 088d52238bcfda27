"""Runs: what they wait for, which jobs they make, how they end, and what tells of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import ACCOUNT, BUCKET, CAPTURED, HOUR, NOON, PYTHON, REPORTS, ROLE, VIOLATED, Bench, hour_of, label

JsonDict = dict[str, Any]
LABELS = f"s3://{BUCKET}/labels"
STATUS_EVENT, ALERT_EVENT = "Monitoring Execution Status Change", "Monitoring Alert Status Change"


def truth(**more: Any) -> JsonDict:
    """The input of a monitor with ground truth."""
    source = {"EndpointName": "shop", "LocalPath": "/opt/ml/processing/input/endpoint", **more}
    return {"EndpointInput": source, "GroundTruthS3Input": {"S3Uri": LABELS}}


def inputs_of(job: JsonDict) -> dict[str, str]:
    return {one["InputName"]: one["S3Input"]["S3Uri"] for one in job["ProcessingInputs"]}


def after_an_hour(bench: Bench, *names: str, monitor: str = "DataQuality") -> JsonDict:
    """The run of a schedule that finds captured data an hour from now."""
    bench.schedule(monitor=monitor)
    bench.capture(bench.clock.now())
    bench.clock.advance(HOUR)
    return bench.ended()[0]


def test_violations_are_told_by_the_status_an_event_and_the_alert(bench: Bench) -> None:
    bench.endpoint()
    bench.define(orders={"message": VIOLATED})
    run = after_an_hour(bench)
    assert run["MonitoringExecutionStatus"] == "CompletedWithViolations"
    told = [event["detail"] for event in bench.events(STATUS_EVENT)]
    assert [detail["MonitoringExecutionStatus"] for detail in told] == ["InProgress", "CompletedWithViolations"]
    assert told[-1]["ViolationCount"] == 3
    assert told[-1]["ReportS3Uri"] == f"{REPORTS}/shop/hourly/2026/03/01/13"
    assert told[-1]["DataAnalysisStartTime"] == "2026-03-01T12:00:00.000Z"
    (event,) = bench.events(ALERT_EVENT)
    assert (event["source"], event["detail"]["AlertStatus"], event["detail"]["EndpointName"]) == (
        "ormer",
        "InAlert",
        "shop",
    )
    (alert,) = bench.sagemaker("ListMonitoringAlerts", MonitoringScheduleName="hourly")["MonitoringAlertSummaries"]
    assert alert["AlertStatus"] == "InAlert"


def test_an_alert_looks_at_as_many_runs_as_it_is_told_and_keeps_a_history(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule()
    change = {"MonitoringAlertName": "default-alert", "DatapointsToAlert": 2, "EvaluationPeriod": 3}
    bench.sagemaker("UpdateMonitoringAlert", MonitoringScheduleName="hourly", **change)
    states = []
    for hour, has_data in enumerate((False, True, False, True, True)):
        if has_data:
            bench.capture(NOON + hour * HOUR)
        bench.clock.advance(HOUR)
        bench.ended(hour + 1)
        alerts = bench.sagemaker("ListMonitoringAlerts", MonitoringScheduleName="hourly")["MonitoringAlertSummaries"]
        states.append(alerts[0]["AlertStatus"])
    assert states == ["OK", "OK", "InAlert", "OK", "OK"]
    history = bench.sagemaker("ListMonitoringAlertHistory", MonitoringScheduleName="hourly")["MonitoringAlertHistory"]
    assert [entry["AlertStatus"] for entry in history] == ["OK", "InAlert"]
    bench.sagemaker("UpdateMonitoringAlert", MonitoringScheduleName="hourly", **{**change, "DatapointsToAlert": 1})
    history = bench.sagemaker("ListMonitoringAlertHistory", StatusEquals="InAlert", MaxResults=1)
    assert len(history["MonitoringAlertHistory"]) == 1 and "NextToken" in history


@pytest.mark.parametrize(
    ("ends", "status", "reason"),
    [
        ("Failed: AlgorithmError: it broke", "Failed", "AlgorithmError: it broke"),
        ("Failed: AlgorithmError: ClientError: Job inputs had no data: none", "Failed", "Job inputs had no data"),
    ],
)
def test_a_run_ends_as_its_job_ended(bench: Bench, ends: str, status: str, reason: str) -> None:
    bench.endpoint()
    bench.define(orders={"ends": ends})
    run = after_an_hour(bench)
    assert (run["MonitoringExecutionStatus"], run["FailureReason"]) == (status, reason)
    last = bench.sagemaker("DescribeMonitoringSchedule", MonitoringScheduleName="hourly")
    assert last["LastMonitoringExecutionSummary"] == run


def test_an_endpoint_that_captures_nothing_fails_the_run_and_says_so(bench: Bench) -> None:
    bench.endpoint(capture=False)
    bench.define()
    assert "captures no data" in after_an_hour(bench)["FailureReason"]


def test_the_baselining_job_is_waited_for(bench: Bench) -> None:
    bench.endpoint()
    baselining(bench, "suggest", ends="never")
    bench.define(DataQualityBaselineConfig={"BaseliningJobName": "suggest"})
    bench.schedule()
    bench.capture(NOON)
    bench.clock.advance(HOUR)
    bench.until(bench.runs)
    bench.settled()
    (run,) = bench.runs()
    assert run["MonitoringExecutionStatus"] == "Pending" and "ProcessingJobArn" not in run
    bench.sagemaker("StopProcessingJob", ProcessingJobName="suggest")
    assert bench.ended()[0]["FailureReason"] == "The baselining job suggest is Stopped: it left no baseline."


def test_a_baselining_jobs_files_are_compared_with(bench: Bench) -> None:
    bench.endpoint()
    baselining(bench, "suggest")
    bench.define(DataQualityBaselineConfig={"BaseliningJobName": "suggest"})
    job = bench.job(after_an_hour(bench))
    assert inputs_of(job)["constraints"] == f"s3://{BUCKET}/baseline/constraints.json"
    assert inputs_of(job)["baseline"] == f"s3://{BUCKET}/baseline/statistics.json"
    environment = job["Environment"]
    assert environment["baseline_constraints"] == "/opt/ml/processing/baseline/constraints/constraints.json"
    assert environment["baseline_statistics"] == "/opt/ml/processing/baseline/stats/statistics.json"


def test_named_files_win_over_the_baselining_job(bench: Bench) -> None:
    bench.endpoint()
    baselining(bench, "suggest")
    own = f"s3://{BUCKET}/own/mine.json"
    config = {"BaseliningJobName": "suggest", "ConstraintsResource": {"S3Uri": own}}
    bench.define(DataQualityBaselineConfig=config)
    job = bench.job(after_an_hour(bench))
    assert inputs_of(job)["constraints"] == own
    assert inputs_of(job)["baseline"] == f"s3://{BUCKET}/baseline/statistics.json"
    assert job["Environment"]["baseline_constraints"].endswith("/constraints/mine.json")


def test_scripts_network_and_a_container_of_ones_own_reach_the_job(bench: Bench) -> None:
    bench.endpoint()
    scripts = {
        "RecordPreprocessorSourceUri": f"s3://{BUCKET}/pre.py",
        "PostAnalyticsProcessorSourceUri": f"s3://{BUCKET}/post.py",
        "ContainerEntrypoint": ["python", "monitor.py"],
        "ContainerArguments": ["--fast"],
    }
    bench.define(
        image=PYTHON,
        application=scripts,
        NetworkConfig={"EnableNetworkIsolation": True},
        StoppingCondition={"MaxRuntimeInSeconds": 1200},
    )
    job = bench.job(after_an_hour(bench))
    assert job["AppSpecification"] == {
        "ImageUri": PYTHON,
        "ContainerEntrypoint": ["python", "monitor.py"],
        "ContainerArguments": ["--fast"],
    }
    assert job["NetworkConfig"]["EnableNetworkIsolation"] is True
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 1200}
    assert job["RoleArn"] == ROLE
    assert job["Environment"]["record_preprocessor_script"] == "/opt/ml/processing/code/preprocessing/pre.py"
    assert job["Environment"]["post_analytics_processor_script"] == "/opt/ml/processing/code/postprocessing/post.py"


def test_an_inline_definition_runs_too(bench: Bench) -> None:
    bench.endpoint()
    output = {"S3Output": {"S3Uri": f"{REPORTS}/", "LocalPath": "/opt/ml/processing/output"}}
    inline = {
        "MonitoringInputs": [
            {"EndpointInput": {"EndpointName": "shop", "LocalPath": "/opt/ml/processing/input/endpoint"}}
        ],
        "MonitoringOutputConfig": {"MonitoringOutputs": [output]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
        "MonitoringAppSpecification": {"ImageUri": PYTHON},
        "Environment": {"message": VIOLATED},
        "RoleArn": ROLE,
    }
    config = {"MonitoringJobDefinition": inline}
    bench.sagemaker("CreateMonitoringSchedule", MonitoringScheduleName="own", MonitoringScheduleConfig=config)
    bench.capture(NOON)
    bench.clock.advance(12 * HOUR)
    (run,) = bench.ended()
    assert run["MonitoringExecutionStatus"] == "CompletedWithViolations"
    assert run["ScheduledTime"] == NOON + 12 * HOUR, "without a ScheduleConfig it runs every day at midnight"
    assert bench.job(run)["ProcessingJobName"].startswith("model-monitoring-202603020000-")
    assert bench.job(run)["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].startswith(
        f"{REPORTS}/shop/own/"
    )


def test_ground_truth_is_merged_by_a_job_of_its_own_before_the_analysis(bench: Bench) -> None:
    bench.endpoint()
    bench.define(
        "ModelQuality",
        application={"ProblemType": "BinaryClassification"},
        input=truth(ProbabilityAttribute="0", ProbabilityThresholdAttribute=0.7),
    )
    bench.lines(f"{LABELS}/{hour_of(NOON + HOUR)}/late.jsonl", [label("a", "1")])
    bench.schedule(monitor="ModelQuality")
    bench.capture(NOON)
    bench.clock.advance(HOUR)
    (run,) = bench.ended()
    merge = bench.sagemaker("DescribeProcessingJob", ProcessingJobName=bench.jobs("groundtruth-merge-")[0])
    assert merge["AppSpecification"]["ImageUri"].endswith("/sagemaker-model-monitor-groundtruth-merger")
    assert merge["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == f"{REPORTS}/merge"
    assert inputs_of(merge) == {
        "endpoint_input_1": f"{CAPTURED}/shop/AllTraffic/{hour_of(NOON)}",
        "groundtruth_input_1": f"{LABELS}/{hour_of(NOON + HOUR)}",
    }
    assert merge["Environment"]["ground_truth_source"] == "/opt/ml/processing/groundtruth"
    assert run["FailureReason"] == "Job inputs had no data", "the job here merges nothing"
    assert bench.jobs("model-quality-monitoring") == []


def test_the_analysis_reads_what_its_own_merge_wrote(bench: Bench) -> None:
    bench.endpoint()
    bench.define(
        "ModelQuality",
        application={"ProblemType": "BinaryClassification"},
        input=truth(ProbabilityAttribute="0", ProbabilityThresholdAttribute=0.7),
    )
    bench.lines(f"{LABELS}/{hour_of(NOON)}/l.jsonl", [label("a", "1")])
    bench.schedule(monitor="ModelQuality")
    bench.capture(NOON)
    folder = f"{REPORTS}/merge/shop/AllTraffic/{hour_of(NOON)}"
    # What the merge of this run will be called is known beforehand: that it comes again finds its own files.
    bench.lines(f"{folder}/part-00000-of-another-run.c000.jsonl", [])
    schedule = bench.sagemaker("DescribeMonitoringSchedule", MonitoringScheduleName="hourly")["MonitoringScheduleArn"]
    mine = merged_file(bench, schedule, folder)
    bench.clock.advance(HOUR)
    (run,) = bench.ended()
    assert run["MonitoringExecutionStatus"] == "Completed"
    job = bench.job(run)
    assert job["ProcessingJobName"].startswith("model-quality-monitoring-202603011300-")
    assert inputs_of(job) == {"endpoint_input_1": mine}
    expected = {
        "analysis_type": "MODEL_QUALITY",
        "problem_type": "BinaryClassification",
        "probability_attribute": "0",
        "probability_threshold_attribute": "0.7",
        "dataset_format": '{"sagemakerMergeJson": {"captureIndexNames": ["endpointOutput"]}}',
    }
    assert job["Environment"].items() >= expected.items()


def test_without_ground_truth_there_is_nothing_to_merge(bench: Bench) -> None:
    bench.endpoint()
    bench.define("ModelQuality", application={"ProblemType": "Regression"}, input=truth(InferenceAttribute="0"))
    run = after_an_hour(bench, monitor="ModelQuality")
    assert run["FailureReason"] == "Job inputs had no data"
    assert bench.jobs() == []


def test_a_clarify_monitor_completes_the_configuration_it_is_given(bench: Bench) -> None:
    bench.endpoint()
    given = bench.put(
        f"s3://{BUCKET}/monitor_analysis_config.json", json.dumps({"methods": {"shap": {}}, "predictor": {}})
    )
    baselining(bench, "explain")
    bench.define(
        "ModelExplainability",
        application={"ConfigUri": given},
        ModelExplainabilityBaselineConfig={"BaseliningJobName": "explain"},
    )
    job = bench.job(after_an_hour(bench, monitor="ModelExplainability"))
    report = f"{REPORTS}/shop/hourly/2026/03/01/13"
    assert inputs_of(job)["analysis_config"] == f"{report}/analysis_config.json"
    assert json.loads(bench.read(f"{report}/analysis_config.json")) == {
        "version": "1.0",
        "dataset_type": "application/sagemakercapturejson",
        "methods": {"shap": {}},
        "predictor": {},
    }
    assert json.loads(bench.read(given)) == {"methods": {"shap": {}}, "predictor": {}}
    assert inputs_of(job)["constraints"] == f"s3://{BUCKET}/baseline/analysis.json"
    assert job["ProcessingJobName"].startswith("model-explainability-monitoring-202603011300-")


def test_a_role_that_may_not_read_fails_the_run_in_iams_words(bench: Bench) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    bench.api("iam", "CreateRole", {"RoleName": "blind", "AssumeRolePolicyDocument": json.dumps(trust)})
    bench.endpoint()
    bench.define(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/blind")
    reason = after_an_hour(bench)["FailureReason"]
    assert reason.startswith("AccessDenied: ") and "s3:ListBucket" in reason


def test_batch_transforms_are_looked_at_by_their_manifests(bench: Bench) -> None:
    batch = {
        "DataCapturedDestinationS3Uri": f"s3://{BUCKET}/batch",
        "DatasetFormat": {"Csv": {"Header": False}},
        "LocalPath": "/opt/ml/processing/input/batch",
    }
    bench.define(input={"BatchTransformInput": batch})
    bench.schedule("batch")
    first = bench.put(f"s3://{BUCKET}/batch/input/{hour_of(NOON)}/1.json", manifest("in/", "a.csv", "b.csv"))
    bench.put(f"s3://{BUCKET}/batch/output/{hour_of(NOON)}/1.json", manifest("out/", "a.csv.out"))
    bench.clock.advance(HOUR)
    (run,) = bench.ended()
    job = bench.job(run)
    assert "EndpointName" not in run
    (one,) = job["ProcessingInputs"]
    assert (one["S3Input"]["S3Uri"], one["S3Input"]["S3DataType"]) == (first, "ManifestFile")
    assert job["Environment"]["dataset_format"] == '{"csv": {"header": false}}'
    assert job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == f"{REPORTS}/batch/2026/03/01/13"
    for number in range(2, 8):
        bench.put(f"s3://{BUCKET}/batch/input/{hour_of(NOON + HOUR)}/{number}.json", manifest("in/", f"{number}.csv"))
    bench.clock.advance(HOUR)
    (one,) = bench.job(bench.ended(2)[0])["ProcessingInputs"]
    prefix, *paths = json.loads(bench.read(one["S3Input"]["S3Uri"]))
    assert prefix == {"prefix": f"s3://{BUCKET}/"} and paths == [f"in/{number}.csv" for number in range(2, 8)]


def manifest(folder: str, *paths: str) -> str:
    return json.dumps([{"prefix": f"s3://{BUCKET}/{folder}"}, *paths])


def baselining(bench: Bench, name: str, **orders: str) -> None:
    """A processing job that ends as it is told and names the folder of a baseline."""
    output = {"S3Uri": f"s3://{BUCKET}/baseline", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    bench.sagemaker(
        "CreateProcessingJob",
        ProcessingJobName=name,
        AppSpecification={"ImageUri": PYTHON, "ContainerEntrypoint": ["true"]},
        RoleArn=ROLE,
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "monitoring_output", "S3Output": output}]},
        Environment=orders,
    )
    bench.settled()


def merged_file(bench: Bench, schedule_arn: str, folder: str) -> str:
    """Lay the file that this hour's merge would write."""
    from ormer.engines.monitors.requests import merge_id
    from ormer.stores import resources
    from ormer.stores.monitoring.executions import family

    with bench.house.stores.database.read() as tx:
        schedule = resources.get(tx, schedule_arn)
        assert schedule is not None
    schedule.arn = f"{family(schedule)}/2026-03-01T13:00:00.000Z"
    return bench.lines(f"{folder}/part-00000-{merge_id(schedule)}.c000.jsonl", [label("a", "1")])
