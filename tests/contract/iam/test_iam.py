"""IAM's own nouns: roles, users, keys, policies and their versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def document(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def test_the_roles_that_sagemaker_sets_up_are_there(iam):
    for name in ("AmazonSageMakerServiceCatalogProductsUseRole", "AmazonSageMakerServiceCatalogProductsLaunchRole"):
        role = iam.get_role(RoleName=name)["Role"]
        assert role["Arn"] == f"arn:aws:iam::123456789012:role/service-role/{name}"
        services = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
        assert "sagemaker.amazonaws.com" in services
    assert iam.get_role(RoleName="SageMakerRole")["Role"]["Path"] == "/"


def test_the_roles_of_the_provider_s_projects_are_there_with_the_one_that_launches_them(iam):
    """Programs deploy the provider's stack of roles only where its launch role is missing."""
    launch = iam.get_role(RoleName="AmazonSageMakerProjectsLaunchRole")["Role"]
    assert launch["Arn"] == "arn:aws:iam::123456789012:role/AmazonSageMakerProjectsLaunchRole"
    services = launch["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
    assert "cloudformation.amazonaws.com" in services
    assert iam.get_role(RoleName="AmazonSageMakerProjectsUseRole")["Role"]["Path"] == "/service-role/"


def test_a_role_lives_its_life(iam, unique):
    name = unique("role")
    tags = [{"Key": "a", "Value": "1"}]
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description="first", Tags=tags)["Role"]
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Action"] == "sts:AssumeRole"
    iam.update_role(RoleName=name, Description="second", MaxSessionDuration=7200)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=TRUST.replace("sagemaker.", "events."))
    iam.tag_role(RoleName=name, Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_role(RoleName=name, TagKeys=["a"])
    found = iam.get_role(RoleName=name)["Role"]
    assert (found["Description"], found["MaxSessionDuration"], found["RoleId"]) == ("second", 7200, made["RoleId"])
    assert "events.amazonaws.com" in str(found["AssumeRolePolicyDocument"])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "b", "Value": "2"}]
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2})
    assert name in [role["RoleName"] for page in pages for role in page["Roles"]]
    iam.delete_role(RoleName=name)
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="cannot be found"):
        iam.get_role(RoleName=name)


def test_policies_are_attached_to_and_written_into_a_role(iam, unique):
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == [
        {"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": arn}
    ]
    assert name in [one["RoleName"] for one in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]]
    with pytest.raises(iam.exceptions.DeleteConflictException, match="detach all policies"):
        iam.delete_role(RoleName=name)
    iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document("s3:*")))
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["own"]
    assert iam.get_role_policy(RoleName=name, PolicyName="own")["PolicyDocument"] == document("s3:*")
    with pytest.raises(iam.exceptions.DeleteConflictException, match="delete policies"):
        iam.delete_role(RoleName=name)
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role_policy(RoleName=name, PolicyName="own")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/NotThere")


def test_a_managed_policy_has_versions_and_one_is_in_force(iam, unique):
    name = unique("policy")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document("s3:GetObject")))["Policy"]["Arn"]
    second = json.dumps(document("s3:PutObject"))
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=second)["PolicyVersion"]["VersionId"] == "v2"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(second)
    shown = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in shown] == [("v2", True), ("v1", False)]
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy_version(PolicyArn=arn, VersionId="v1")
    pages = iam.get_paginator("list_policies").paginate(Scope="Local", PaginationConfig={"PageSize": 1})
    assert arn in [one["Arn"] for page in pages for one in page["Policies"]]
    role = unique("role")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=arn)


@pytest.mark.parametrize(
    "text", ["{", '{"Statement": [{"Effect": "Maybe"}]}', '{"Statement": [{"Effect": "Allow"}]}', "[]"]
)
def test_a_malformed_policy_is_refused(iam, unique, text):
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_policy(PolicyName=unique("bad"), PolicyDocument=text)


def test_a_user_signs_until_the_key_is_switched_off(shared_server, iam, unique):
    name = unique("user")
    arn = iam.create_user(UserName=name, Tags=[{"Key": "a", "Value": "1"}])["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    sts = shared_server.client("sts", **keys)
    assert sts.get_caller_identity()["Arn"] == arn
    assert shared_server.client("iam", **keys) and iam.get_user(UserName=name)["User"]["Arn"] == arn
    assert iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["Status"] == "Active"
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    with pytest.raises(ClientError) as error:
        sts.get_caller_identity()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Active")
    assert sts.get_caller_identity()["Arn"] == arn
    with pytest.raises(iam.exceptions.DeleteConflictException, match="access keys"):
        iam.delete_user(UserName=name)
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    with pytest.raises(ClientError):
        sts.get_caller_identity()
    iam.delete_user(UserName=name)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName=name)


def test_a_users_policies_and_tags(iam, unique):
    name, arn = unique("user"), "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(document("s3:*")))
    iam.tag_user(UserName=name, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_user(UserName=name, TagKeys=["a"])
    assert iam.list_user_tags(UserName=name)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]] == [arn]
    assert iam.get_user_policy(UserName=name, PolicyName="own")["PolicyDocument"] == document("s3:*")
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == ["own"]
    assert name in [one["UserName"] for page in iam.get_paginator("list_users").paginate() for one in page["Users"]]
    iam.delete_user_policy(UserName=name, PolicyName="own")
    iam.detach_user_policy(UserName=name, PolicyArn=arn)
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == []
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)
    assert iam.get_user(UserName=name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    iam.delete_user_permissions_boundary(UserName=name)
    assert "PermissionsBoundary" not in iam.get_user(UserName=name)["User"]
    iam.delete_user(UserName=name)


def test_taken_names_say_so(iam, unique):
    name = unique("taken")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName=name)
    iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document("s3:*")))
    for again in (
        lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST),
        lambda: iam.create_user(UserName=name),
        lambda: iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document("s3:*"))),
    ):
        with pytest.raises(iam.exceptions.EntityAlreadyExistsException, match="already exists"):
            again()


def test_a_key_that_is_switched_off_can_be_deleted(iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
    iam.delete_access_key(UserName=name, AccessKeyId=key)
    iam.delete_user(UserName=name)
