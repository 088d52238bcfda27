"""Archives, replays, connections and API destinations."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
HERE = f"arn:aws:events:us-east-1:{ACCOUNT}"
SECRETS = {"BasicAuthParameters": {"Username": "ada", "Password": "pa55"}}


def test_an_archive_counts_the_events_it_holds(events, unique):
    name = unique("bus")
    bus = events.create_event_bus(Name=name)["EventBusArn"]
    pattern = json.dumps({"detail": {"n": [1]}})
    archive = unique("archive")
    made = events.create_archive(ArchiveName=archive, EventSourceArn=bus, EventPattern=pattern, RetentionDays=3)
    assert made["State"] == "ENABLED" and made["ArchiveArn"] == f"{HERE}:archive/{archive}"
    for number in (1, 2, 1):
        entry = {"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"n": number}), "EventBusName": name}
        events.put_events(Entries=[entry])
    found = events.describe_archive(ArchiveName=archive)
    assert found["EventCount"] == 2 and found["SizeBytes"] > 200 and found["RetentionDays"] == 3
    events.update_archive(ArchiveName=archive, EventPattern=json.dumps({"detail": {"n": [2]}}))
    (listed,) = events.list_archives(NamePrefix=archive, State="ENABLED")["Archives"]
    assert listed["EventCount"] == 1
    with pytest.raises(events.exceptions.ResourceAlreadyExistsException):
        events.create_archive(ArchiveName=archive, EventSourceArn=bus)
    events.delete_archive(ArchiveName=archive)
    assert events.list_archives(EventSourceArn=bus)["Archives"] == []
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_archive(ArchiveName=archive)


def test_a_replay_is_started_described_listed_and_cannot_be_cancelled_at_its_end(events, unique):
    bus = events.create_event_bus(Name=unique("bus"))["EventBusArn"]
    archive = events.create_archive(ArchiveName=unique("a"), EventSourceArn=bus)["ArchiveArn"]
    replay = unique("replay")
    given = {"EventSourceArn": archive, "EventStartTime": 1_600_000_000, "EventEndTime": 1_700_000_000}
    made = events.start_replay(ReplayName=replay, Destination={"Arn": bus}, **given)
    assert made["State"] == "STARTING" and made["ReplayArn"] == f"{HERE}:replay/{replay}"
    while events.describe_replay(ReplayName=replay)["State"] in ("STARTING", "RUNNING"):
        pass
    assert events.describe_replay(ReplayName=replay)["State"] == "COMPLETED"
    assert [one["ReplayName"] for one in events.list_replays(EventSourceArn=archive)["Replays"]] == [replay]
    with pytest.raises(ClientError, match="IllegalStatus"):
        events.cancel_replay(ReplayName=replay)
    with pytest.raises(ClientError, match="Cross event bus replay is not permitted"):
        events.start_replay(ReplayName=unique("r"), Destination={"Arn": f"{HERE}:event-bus/default"}, **given)
    with pytest.raises(ClientError, match="EventStartTime must be before EventEndTime"):
        events.start_replay(ReplayName=unique("r"), Destination={"Arn": bus}, **{**given, "EventEndTime": 1})


def test_a_connection_never_tells_its_secrets(shared_server, events, unique):
    name = unique("connection")
    made = events.create_connection(Name=name, AuthorizationType="BASIC", AuthParameters=SECRETS)
    assert made["ConnectionState"] == "AUTHORIZED" and f":connection/{name}/" in made["ConnectionArn"]
    found = events.describe_connection(Name=name)
    assert found["AuthParameters"] == {"BasicAuthParameters": {"Username": "ada"}}
    header = {"Key": "X", "Value": "hidden", "IsValueSecret": True}
    events.update_connection(
        Name=name,
        Description="more",
        AuthParameters={"InvocationHttpParameters": {"HeaderParameters": [header]}},
    )
    found = events.describe_connection(Name=name)
    shown = {"Key": "X", "IsValueSecret": True}
    assert found["AuthParameters"]["InvocationHttpParameters"]["HeaderParameters"] == [shown]
    assert [one["Name"] for one in events.list_connections(NamePrefix=name)["Connections"]] == [name]
    home = shared_server.config.home
    kept = b"".join(file.read_bytes() for file in home.glob("ormer.db*"))
    assert b"pa55" not in kept and b"hidden" not in kept
    assert events.delete_connection(Name=name)["ConnectionState"] == "DELETING"
    assert events.list_connections(NamePrefix=name)["Connections"] == []


def test_connections_that_could_not_work_are_refused(events, unique):
    with pytest.raises(ClientError, match="needs AuthParameters"):
        events.create_connection(Name=unique("c"), AuthorizationType="API_KEY", AuthParameters=SECRETS)
    client = {"ClientID": "a", "ClientSecret": "b"}
    oauth = {"ClientParameters": client, "AuthorizationEndpoint": "https://example.com", "HttpMethod": "POST"}
    with pytest.raises(ClientError, match="OAuth connections are not there yet"):
        events.create_connection(
            Name=unique("c"), AuthorizationType="OAUTH_CLIENT_CREDENTIALS", AuthParameters={"OAuthParameters": oauth}
        )


def test_an_api_destination_is_made_changed_listed_and_deleted(events, unique):
    connection = events.create_connection(Name=unique("c"), AuthorizationType="BASIC", AuthParameters=SECRETS)
    name = unique("destination")
    given = {"ConnectionArn": connection["ConnectionArn"], "HttpMethod": "POST"}
    made = events.create_api_destination(Name=name, InvocationEndpoint="https://example.com/hook", **given)
    assert made["ApiDestinationState"] == "ACTIVE" and f":api-destination/{name}/" in made["ApiDestinationArn"]
    events.update_api_destination(Name=name, InvocationEndpoint="https://example.com/other")
    found = events.describe_api_destination(Name=name)
    assert found["InvocationEndpoint"] == "https://example.com/other" and found["HttpMethod"] == "POST"
    listed = events.list_api_destinations(ConnectionArn=connection["ConnectionArn"])["ApiDestinations"]
    assert [one["Name"] for one in listed] == [name]
    with pytest.raises(ClientError, match="is not an https URL"):
        events.create_api_destination(Name=unique("d"), InvocationEndpoint="https://ada@example.com", **given)
    missing = connection["ConnectionArn"] + "x"
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.update_api_destination(Name=name, ConnectionArn=missing)
    events.delete_api_destination(Name=name)
    assert events.list_api_destinations(NamePrefix=name)["ApiDestinations"] == []
