"""Monitoring schedules, their runs and their alerts on the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .test_monitoring_definitions import BATCH, OUTPUT, RESOURCES, ROLE, refused, request, source

HOURLY = "cron(0 * ? * * *)"


@pytest.fixture
def definition(sagemaker: Any, unique: Any, watched_endpoint: str) -> str:
    name = unique("dq")
    sagemaker.create_data_quality_job_definition(**request("DataQuality", name, source(watched_endpoint)))
    return name


def config(definition: str, expression: str = HOURLY, **offsets: str) -> dict[str, Any]:
    return {
        "ScheduleConfig": {"ScheduleExpression": expression, **offsets},
        "MonitoringJobDefinitionName": definition,
        "MonitoringType": "DataQuality",
    }


def scheduled(sagemaker: Any, name: str, definition: str, expression: str = HOURLY, **offsets: str) -> str:
    made = sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name, MonitoringScheduleConfig=config(definition, expression, **offsets)
    )
    return str(made["MonitoringScheduleArn"])


def test_a_schedule_is_scheduled_at_once_and_has_no_run_yet(sagemaker, unique, definition, watched_endpoint):
    name = unique("s")
    arn = scheduled(sagemaker, name, definition)
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)
    assert (found["MonitoringScheduleArn"], found["MonitoringScheduleStatus"]) == (arn, "Scheduled")
    assert (found["MonitoringType"], found["EndpointName"]) == ("DataQuality", watched_endpoint)
    assert found["MonitoringScheduleConfig"] == config(definition)
    assert "LastMonitoringExecutionSummary" not in found
    assert sagemaker.list_monitoring_executions(MonitoringScheduleName=name)["MonitoringExecutionSummaries"] == []
    again = refused(
        sagemaker.create_monitoring_schedule, MonitoringScheduleName=name, MonitoringScheduleConfig=config(definition)
    )
    assert again[0] == "ResourceInUse"


def test_schedules_are_listed_by_every_filter(sagemaker, unique, definition, watched_endpoint):
    first, second = unique("listed"), unique("listed")
    for name in (first, second):
        scheduled(sagemaker, name, definition)
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName=second)

    def names(**filters: Any) -> list[str]:
        listed = sagemaker.list_monitoring_schedules(MonitoringJobDefinitionName=definition, **filters)
        return [one["MonitoringScheduleName"] for one in listed["MonitoringScheduleSummaries"]]

    assert names() == [second, first]
    assert names(SortBy="CreationTime", SortOrder="Ascending") == [first, second]
    assert names(EndpointName=watched_endpoint, MonitoringTypeEquals="DataQuality") == [second, first]
    assert names(MonitoringTypeEquals="ModelBias") == []
    assert names(StatusEquals="Stopped") == [second]
    assert names(NameContains=first) == [first]
    assert names(CreationTimeAfter=datetime.now(UTC) + timedelta(hours=1)) == []
    page = sagemaker.list_monitoring_schedules(MonitoringJobDefinitionName=definition, MaxResults=1)
    assert len(page["MonitoringScheduleSummaries"]) == 1 and page["NextToken"]


def test_a_schedule_is_stopped_started_updated_and_deleted(sagemaker, unique, definition):
    name = unique("s")
    scheduled(sagemaker, name, definition)

    def status() -> str:
        return str(sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)["MonitoringScheduleStatus"])

    sagemaker.stop_monitoring_schedule(MonitoringScheduleName=name)
    assert status() == "Stopped"
    sagemaker.start_monitoring_schedule(MonitoringScheduleName=name)
    assert status() == "Scheduled"
    changed = config(definition, "cron(0 5/6 ? * * *)")
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName=name)
    sagemaker.update_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=changed)
    assert status() == "Scheduled", "a change goes on with it"
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)
    assert found["MonitoringScheduleConfig"] == changed
    in_use = refused(sagemaker.delete_data_quality_job_definition, JobDefinitionName=definition)
    assert in_use[0] == "ValidationException" and name in in_use[1]
    sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name)
    for call in (
        sagemaker.describe_monitoring_schedule,
        sagemaker.start_monitoring_schedule,
        sagemaker.stop_monitoring_schedule,
        sagemaker.delete_monitoring_schedule,
        sagemaker.list_monitoring_alerts,
    ):
        assert refused(call, MonitoringScheduleName=name)[0] == "ResourceNotFound"
    sagemaker.delete_data_quality_job_definition(JobDefinitionName=definition)


def test_a_run_that_is_asked_for_is_listed_by_every_filter(sagemaker, unique, definition, watched_endpoint):
    name = unique("now")
    scheduled(sagemaker, name, definition, "NOW", DataAnalysisStartTime="-PT1H", DataAnalysisEndTime="-PT0H")
    (run,) = sagemaker.list_monitoring_executions(MonitoringScheduleName=name)["MonitoringExecutionSummaries"]
    assert (run["MonitoringJobDefinitionName"], run["EndpointName"]) == (definition, watched_endpoint)
    hour = timedelta(hours=1)
    met = {
        "EndpointName": watched_endpoint,
        "MonitoringJobDefinitionName": definition,
        "MonitoringTypeEquals": "DataQuality",
        "ScheduledTimeAfter": run["ScheduledTime"] - hour,
        "ScheduledTimeBefore": run["ScheduledTime"] + hour,
        "CreationTimeAfter": run["ScheduledTime"] - hour,
        "LastModifiedTimeBefore": run["ScheduledTime"] + hour,
    }
    listed = sagemaker.list_monitoring_executions(MonitoringScheduleName=name, SortBy="Status", **met)
    assert len(listed["MonitoringExecutionSummaries"]) == 1
    for unmet in (
        {"ScheduledTimeAfter": run["ScheduledTime"] + hour},
        {"ScheduledTimeBefore": run["ScheduledTime"] - hour},
        {"MonitoringTypeEquals": "ModelBias"},
        {"EndpointName": "another"},
        {"StatusEquals": "CompletedWithViolations"},
    ):
        found = sagemaker.list_monitoring_executions(MonitoringScheduleName=name, **unmet)
        assert found["MonitoringExecutionSummaries"] == []


@pytest.mark.parametrize("expression", ["cron(0 24 ? * * *)", "cron(0 * 5 * MON *)", "rate(1 hours)", "now", "hourly"])
def test_what_is_no_time_is_refused_with_examples(sagemaker, unique, definition, expression):
    asked = {"MonitoringScheduleName": unique("s"), "MonitoringScheduleConfig": config(definition, expression)}
    code, text = refused(sagemaker.create_monitoring_schedule, **asked)
    assert code == "ValidationException" and "cron(0 * ? * * *) is every hour" in text


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 * ? * * *)",
        "cron(0 00 ? * * *)",
        "cron(0 23/24 ? * * *)",
        "cron(0 * * * ? *)",
        "cron(0/15 * ? * * *)",
        "cron(30 6 ? * MON-FRI *)",
        "rate(1 hour)",
    ],
)
def test_every_cron_and_rate_is_taken(sagemaker, unique, definition, expression):
    name = unique("s")
    scheduled(sagemaker, name, definition, expression)
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)
    assert found["MonitoringScheduleConfig"]["ScheduleConfig"]["ScheduleExpression"] == expression


def test_windows_that_cannot_be_are_refused(sagemaker, unique, definition):
    def text(**params: Any) -> str:
        asked = {"MonitoringScheduleName": unique("s"), "MonitoringScheduleConfig": params["given"]}
        code, message = refused(sagemaker.create_monitoring_schedule, **asked)
        assert code == "ValidationException"
        return message

    assert "are required when ScheduleExpression is NOW" in text(given=config(definition, "NOW"))
    backwards = {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT2H"}
    assert "must precede" in text(given=config(definition, "NOW", **backwards))
    long = {"DataAnalysisStartTime": "-P2D", "DataAnalysisEndTime": "-PT0H"}
    assert "more than 24 hours" in text(given=config(definition, "NOW", **long))
    both = {**config(definition), "MonitoringJobDefinition": inline(BATCH)}
    assert "Give either MonitoringJobDefinition" in text(given=both)
    untyped = {key: value for key, value in config(definition).items() if key != "MonitoringType"}
    assert "MonitoringType is required" in text(given=untyped)
    slow = {"MonitoringJobDefinition": {**inline(BATCH), "StoppingCondition": {"MaxRuntimeInSeconds": 7200}}}
    slow["ScheduleConfig"] = {"ScheduleExpression": HOURLY}
    assert "must be less than or equal to 3600" in text(given=slow)


def test_a_definition_that_is_not_there_is_not_found(sagemaker, unique):
    asked = {"MonitoringScheduleName": unique("s"), "MonitoringScheduleConfig": config(unique("none"))}
    assert refused(sagemaker.create_monitoring_schedule, **asked)[0] == "ResourceNotFound"


def inline(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "MonitoringInputs": [given],
        "MonitoringOutputConfig": OUTPUT,
        "MonitoringResources": RESOURCES,
        "MonitoringAppSpecification": {
            "ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
        },
        "RoleArn": ROLE,
    }


def test_an_inline_definition_counts_as_data_quality(sagemaker, unique):
    name = unique("inline")
    sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name, MonitoringScheduleConfig={"MonitoringJobDefinition": inline(BATCH)}
    )
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)
    assert found["MonitoringType"] == "DataQuality" and "EndpointName" not in found


def test_an_endpoint_that_is_watched_is_not_deleted(sagemaker, unique, definition, watched_endpoint):
    name = unique("s")
    scheduled(sagemaker, name, definition)
    code, text = refused(sagemaker.delete_endpoint, EndpointName=watched_endpoint)
    assert code == "ValidationException" and name in text


def test_a_schedule_has_one_alert_that_can_be_changed(sagemaker, unique, definition):
    name = unique("s")
    arn = scheduled(sagemaker, name, definition)
    (alert,) = sagemaker.list_monitoring_alerts(MonitoringScheduleName=name)["MonitoringAlertSummaries"]
    assert (alert["AlertStatus"], alert["DatapointsToAlert"], alert["EvaluationPeriod"]) == ("OK", 1, 1)
    assert alert["Actions"]["ModelDashboardIndicator"]["Enabled"] is True
    change = {"MonitoringAlertName": alert["MonitoringAlertName"], "DatapointsToAlert": 2, "EvaluationPeriod": 5}
    changed = sagemaker.update_monitoring_alert(MonitoringScheduleName=name, **change)
    assert changed == {**changed, "MonitoringScheduleArn": arn, "MonitoringAlertName": alert["MonitoringAlertName"]}
    (alert,) = sagemaker.list_monitoring_alerts(MonitoringScheduleName=name)["MonitoringAlertSummaries"]
    assert (alert["DatapointsToAlert"], alert["EvaluationPeriod"]) == (2, 5)
    history = sagemaker.list_monitoring_alert_history(MonitoringScheduleName=name)
    assert history["MonitoringAlertHistory"] == []
    more = {**change, "DatapointsToAlert": 6}
    assert refused(sagemaker.update_monitoring_alert, MonitoringScheduleName=name, **more)[0] == "ValidationException"
    other = {**change, "MonitoringAlertName": "another"}
    assert refused(sagemaker.update_monitoring_alert, MonitoringScheduleName=name, **other)[0] == "ResourceNotFound"


def test_a_caller_who_may_not_pass_the_role_makes_no_inline_monitor(shared_server, unique):
    iam = shared_server.client("iam")
    user = unique("user")
    iam.create_user(UserName=user)
    allowed = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    theirs = shared_server.client("sagemaker", **credentials)
    asked = {
        "MonitoringScheduleName": unique("s"),
        "MonitoringScheduleConfig": {"MonitoringJobDefinition": inline(BATCH)},
    }
    code, text = refused(theirs.create_monitoring_schedule, **asked)
    assert code == "AccessDenied" and "iam:PassRole" in text
