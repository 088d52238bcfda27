"""Who calls, and credentials that last for a while."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"


def trust(principal: dict[str, str], **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def user(shared_server: Any, unique: Any) -> tuple[str, str, Any]:
    """(name, ARN, sts client) of a user without any policy."""
    iam, name = shared_server.client("iam"), unique("user")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return name, arn, shared_server.client("sts", **keys)


def test_the_root_key_is_the_account(sts):
    found = sts.get_caller_identity()
    assert (found["Account"], found["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:root")


def test_a_session_is_an_assumed_role_as_the_sdk_wants_it(shared_server, sts):
    made = sts.assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=900)
    credentials = made["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert 0 < (credentials["Expiration"] - datetime.now(UTC)).total_seconds() <= 900
    session = shared_server.client(
        "sts",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    who = session.get_caller_identity()
    assert who["Arn"] == made["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/SageMakerRole/me"
    with pytest.raises(ClientError, match="session credentials"):
        session.get_session_token()


def test_a_role_is_assumed_by_whom_its_trust_policy_names(shared_server, user, unique):
    iam = shared_server.client("iam")
    _, arn, sts = user
    named, other = unique("named"), unique("other")
    iam.create_role(RoleName=named, AssumeRolePolicyDocument=trust({"AWS": arn}))
    iam.create_role(RoleName=other, AssumeRolePolicyDocument=trust({"Service": "sagemaker.amazonaws.com"}))
    assert sts.assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{named}", RoleSessionName="session")["Credentials"]
    for role in (other, "not-there"):
        with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole") as error:
            sts.assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{role}", RoleSessionName="session")
        assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_where_the_account_is_trusted_the_callers_policies_decide(shared_server, user, unique):
    iam = shared_server.client("iam")
    name, _, sts = user
    role = unique("role")
    account = trust({"AWS": "arn:aws:iam::123456789012:root"})
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=account)["Role"]["Arn"]
    with pytest.raises(ClientError, match="not authorized"):
        sts.assume_role(RoleArn=arn, RoleSessionName="session")
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Statement": [statement]}))
    assert sts.assume_role(RoleArn=arn, RoleSessionName="session")["AssumedRoleUser"]["Arn"].endswith(f"{role}/session")


def test_an_external_id_is_asked_for(shared_server, user, unique):
    iam = shared_server.client("iam")
    _, arn, sts = user
    guarded = trust({"AWS": arn}, Condition={"StringEquals": {"sts:ExternalId": "word"}})
    role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=guarded)["Role"]["Arn"]
    with pytest.raises(ClientError, match="not authorized"):
        sts.assume_role(RoleArn=role, RoleSessionName="session")
    assert sts.assume_role(RoleArn=role, RoleSessionName="session", ExternalId="word")["Credentials"]


def test_a_session_no_longer_than_the_role_allows(shared_server, sts, unique):
    iam = shared_server.client("iam")
    account = trust({"AWS": "arn:aws:iam::123456789012:root"})
    role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=account)["Role"]["Arn"]
    with pytest.raises(ClientError, match="MaxSessionDuration") as error:
        sts.assume_role(RoleArn=role, RoleSessionName="session", DurationSeconds=7200)
    assert error.value.response["Error"]["Code"] == "ValidationError"


def test_session_tokens_and_key_info(shared_server, sts):
    made = sts.get_session_token()["Credentials"]
    session = shared_server.client(
        "sts",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    assert session.get_caller_identity()["Account"] == "123456789012"
    assert sts.get_access_key_info(AccessKeyId=made["AccessKeyId"])["Account"] == "123456789012"
    with pytest.raises(ClientError):
        sts.get_access_key_info(AccessKeyId="AKIAAAAAAAAAAAAAAAAA")
