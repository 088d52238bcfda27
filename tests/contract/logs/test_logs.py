"""Log groups, streams and events, as people and the SDK read them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ormer.stores import logs as log_store


@pytest.fixture
def stream(logs, unique) -> tuple[str, str]:
    group = unique("/aws/test")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="job/algo-1")
    return group, "job/algo-1"


def put(logs, group, stream, *events):
    logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": at, "message": text} for at, text in events]
    )


def messages(answer):
    return [event["message"] for event in answer["events"]]


def test_events_are_read_forwards_page_by_page_and_the_token_stands_still_at_the_end(logs, stream):
    group, name = stream
    put(logs, group, name, *((1000 + number, f"line {number}") for number in range(5)))
    where = {"logGroupName": group, "logStreamName": name}
    first = logs.get_log_events(**where, startFromHead=True, limit=3)
    assert messages(first) == ["line 0", "line 1", "line 2"]
    second = logs.get_log_events(**where, nextToken=first["nextForwardToken"], limit=3)
    assert messages(second) == ["line 3", "line 4"]
    end = logs.get_log_events(**where, nextToken=second["nextForwardToken"])
    assert messages(end) == [] and end["nextForwardToken"] == second["nextForwardToken"]
    put(logs, group, name, (2000, "later"))
    assert messages(logs.get_log_events(**where, nextToken=end["nextForwardToken"])) == ["later"]
    back = logs.get_log_events(**where, nextToken=second["nextBackwardToken"], limit=2)
    assert messages(back) == ["line 1", "line 2"]


def test_without_start_from_head_the_newest_come_first_in_order(logs, stream):
    group, name = stream
    put(logs, group, name, (3000, "c"))
    put(logs, group, name, (1000, "a"), (2000, "b"))
    where = {"logGroupName": group, "logStreamName": name}
    assert messages(logs.get_log_events(**where, limit=2)) == ["b", "c"]
    assert messages(logs.get_log_events(**where, startTime=1000, endTime=3000, startFromHead=True)) == ["a", "b"]


def test_an_empty_stream_is_followed_from_its_first_token(logs, stream):
    group, name = stream
    where = {"logGroupName": group, "logStreamName": name}
    empty = logs.get_log_events(**where, startFromHead=True)
    assert messages(empty) == []
    put(logs, group, name, (1, "first"))
    assert messages(logs.get_log_events(**where, nextToken=empty["nextForwardToken"])) == ["first"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["ERROR disk full", "info all fine", "WARN disk slow"]),
        ("disk", ["ERROR disk full", "WARN disk slow"]),
        ("disk full", ["ERROR disk full"]),
        ('"disk slow"', ["WARN disk slow"]),
        ("?ERROR ?WARN", ["ERROR disk full", "WARN disk slow"]),
        ("disk -ERROR", ["WARN disk slow"]),
        ("%al+ fine%", ["info all fine"]),
    ],
)
def test_a_filter_finds_events_of_every_stream(logs, stream, pattern, found):
    group, name = stream
    logs.create_log_stream(logGroupName=group, logStreamName="other")
    put(logs, group, name, (1, "ERROR disk full"), (3, "WARN disk slow"))
    put(logs, group, "other", (2, "info all fine"))
    answer = logs.filter_log_events(logGroupName=group, filterPattern=pattern)
    assert messages(answer) == sorted(found, key=["ERROR disk full", "info all fine", "WARN disk slow"].index)


def test_filtered_events_are_narrowed_by_stream_and_time_and_paged(logs, stream):
    group, name = stream
    logs.create_log_stream(logGroupName=group, logStreamName="other")
    put(logs, group, name, *((number, f"a{number}") for number in range(4)))
    put(logs, group, "other", (1, "b"))
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, logStreamNamePrefix="job/", PaginationConfig={"PageSize": 3}
    )
    assert [messages(page) for page in pages] == [["a0", "a1", "a2"], ["a3"]]
    one = logs.filter_log_events(logGroupName=group, logStreamNames=["other"], startTime=1, endTime=2)
    assert one["events"][0]["logStreamName"] == "other" and messages(one) == ["b"]


def test_groups_that_a_job_opened_are_listed_and_described(shared_server, logs, unique):
    group, house = unique("/aws/sagemaker/TrainingJobs"), shared_server.house
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        logs.describe_log_streams(logGroupName=group)
    now = house.stores.clock.now()
    with house.stores.database.write() as tx:
        opened = log_store.stream(tx, "123456789012", "us-east-1", group, "job/algo-1-1", now)
        log_store.append(tx, opened["id"], [(5, "hello")], now)
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["storedBytes"] == 5 and found["arn"].endswith(f":log-group:{group}:*")
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="job/")["logStreams"]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (5, 5)
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 7
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    logs.delete_log_group(logGroupName=group)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []


def test_streams_are_paged_and_sorted_by_name_or_last_event(logs, stream):
    group, name = stream
    for number in range(3):
        logs.create_log_stream(logGroupName=group, logStreamName=f"s{number}")
        put(logs, group, f"s{number}", (100 - number, "x"))
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, PaginationConfig={"PageSize": 3})
    assert [[one["logStreamName"] for one in page["logStreams"]] for page in pages] == [[name, "s0", "s1"], ["s2"]]
    newest = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"]
    assert [one["logStreamName"] for one in newest][:3] == ["s0", "s1", "s2"]
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", logStreamNamePrefix="s")
    logs.delete_log_stream(logGroupName=group, logStreamName=name)
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="stream"):
        logs.get_log_events(logGroupName=group, logStreamName=name)


def test_mistakes_are_refused(logs, stream):
    group, name = stream
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
    with pytest.raises(logs.exceptions.InvalidParameterException, match="in order"):
        put(logs, group, name, (2, "b"), (1, "a"))
    with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken"):
        logs.get_log_events(logGroupName=group, logStreamName=name, nextToken="ours-not")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        put(logs, group, "not-there", (1, "a"))
    with pytest.raises(ClientError, match="not answered yet"):
        logs.filter_log_events(logGroupName=group, filterPattern='{ $.level = "x" }')


def test_groups_carry_tags_by_arn_and_by_name(logs, unique):
    group = unique("tagged")
    logs.create_log_group(logGroupName=group, tags={"a": "1"})
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    logs.tag_log_group(logGroupName=group, tags={"c": "3"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2", "c": "3"}
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"b": "2", "c": "3"}
