"""EventBridge Scheduler's schedules and groups."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
HERE = f"arn:aws:scheduler:us-east-1:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/SageMakerRole"
PIPELINE = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/p"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
TARGET = {"Arn": PIPELINE, "RoleArn": ROLE}
OFF = {"Mode": "OFF"}
NEVER = "at(2199-01-01T00:00:00)"


def schedule(scheduler, name, **more):
    given = {"Name": name, "ScheduleExpression": NEVER, "FlexibleTimeWindow": OFF, "Target": TARGET, **more}
    return scheduler.create_schedule(**given)["ScheduleArn"]


def test_a_schedule_is_answered_with_awss_defaults(scheduler, unique):
    name = unique("s")
    assert schedule(scheduler, name) == f"{HERE}:schedule/default/{name}"
    found = scheduler.get_schedule(Name=name)
    assert (found["State"], found["GroupName"], found["ActionAfterCompletion"]) == ("ENABLED", "default", "NONE")
    assert found["ScheduleExpressionTimezone"] == "UTC" and found["Arn"].endswith(name)
    retries = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    assert found["Target"] == {**TARGET, "RetryPolicy": retries}
    assert found["CreationDate"] == found["LastModificationDate"]


def test_a_schedule_is_updated_whole_and_deleted(scheduler, unique):
    name = unique("s")
    start = datetime(2100, 1, 1, tzinfo=UTC)
    schedule(scheduler, name, Description="first", StartDate=start)
    assert scheduler.get_schedule(Name=name)["StartDate"] == start
    answer = scheduler.update_schedule(
        Name=name, ScheduleExpression="cron(0 12 * * ? 2199)", FlexibleTimeWindow=OFF, Target=TARGET, State="DISABLED"
    )
    found = scheduler.get_schedule(Name=name)
    assert answer["ScheduleArn"] == found["Arn"] and found["State"] == "DISABLED"
    assert "Description" not in found and "StartDate" not in found
    scheduler.delete_schedule(Name=name)
    for call in (scheduler.get_schedule, scheduler.delete_schedule):
        with pytest.raises(scheduler.exceptions.ResourceNotFoundException, match=f"Schedule {name} does not exist"):
            call(Name=name)


def test_schedules_are_paged_by_group_state_and_prefix(scheduler, unique):
    group = unique("g")
    assert scheduler.create_schedule_group(Name=group)["ScheduleGroupArn"] == f"{HERE}:schedule-group/{group}"
    for number in range(3):
        schedule(scheduler, f"a{number}", GroupName=group)
    schedule(scheduler, "b", GroupName=group, State="DISABLED")
    first = scheduler.list_schedules(GroupName=group, MaxResults=3)
    rest = scheduler.list_schedules(GroupName=group, NextToken=first["NextToken"])
    assert [one["Name"] for one in first["Schedules"] + rest["Schedules"]] == ["a0", "a1", "a2", "b"]
    assert first["Schedules"][0]["Target"] == {"Arn": PIPELINE}
    assert [one["Name"] for one in scheduler.list_schedules(GroupName=group, State="DISABLED")["Schedules"]] == ["b"]
    assert len(scheduler.list_schedules(GroupName=group, NamePrefix="a")["Schedules"]) == 3
    scheduler.delete_schedule_group(Name=group)
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException, match=f"Schedule group {group} does not exist"):
        scheduler.list_schedules(GroupName=group)


def test_a_repeated_create_answers_the_first_and_another_one_conflicts(scheduler, unique):
    name = unique("s")
    one = schedule(scheduler, name, ClientToken="token-1")
    assert schedule(scheduler, name, ClientToken="token-1") == one
    with pytest.raises(scheduler.exceptions.ConflictException, match=f"Schedule {name} already exists"):
        schedule(scheduler, name)


def test_groups_are_listed_tagged_and_the_default_one_stays(scheduler, unique):
    group = unique("g")
    arn = scheduler.create_schedule_group(Name=group, Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    assert scheduler.get_schedule_group(Name=group)["State"] == "ACTIVE"
    names = [one["Name"] for one in scheduler.list_schedule_groups()["ScheduleGroups"]]
    assert {"default", group} <= set(names)
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(scheduler.exceptions.ConflictException):
        scheduler.create_schedule_group(Name="default")
    with pytest.raises(ClientError, match="default schedule group cannot be deleted"):
        scheduler.delete_schedule_group(Name="default")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"ScheduleExpression": "every day"}, "Invalid Schedule Expression every day"),
        ({"ScheduleExpressionTimezone": "Mars/Base"}, "Invalid Time Zone Mars/Base"),
        ({"StartDate": 2e9, "EndDate": 1e9}, "EndDate must be after the StartDate"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes goes with"),
        (
            {"Target": {**TARGET, "Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"}},
            "kinesis targets cannot be delivered here",
        ),
        ({"Target": {**TARGET, "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:listModels"}}, "only reads"),
        (
            {"Target": {**TARGET, "Arn": BUS}},
            "EventBridgeParameters",
        ),
        ({"Target": {**TARGET, "Arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:x"}}, "of this kind"),
    ],
)
def test_what_is_no_schedule_is_refused(scheduler, unique, words, text):
    with pytest.raises(scheduler.exceptions.ValidationException, match=text):
        schedule(scheduler, unique("s"), **words)


def test_a_role_is_given_to_a_schedule_only_by_who_may_pass_it(shared_server, scheduler, unique):
    iam, person = shared_server.client("iam"), unique("ada")
    iam.create_user(UserName=person)
    statement = {"Effect": "Allow", "Action": "scheduler:*", "Resource": f"{HERE}:schedule/default/*"}
    iam.put_user_policy(UserName=person, PolicyName="p", PolicyDocument=json.dumps({"Statement": [statement]}))
    key = iam.create_access_key(UserName=person)["AccessKey"]
    ada = shared_server.client(
        "scheduler", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    with pytest.raises(ClientError, match="iam:PassRole"):
        schedule(ada, unique("s"))
    name = unique("s")
    schedule(scheduler, name)
    assert ada.get_schedule(Name=name)["Name"] == name
