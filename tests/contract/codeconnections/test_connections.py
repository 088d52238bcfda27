"""Code connections over the wire, under both names of the service."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


def test_a_connection_is_made_answered_tagged_and_deleted(codeconnections, unique):
    name = unique("hub")
    tags = [{"Key": "team", "Value": "growth"}]
    made = codeconnections.create_connection(ProviderType="GitHub", ConnectionName=name, Tags=tags)
    arn = made["ConnectionArn"]
    assert arn.startswith("arn:aws:codeconnections:us-east-1:123456789012:connection/")
    assert codeconnections.get_connection(ConnectionArn=arn)["Connection"] == {
        "ConnectionName": name,
        "ConnectionArn": arn,
        "ProviderType": "GitHub",
        "OwnerAccountId": "123456789012",
        "ConnectionStatus": "PENDING",
    }
    with pytest.raises(ClientError, match="exists already"):
        codeconnections.create_connection(ProviderType="GitHub", ConnectionName=name)
    codeconnections.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "dev"}])
    codeconnections.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert codeconnections.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "dev"}]
    codeconnections.delete_connection(ConnectionArn=arn)
    with pytest.raises(ClientError) as error:
        codeconnections.get_connection(ConnectionArn=arn)
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_both_names_of_the_service_see_the_same_connections(codeconnections, codestar_connections, unique):
    name = unique("lab")
    arn = codestar_connections.create_connection(ProviderType="GitLab", ConnectionName=name)["ConnectionArn"]
    assert ":codestar-connections:" in arn
    assert codeconnections.get_connection(ConnectionArn=arn)["Connection"]["ConnectionName"] == name
    newer = arn.replace(":codestar-connections:", ":codeconnections:")
    assert codestar_connections.get_connection(ConnectionArn=newer)["Connection"]["ConnectionArn"] == arn
    listed = codestar_connections.list_connections(ProviderTypeFilter="GitLab")["Connections"]
    assert name in [one["ConnectionName"] for one in listed]
    assert name not in [
        one["ConnectionName"] for one in codeconnections.list_connections(ProviderTypeFilter="GitHub")["Connections"]
    ]
    codestar_connections.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert codestar_connections.list_tags_for_resource(ResourceArn=newer)["Tags"] == [{"Key": "a", "Value": "b"}]
    codestar_connections.untag_resource(ResourceArn=arn, TagKeys=["a"])
    codestar_connections.delete_connection(ConnectionArn=newer)
    assert name not in [one["ConnectionName"] for one in codeconnections.list_connections()["Connections"]]


def test_connections_are_listed_in_pages(codeconnections, unique):
    arns = [
        codeconnections.create_connection(ProviderType="Bitbucket", ConnectionName=unique("bucket"))["ConnectionArn"]
        for _ in range(3)
    ]
    first = codeconnections.list_connections(ProviderTypeFilter="Bitbucket", MaxResults=2)
    second = codeconnections.list_connections(ProviderTypeFilter="Bitbucket", NextToken=first["NextToken"])
    assert [one["ConnectionArn"] for one in first["Connections"] + second["Connections"]] == arns


def test_what_a_connection_cannot_be_is_refused(codeconnections, unique):
    with pytest.raises(ClientError, match="ProviderType"):
        codeconnections.create_connection(ConnectionName=unique("hub"))
    host = "arn:aws:codeconnections:us-east-1:123456789012:host/mine-12345678"
    with pytest.raises(ClientError, match="Host"):
        codeconnections.create_connection(ConnectionName=unique("hub"), HostArn=host)
