"""Schedules: every time has one run, with the window that AWS gives it."""

from __future__ import annotations

from .conftest import BUCKET, CAPTURED, HOUR, NOON, REPORTS, Bench, hour_of


def test_an_hourly_schedule_analyses_what_the_hour_before_captured(bench: Bench) -> None:
    bench.endpoint()
    bench.define(orders={"publish_cloudwatch_metrics": "Enabled", "own": "kept"})
    bench.schedule()
    assert bench.runs() == []
    bench.capture(NOON + 1800)
    bench.clock.advance(HOUR)
    (run,) = bench.ended()
    assert run["MonitoringExecutionStatus"] == "Completed"
    assert run["ScheduledTime"] == NOON + HOUR
    assert (run["EndpointName"], run["MonitoringType"]) == ("shop", "DataQuality")
    job = bench.job(run)
    assert job["MonitoringScheduleArn"].endswith(":monitoring-schedule/hourly")
    assert job["ProcessingJobName"].startswith("data-quality-monitoring-202603011300-")
    assert [one["S3Input"]["S3Uri"] for one in job["ProcessingInputs"]] == [
        f"{CAPTURED}/shop/AllTraffic/{hour_of(NOON)}"
    ]
    assert job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == f"{REPORTS}/shop/hourly/2026/03/01/13"
    assert job["Environment"] == {
        "own": "kept",
        "publish_cloudwatch_metrics": "Enabled",
        "dataset_format": '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}',
        "dataset_source": "/opt/ml/processing/input/endpoint",
        "output_path": "/opt/ml/processing/output",
        "start_time": "2026-03-01T12:00:00Z",
        "end_time": "2026-03-01T13:00:00Z",
        "monitoring_input_type": "ENDPOINT_INPUT",
        "sagemaker_endpoint_name": "shop",
        "sagemaker_endpoint_datacapture_prefix": f"s3://{BUCKET}/capture",
        "sagemaker_monitoring_schedule_name": "hourly",
    }
