"""Event buses, their policies and tags, and events people send."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ormer.stores import events as outbox

ACCOUNT = "123456789012"
HERE = f"arn:aws:events:us-east-1:{ACCOUNT}"


@pytest.fixture
def bus(events, unique) -> str:
    name = unique("bus")
    events.create_event_bus(Name=name)
    return name


def entry(**more):
    return {"Source": "shop", "DetailType": "Order", "Detail": '{"n": 1}', **more}


def test_the_default_bus_is_always_there(events):
    assert events.describe_event_bus()["Arn"] == f"{HERE}:event-bus/default"
    assert "default" in [one["Name"] for one in events.list_event_buses()["EventBuses"]]
    with pytest.raises(ClientError, match="Cannot delete event bus default"):
        events.delete_event_bus(Name="default")
    with pytest.raises(events.exceptions.ResourceAlreadyExistsException):
        events.create_event_bus(Name="default")


def test_a_bus_is_made_changed_listed_and_deleted(events, unique):
    name = unique("bus")
    made = events.create_event_bus(Name=name, Description="first", Tags=[{"Key": "a", "Value": "1"}])
    assert made["EventBusArn"] == f"{HERE}:event-bus/{name}" and made["Description"] == "first"
    assert events.update_event_bus(Name=name, Description="second")["Description"] == "second"
    assert events.describe_event_bus(Name=made["EventBusArn"])["Description"] == "second"
    assert [one["Name"] for one in events.list_event_buses(NamePrefix=name)["EventBuses"]] == [name]
    events.put_rule(Name="r", EventBusName=name, EventPattern='{"source": ["a"]}')
    assert events.describe_rule(Name="r", EventBusName=name)["Arn"] == f"{HERE}:rule/{name}/r"
    with pytest.raises(ClientError, match="has rules"):
        events.delete_event_bus(Name=name)
    events.delete_rule(Name="r", EventBusName=name)
    events.delete_event_bus(Name=name)
    events.delete_event_bus(Name=name)
    with pytest.raises(events.exceptions.ResourceNotFoundException, match=f"Event bus {name} does not exist"):
        events.describe_event_bus(Name=name)


def test_schedules_are_for_the_default_bus(events, bus):
    with pytest.raises(ClientError, match="ScheduleExpression is supported only on the default event bus"):
        events.put_rule(Name="r", EventBusName=bus, ScheduleExpression="rate(1 hour)")


def test_a_policy_is_kept_statement_by_statement(events, bus):
    events.put_permission(EventBusName=bus, Action="events:PutEvents", Principal="111122223333", StatementId="one")
    events.put_permission(EventBusName=bus, Action="events:PutEvents", Principal="*", StatementId="two")
    policy = json.loads(events.describe_event_bus(Name=bus)["Policy"])
    assert [one["Sid"] for one in policy["Statement"]] == ["one", "two"]
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    events.remove_permission(EventBusName=bus, StatementId="one")
    assert len(json.loads(events.describe_event_bus(Name=bus)["Policy"])["Statement"]) == 1
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.remove_permission(EventBusName=bus, StatementId="one")
    events.remove_permission(EventBusName=bus, RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus(Name=bus)
    events.put_permission(EventBusName=bus, Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    with pytest.raises(ClientError, match="JSON object with a list of Statement"):
        events.put_permission(EventBusName=bus, Policy="[]")


def test_tags_are_added_and_removed(events, bus):
    for arn in (f"{HERE}:event-bus/{bus}", f"{HERE}:event-bus/default"):
        events.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        events.untag_resource(ResourceARN=arn, TagKeys=["a"])
        assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.list_tags_for_resource(ResourceARN=f"{HERE}:rule/nothing")


def test_events_come_to_the_bus_in_order(shared_server, events, bus):
    database = shared_server.house.stores.database
    with database.read() as tx:
        before = outbox.last(tx)
    answer = events.put_events(Entries=[entry(EventBusName=bus, Resources=["arn:x"]), entry(Time=1_600_000_000)])
    assert answer["FailedEntryCount"] == 0
    with database.read() as tx:
        one, two = (row for row in outbox.after(tx, before) if row["source"] == "shop")
    assert [one["uuid"], two["uuid"]] == [each["EventId"] for each in answer["Entries"]]
    assert (one["bus"], two["bus"]) == (bus, "default") and one["resources"] == ["arn:x"]
    assert outbox.envelope(two)["time"] == "2020-09-13T12:26:40Z" and two["detail"] == {"n": 1}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Source": "aws.s3"}, "NotAuthorizedForSourceException"),
        ({"Detail": "{"}, "MalformedDetail"),
        ({"Detail": "[1]"}, "MalformedDetail"),
        ({"Detail": '{"a":' * 300 + "1" + "}" * 300}, "MalformedDetail"),
        ({"Detail": '{"a": "\\ud800"}'}, "MalformedDetail"),
        ({"Source": ""}, "InvalidArgument"),
        ({"DetailType": ""}, "InvalidArgument"),
        ({"EventBusName": "nowhere"}, "ResourceNotFoundException"),
    ],
)
def test_one_bad_entry_fails_alone(events, wrong, code):
    answer = events.put_events(Entries=[entry(**wrong), entry()])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code and "EventId" in answer["Entries"][1]


def test_more_than_256_kilobytes_are_refused(events):
    big = json.dumps({"a": "x" * 200_000})
    with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
        events.put_events(Entries=[entry(Detail=big), entry(Detail=big)])


def test_a_pattern_is_tried_on_an_event(events):
    event = {"id": "1", "account": ACCOUNT, "source": "shop", "time": "2026-01-01T00:00:00Z", "region": "us-east-1"}
    event |= {"resources": [], "detail-type": "Order", "detail": {"n": 5}}
    for pattern, wanted in (({"detail": {"n": [5]}}, True), ({"detail": {"n": [6]}}, False)):
        result = events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
        assert result["Result"] is wanted
    with pytest.raises(events.exceptions.InvalidEventPatternException, match="Empty arrays are not allowed"):
        events.test_event_pattern(EventPattern='{"a": []}', Event=json.dumps(event))
    for text in ("{}", "[]", "{"):
        with pytest.raises(ClientError, match="Parameter Event is not valid"):
            events.test_event_pattern(EventPattern='{"a": [1]}', Event=text)
