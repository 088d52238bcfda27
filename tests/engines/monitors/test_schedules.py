"""Schedules: every time has one run, with the window that AWS gives it."""

from __future__ import annotations

import json
from pathlib import Path

from ormer.aws.clock import ManualClock

from .conftest import BUCKET, CAPTURED, HOUR, NOON, REPORTS, Bench, bench_in, hour_of


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


def test_a_day_of_hours_is_analysed_once_a_window_and_empty_windows_say_so(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule()
    for hour in range(24):
        if hour % 4 != 3:
            bench.capture(NOON + hour * HOUR + 60)
    bench.clock.advance(24 * HOUR)
    runs = bench.ended(24)
    assert [run["ScheduledTime"] for run in runs] == [NOON + hour * HOUR for hour in range(24, 0, -1)]
    for run in runs:
        window = run["ScheduledTime"] - HOUR
        if (window - NOON) / HOUR % 4 == 3:
            assert (run["MonitoringExecutionStatus"], run["FailureReason"]) == ("Failed", "Job inputs had no data")
            assert "ProcessingJobArn" not in run, "no job is started for nothing"
        else:
            assert run["MonitoringExecutionStatus"] == "Completed"
            (one,) = bench.job(run)["ProcessingInputs"]
            assert one["S3Input"]["S3Uri"].endswith(hour_of(window))
    assert len(bench.jobs()) == 18


def test_runs_of_a_schedule_follow_each_other_and_none_is_left_out(bench: Bench) -> None:
    bench.endpoint()
    bench.define(orders={"ends": "never"})
    bench.schedule()
    for hour in range(3):
        bench.capture(NOON + hour * HOUR)
    bench.clock.advance(3 * HOUR)
    for count in range(1, 4):
        bench.until(lambda count=count: len(bench.jobs()) == count)
        bench.settled()
        states = [run["MonitoringExecutionStatus"] for run in reversed(bench.runs())]
        assert states == ["Stopped"] * (count - 1) + ["InProgress"] + ["Pending"] * (3 - count)
        running = bench.runs(StatusEquals="InProgress")[0]["ProcessingJobArn"].rsplit("/", 1)[-1]
        bench.sagemaker("StopProcessingJob", ProcessingJobName=running)
    assert len(bench.ended(3)) == 3


def test_a_daily_schedule_looks_at_the_whole_day_by_a_manifest(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule("daily", "cron(0 12 ? * * *)")
    files = [bench.capture(NOON + hour * HOUR) for hour in (0, 1, 5, 9, 13, 23)]
    bench.capture(NOON - 1)
    bench.clock.advance(23 * HOUR)
    bench.settled()
    assert bench.runs() == []
    bench.clock.advance(HOUR)
    (run,) = bench.ended()
    (one,) = bench.job(run)["ProcessingInputs"]
    assert one["S3Input"]["S3DataType"] == "ManifestFile"
    prefix, *paths = json.loads(bench.read(one["S3Input"]["S3Uri"]))
    assert [prefix["prefix"] + path for path in paths] == files


def test_every_variant_is_looked_at(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule()
    for variant in ("blue", "green"):
        bench.capture(NOON, variant=variant)
    bench.clock.advance(HOUR)
    (run,) = bench.ended()
    local = [one["S3Input"]["LocalPath"] for one in bench.job(run)["ProcessingInputs"]]
    hour = hour_of(NOON)
    assert local == [f"/opt/ml/processing/input/endpoint/shop/{variant}/{hour}" for variant in ("blue", "green")]


def test_offsets_shift_the_window(bench: Bench) -> None:
    bench.endpoint()
    bench.define(source={"StartTimeOffset": "-P8D", "EndTimeOffset": "-P1D"})
    bench.schedule()
    bench.capture(NOON + HOUR - 8 * 24 * HOUR)
    bench.capture(NOON)
    bench.clock.advance(HOUR)
    (run,) = bench.ended()
    environment = bench.job(run)["Environment"]
    assert (environment["start_time"], environment["end_time"]) == ("2026-02-21T13:00:00Z", "2026-02-28T13:00:00Z")
    assert len(bench.job(run)["ProcessingInputs"]) == 1


def test_now_runs_at_once_over_the_window_that_is_asked_for_and_once_more_at_each_start(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.clock.advance(1234)
    bench.capture(NOON + 600)
    hour = {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT0H"}
    bench.schedule("once", "NOW", offsets=hour)
    (run,) = bench.ended()
    job = bench.job(run)
    assert (job["Environment"]["start_time"], job["Environment"]["end_time"]) == (
        "2026-03-01T11:20:34Z",
        "2026-03-01T12:20:34Z",
    )
    assert (
        job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == f"{REPORTS}/shop/once/2026/03/01/12/20-34"
    )
    bench.clock.advance(24 * HOUR)
    bench.settled()
    assert len(bench.runs()) == 1, "it never runs by itself"
    bench.sagemaker("StartMonitoringSchedule", MonitoringScheduleName="once")
    assert bench.ended(2)[0]["FailureReason"] == "Job inputs had no data"


def test_starting_a_schedule_that_is_scheduled_runs_it_now_over_the_last_period(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule()
    bench.clock.advance(1800)
    bench.capture(NOON + 60)
    bench.sagemaker("StartMonitoringSchedule", MonitoringScheduleName="hourly")
    (run,) = bench.ended()
    environment = bench.job(run)["Environment"]
    assert (environment["start_time"], environment["end_time"]) == ("2026-03-01T11:30:00Z", "2026-03-01T12:30:00Z")
    bench.clock.advance(1800)
    assert [run["ScheduledTime"] for run in bench.ended(2)] == [NOON + HOUR, NOON + 1800]


def test_a_run_begun_within_a_second_looks_at_what_came_in_it(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule()
    bench.clock.advance(HOUR / 2 + 0.5)
    bench.capture(NOON + HOUR / 2 + 0.3)
    bench.sagemaker("StartMonitoringSchedule", MonitoringScheduleName="hourly")
    (run,) = bench.ended()
    assert bench.job(run)["Environment"]["end_time"] == "2026-03-01T12:30:01Z"


def test_times_that_pass_while_a_schedule_is_stopped_are_not_made_up_for(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule()
    bench.capture(NOON)
    bench.sagemaker("StopMonitoringSchedule", MonitoringScheduleName="hourly")
    bench.clock.advance(2 * HOUR)
    bench.settled()
    assert bench.runs() == []
    bench.sagemaker("StartMonitoringSchedule", MonitoringScheduleName="hourly")
    bench.settled()
    assert bench.runs() == []
    bench.clock.advance(HOUR)
    assert [run["ScheduledTime"] for run in bench.ended(1)] == [NOON + 3 * HOUR]


def test_a_new_expression_counts_from_its_change(bench: Bench) -> None:
    bench.endpoint()
    bench.define()
    bench.schedule()
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 0/6 ? * * *)"},
        "MonitoringJobDefinitionName": "definition",
        "MonitoringType": "DataQuality",
    }
    bench.sagemaker("UpdateMonitoringSchedule", MonitoringScheduleName="hourly", MonitoringScheduleConfig=config)
    bench.clock.advance(13 * HOUR)
    assert [run["ScheduledTime"] for run in bench.ended(2)] == [NOON + 12 * HOUR, NOON + 6 * HOUR]


def test_of_the_times_that_passed_while_ormer_was_down_those_with_data_run(tmp_path: Path, clock: ManualClock) -> None:
    first = bench_in(tmp_path / "home", clock, started=False)
    first.api("s3", "CreateBucket", {"Bucket": BUCKET})
    first.endpoint()
    first.define()
    first.schedule()
    first.capture(NOON + 2 * HOUR + 1)
    first.house.stores.close()
    clock.advance(10 * HOUR + 60)
    second = bench_in(tmp_path / "home", clock)
    try:
        (run,) = second.ended()
        assert run["ScheduledTime"] == NOON + 3 * HOUR
        second.settled()
        assert len(second.runs()) == 1
        clock.advance(HOUR)
        assert second.ended(2)[0]["FailureReason"] == "Job inputs had no data"
    finally:
        second.worker.stop()
        second.house.stores.close()


def test_a_deleted_schedule_stops_its_runs_and_leaves_their_history(bench: Bench) -> None:
    bench.endpoint()
    bench.define(orders={"ends": "never"})
    bench.schedule()
    bench.capture(NOON)
    bench.clock.advance(2 * HOUR)
    bench.until(lambda: bench.jobs())
    bench.sagemaker("DeleteMonitoringSchedule", MonitoringScheduleName="hourly")
    runs = bench.ended(2, MonitoringScheduleName="hourly")
    assert [run["MonitoringExecutionStatus"] for run in runs] == ["Stopped", "Stopped"]
    bench.until(lambda: bench.job(runs[1])["ProcessingJobStatus"] == "Stopped")
    bench.schedule()
    bench.settled()
    assert "LastMonitoringExecutionSummary" not in bench.sagemaker(
        "DescribeMonitoringSchedule", MonitoringScheduleName="hourly"
    )
