"""Secrets: made, read by version and stage, changed, deleted with a window, listed, and how they rest."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

DAY_MINUTES = 24 * 60


def refused(what, **request) -> str:
    with pytest.raises(ClientError) as caught:
        what(**request)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def secret(secretsmanager, unique) -> str:
    name = f"app/{unique('secret')}"
    secretsmanager.create_secret(Name=name, SecretString="one", Description="of the test")
    return name


def test_a_secret_is_found_by_name_arn_and_partial_arn(secretsmanager, secret):
    found = secretsmanager.get_secret_value(SecretId=secret)
    assert (found["SecretString"], found["VersionStages"], found["Name"]) == ("one", ["AWSCURRENT"], secret)
    assert re.fullmatch(rf"arn:aws:secretsmanager:us-east-1:\d+:secret:{secret}-[A-Za-z0-9]{{6}}", found["ARN"])
    for given in (found["ARN"], found["ARN"][:-7]):
        assert secretsmanager.get_secret_value(SecretId=given)["SecretString"] == "one"
    assert refused(secretsmanager.get_secret_value, SecretId="none") == "ResourceNotFoundException"
    assert refused(secretsmanager.create_secret, Name=secret, SecretString="x") == "ResourceExistsException"


def test_stages_move_with_each_new_version(secretsmanager, secret):
    first = secretsmanager.get_secret_value(SecretId=secret)["VersionId"]
    second = secretsmanager.put_secret_value(SecretId=secret, SecretString="two")
    assert second["VersionStages"] == ["AWSCURRENT"]
    third = secretsmanager.put_secret_value(SecretId=secret, SecretString="three", VersionStages=["AWSPENDING"])
    read = secretsmanager.get_secret_value
    assert read(SecretId=secret)["SecretString"] == "two"
    assert read(SecretId=secret, VersionStage="AWSPREVIOUS")["VersionId"] == first
    assert read(SecretId=secret, VersionId=third["VersionId"])["SecretString"] == "three"
    assert refused(read, SecretId=secret, VersionId=first, VersionStage="AWSCURRENT") == "ResourceNotFoundException"
    move = {"SecretId": secret, "VersionStage": "AWSCURRENT", "MoveToVersionId": third["VersionId"]}
    assert refused(secretsmanager.update_secret_version_stage, **move) == "InvalidParameterException"
    secretsmanager.update_secret_version_stage(**move, RemoveFromVersionId=second["VersionId"])
    stages = secretsmanager.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert stages[third["VersionId"]] == ["AWSPENDING", "AWSCURRENT"]
    assert stages[second["VersionId"]] == ["AWSPREVIOUS"] and first not in stages
    listed = secretsmanager.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)["Versions"]
    assert {one["VersionId"] for one in listed} == {first, second["VersionId"], third["VersionId"]}
    assert len(secretsmanager.list_secret_version_ids(SecretId=secret)["Versions"]) == 2


def test_a_token_writes_once(secretsmanager, unique):
    name, token = unique("token"), str(uuid.uuid4())
    asked = {"Name": name, "SecretString": "v", "ClientRequestToken": token}
    first, again = (secretsmanager.create_secret(**asked) for _ in range(2))
    assert first["VersionId"] == again["VersionId"] == token and first["ARN"] == again["ARN"]
    assert refused(secretsmanager.create_secret, **{**asked, "SecretString": "w"}) == "ResourceExistsException"
    put = {"SecretId": name, "ClientRequestToken": str(uuid.uuid4())}
    assert secretsmanager.put_secret_value(**put, SecretString="x")["VersionId"] == put["ClientRequestToken"]
    secretsmanager.put_secret_value(**put, SecretString="x")
    assert refused(secretsmanager.put_secret_value, **put, SecretString="y") == "ResourceExistsException"


def test_bytes_and_updates_are_kept(secretsmanager, secret):
    made = secretsmanager.update_secret(SecretId=secret, SecretBinary=b"\x00\xff", Description="changed")
    found = secretsmanager.get_secret_value(SecretId=secret)
    assert found["SecretBinary"] == b"\x00\xff" and found["VersionId"] == made["VersionId"]
    assert "SecretString" not in found
    assert secretsmanager.describe_secret(SecretId=secret)["Description"] == "changed"
    assert refused(secretsmanager.put_secret_value, SecretId=secret) == "InvalidParameterException"
    both = {"SecretId": secret, "SecretString": "a", "SecretBinary": b"b"}
    assert refused(secretsmanager.put_secret_value, **both) == "InvalidParameterException"
    assert refused(secretsmanager.put_secret_value, SecretId=secret, SecretString="x" * 65537) in (
        "InvalidParameterException",
        "ValidationException",
    )


def test_a_secret_without_a_value_has_none(secretsmanager, unique):
    name = unique("empty")
    assert "VersionId" not in secretsmanager.create_secret(Name=name)
    assert refused(secretsmanager.get_secret_value, SecretId=name) == "ResourceNotFoundException"
    secretsmanager.put_secret_value(SecretId=name, SecretString="v")
    assert secretsmanager.get_secret_value(SecretId=name)["SecretString"] == "v"


def test_a_deleted_secret_can_be_restored_and_goes_when_its_window_is_over(timed, eventually):
    client = timed.client("secretsmanager")
    client.create_secret(Name="ends", SecretString="v")
    assert refused(client.delete_secret, SecretId="ends", RecoveryWindowInDays=6) == "InvalidParameterException"
    gone = client.delete_secret(SecretId="ends", RecoveryWindowInDays=7)
    assert (gone["DeletionDate"] - timed.now).days == 7
    assert refused(client.get_secret_value, SecretId="ends") == "InvalidRequestException"
    assert refused(client.create_secret, Name="ends") == "InvalidRequestException"
    assert client.list_secrets()["SecretList"] == []
    assert len(client.list_secrets(IncludePlannedDeletion=True)["SecretList"]) == 1
    client.restore_secret(SecretId="ends")
    timed.minutes(8 * DAY_MINUTES)
    assert client.get_secret_value(SecretId="ends")["SecretString"] == "v"
    client.delete_secret(SecretId="ends")
    timed.minutes(30 * DAY_MINUTES)
    eventually(lambda: not client.list_secrets(IncludePlannedDeletion=True)["SecretList"])
    client.create_secret(Name="ends", SecretString="new")
    assert client.get_secret_value(SecretId="ends")["SecretString"] == "new"


def test_an_expired_parameter_goes(timed, eventually):
    client = timed.client("ssm")
    policy = '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2026-03-01T13:00:00Z"}}]'
    client.put_parameter(Name="/ends", Value="v", Type="String", Tier="Advanced", Policies=policy)
    assert client.get_parameter(Name="/ends")["Parameter"]["Value"] == "v"
    timed.minutes(61)
    eventually(lambda: client.get_parameters(Names=["/ends"])["InvalidParameters"])


def test_a_secret_can_go_at_once(secretsmanager, secret):
    both = {"SecretId": secret, "ForceDeleteWithoutRecovery": True, "RecoveryWindowInDays": 7}
    assert refused(secretsmanager.delete_secret, **both) == "InvalidParameterException"
    secretsmanager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert refused(secretsmanager.describe_secret, SecretId=secret) == "ResourceNotFoundException"
    assert secretsmanager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)["Name"] == secret
    secretsmanager.create_secret(Name=secret)


def test_secrets_are_listed_by_filters_and_pages(secretsmanager, unique):
    mark = unique("mark")
    names = [f"{mark}/{number}" for number in range(3)]
    for name in names:
        tags = [{"Key": "own", "Value": name}]
        secretsmanager.create_secret(Name=name, SecretString="v", Description="the Quick fox", Tags=tags)

    def named(*filters, **more):
        pages = secretsmanager.get_paginator("list_secrets").paginate(
            Filters=[{"Key": "name", "Values": [mark]}, *filters], PaginationConfig={"PageSize": 2}, **more
        )
        return [one["Name"] for page in pages for one in page["SecretList"]]

    assert named() == names[::-1] and named(SortOrder="asc") == names
    assert named({"Key": "tag-value", "Values": [names[1]]}) == [names[1]]
    assert named({"Key": "name", "Values": [f"!{names[1]}"]}) == [names[2], names[0]]
    assert len(named({"Key": "description", "Values": ["quick"]})) == 3
    assert named({"Key": "all", "Values": ["slow"]}) == []
    secretsmanager.untag_resource(SecretId=names[0], TagKeys=["own"])
    secretsmanager.tag_resource(SecretId=names[0], Tags=[{"Key": "other", "Value": "x"}])
    assert secretsmanager.describe_secret(SecretId=names[0])["Tags"] == [{"Key": "other", "Value": "x"}]
    assert named({"Key": "tag-key", "Values": ["oth"]}) == [names[0]]


def test_several_values_are_read_at_once(secretsmanager, secret):
    found = secretsmanager.batch_get_secret_value(SecretIdList=[secret, "none"])
    assert [one["SecretString"] for one in found["SecretValues"]] == ["one"]
    assert [(one["SecretId"], one["ErrorCode"]) for one in found["Errors"]] == [("none", "ResourceNotFoundException")]
    by_name = [{"Key": "name", "Values": [secret]}]
    assert secretsmanager.batch_get_secret_value(Filters=by_name)["SecretValues"][0]["Name"] == secret


def test_a_random_password_has_what_was_asked_for(secretsmanager):
    made = secretsmanager.get_random_password()["RandomPassword"]
    assert len(made) == 32 and made != secretsmanager.get_random_password()["RandomPassword"]
    plain = secretsmanager.get_random_password(PasswordLength=64, ExcludePunctuation=True, ExcludeCharacters="aA0")
    assert re.fullmatch(r"[b-zB-Z1-9]{64}", plain["RandomPassword"])
    asked = {"ExcludeLowercase": True, "ExcludeUppercase": True, "ExcludeNumbers": True, "ExcludePunctuation": True}
    assert refused(secretsmanager.get_random_password, **asked) == "InvalidParameterException"
    assert refused(secretsmanager.get_random_password, PasswordLength=3) == "InvalidParameterException"


def test_a_policy_is_kept_and_looked_at(secretsmanager, secret):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert "ResourcePolicy" not in secretsmanager.get_resource_policy(SecretId=secret)
    asked = {"SecretId": secret, "ResourcePolicy": policy}
    assert refused(secretsmanager.put_resource_policy, **asked, BlockPublicPolicy=True) == "PublicPolicyException"
    secretsmanager.put_resource_policy(**asked)
    assert json.loads(secretsmanager.get_resource_policy(SecretId=secret)["ResourcePolicy"]) == json.loads(policy)
    assert not secretsmanager.validate_resource_policy(ResourcePolicy=policy)["PolicyValidationPassed"]
    secretsmanager.delete_resource_policy(SecretId=secret)
    assert "ResourcePolicy" not in secretsmanager.get_resource_policy(SecretId=secret)
    broken = {"SecretId": secret, "ResourcePolicy": '{"Statement": 1}'}
    assert refused(secretsmanager.put_resource_policy, **broken) == "MalformedPolicyDocumentException"


def test_a_secret_rests_encrypted(secretsmanager, shared_server, unique):
    name, value = unique("sealed"), unique("nobody-reads-this")
    secretsmanager.create_secret(Name=name, SecretString=value)
    with shared_server.house.stores.database.read() as tx:
        for table in ("resources", "secret_versions", "events", "tasks"):
            assert not any(value in str(dict(row)) for row in tx.all(text(f"SELECT * FROM {table}"))), table


def test_a_secret_is_read_as_a_parameter(secretsmanager, shared_server, secret):
    ssm = shared_server.client("ssm")
    name = f"/aws/reference/secretsmanager/{secret}"
    found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Type"], found["Version"]) == ("one", "SecureString", 0)
    assert json.loads(found["SourceResult"])["Name"] == secret
    assert refused(ssm.get_parameter, Name=name) == "ValidationException"
    assert refused(ssm.get_parameter, Name=f"{name}-none", WithDecryption=True) == "ParameterNotFound"
