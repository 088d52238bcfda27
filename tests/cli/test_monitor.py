"""`ormer monitor` lists, shows and runs monitoring schedules of the running server."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from ormer.cli.main import main
from ormer.stores import resources

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
PYTHON = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
VIOLATION = {"feature_name": "age", "constraint_check_type": "data_type_check", "description": "Only 9% is Integral."}


def asked(server: Any, *words: str) -> Any:
    return CliRunner().invoke(main, ["monitor", *words, "--home", str(server.config.home)], env={"COLUMNS": "160"})


def scheduled(server: Any) -> Any:
    """A schedule of batch data named nightly."""
    sagemaker = server.client("sagemaker")
    server.client("s3").create_bucket(Bucket="watched")
    batch = {
        "DataCapturedDestinationS3Uri": "s3://watched/capture",
        "DatasetFormat": {"Csv": {"Header": False}},
        "LocalPath": "/opt/ml/processing/input",
    }
    output = {"S3Uri": "s3://watched/reports", "LocalPath": "/opt/ml/processing/output"}
    inline = {
        "MonitoringInputs": [{"BatchTransformInput": batch}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "MonitoringAppSpecification": {"ImageUri": PYTHON, "ContainerEntrypoint": ["true"]},
        "RoleArn": ROLE,
    }
    sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="nightly", MonitoringScheduleConfig={"MonitoringJobDefinition": inline}
    )
    return sagemaker


def test_schedules_are_listed_run_and_shown(server: Any) -> None:
    assert "There are no monitoring schedules." in asked(server, "list").output
    sagemaker = scheduled(server)
    listed = asked(server, "list").output
    assert "nightly" in listed and "none yet" in listed and "batch" in listed
    assert "no run yet" in asked(server, "show", "nightly").output
    ended = asked(server, "run", "nightly", "--wait")
    assert ended.exit_code == 1 and "no new data" in ended.output
    assert "no new data" in asked(server, "show", "nightly").output
    assert "InAlert" in asked(server, "list").output
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName="nightly")
    assert "start it by StartMonitoringSchedule" in asked(server, "run", "nightly").output
    missing = asked(server, "show", "none")
    assert missing.exit_code == 1 and "Could not find a monitoring schedule" in missing.output


def test_what_the_last_report_found_is_shown(server: Any) -> None:
    sagemaker = scheduled(server)
    s3 = server.client("s3")
    s3.put_object(
        Bucket="watched",
        Key="reports/done/constraint_violations.json",
        Body=json.dumps({"violations": [VIOLATION]}).encode(),
    )
    output = {
        "S3Uri": "s3://watched/reports/done",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    job = sagemaker.create_processing_job(
        ProcessingJobName="analysis",
        AppSpecification={"ImageUri": PYTHON, "ContainerEntrypoint": ["true"]},
        RoleArn=ROLE,
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "result", "S3Output": output}]},
    )["ProcessingJobArn"]
    asked(server, "run", "nightly", "--wait")
    # The run as an analysis leaves it that found something.
    with server.house.stores.database.write() as tx:
        (row,) = resources.select(tx, resources.resources.c.kind == "MonitoringExecution")
        resources.advance(
            tx,
            row.arn,
            "CompletedWithViolations",
            now=row.modified,
            expect=["Failed"],
            change={"ProcessingJobArn": job, "FailureReason": ""},
        )
    shown = asked(server, "show", "nightly").output
    assert "CompletedWithViolations" in shown and "age" in shown and "Only 9% is Integral." in shown
    told = json.loads(asked(server, "show", "nightly", "--json").output.splitlines()[-1])
    assert (told["violations"], told["report"]) == ([VIOLATION], "s3://watched/reports/done")
