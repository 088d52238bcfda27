"""Stacks made, changed and deleted through a real client."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

TWO = """
AWSTemplateFormatVersion: 2010-09-09
Description: a bucket and what is written about it
Parameters:
  Days: {Type: Number, Default: 7}
Resources:
  Log:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /about/${Bucket}
      RetentionInDays: !Ref Days
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      Tags: [{Key: own, Value: mine}]
Outputs:
  Arn: {Value: !GetAtt Bucket.Arn, Description: where}
"""


def test_a_stack_is_made_in_the_order_of_its_references(cloudformation, s3, logs, unique, ended, physical, story):
    name = unique("two")
    made = cloudformation.create_stack(StackName=name, TemplateBody=TWO, Tags=[{"Key": "team", "Value": "a"}])
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE" and stack["StackId"] == made["StackId"]
    bucket = physical(name)["Bucket"]
    assert stack["Outputs"] == [{"OutputKey": "Arn", "OutputValue": f"arn:aws:s3:::{bucket}", "Description": "where"}]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    tags = {pair["Key"]: pair["Value"] for pair in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    assert tags == {
        "team": "a",
        "own": "mine",
        "aws:cloudformation:stack-name": name,
        "aws:cloudformation:stack-id": made["StackId"],
        "aws:cloudformation:logical-id": "Bucket",
    }
    group = logs.describe_log_groups(logGroupNamePrefix=f"/about/{bucket}")["logGroups"][0]
    assert group["retentionInDays"] == 7
    assert story(name) == [
        (name, "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_COMPLETE"),
        ("Log", "CREATE_IN_PROGRESS"),
        ("Log", "CREATE_IN_PROGRESS"),
        ("Log", "CREATE_COMPLETE"),
        (name, "CREATE_COMPLETE"),
    ]


def test_an_update_changes_in_place_what_it_can(cloudformation, logs, unique, ended, physical):
    name = unique("place")
    cloudformation.create_stack(StackName=name, TemplateBody=TWO)
    ended(name)
    before = physical(name)
    parameters = [{"ParameterKey": "Days", "ParameterValue": "14"}]
    cloudformation.update_stack(StackName=name, UsePreviousTemplate=True, Parameters=parameters)
    stack = ended(name)
    assert stack["StackStatus"] == "UPDATE_COMPLETE" and stack["Parameters"] == parameters
    assert physical(name) == before
    group = logs.describe_log_groups(logGroupNamePrefix=before["Log"])["logGroups"][0]
    assert group["retentionInDays"] == 14


def test_a_deleted_stack_is_found_by_its_id_and_its_name_is_free(cloudformation, s3, unique, ended, physical):
    name = unique("gone")
    first = cloudformation.create_stack(StackName=name, TemplateBody=TWO)["StackId"]
    ended(name)
    bucket = physical(name)["Bucket"]
    cloudformation.delete_stack(StackName=name)
    stack = ended(first)
    assert stack["StackStatus"] == "DELETE_COMPLETE" and "DeletionTime" in stack
    with pytest.raises(ClientError, match=f"Stack with id {name} does not exist"):
        cloudformation.describe_stacks(StackName=name)
    with pytest.raises(ClientError):
        s3.head_bucket(Bucket=bucket)
    second = cloudformation.create_stack(StackName=name, TemplateBody=TWO)["StackId"]
    assert second != first and ended(name)["StackStatus"] == "CREATE_COMPLETE"
    listed = cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert first in [one["StackId"] for one in listed]


def one(name, **more):
    """A template of one log group."""
    resource = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **more}
    return json.dumps({"Resources": {"G": resource}})


def test_resources_are_listed_and_described(cloudformation, unique, ended, physical):
    name = unique("list")
    body = one(f"/{name}", Metadata={"note": "kept"})
    cloudformation.create_stack(StackName=name, TemplateBody=body)
    ended(name)
    (summary,) = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    assert (summary["LogicalResourceId"], summary["ResourceStatus"]) == ("G", "CREATE_COMPLETE")
    detail = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="G")["StackResourceDetail"]
    assert json.loads(detail["Metadata"]) == {"note": "kept"} and detail["PhysicalResourceId"] == f"/{name}"
    found = cloudformation.describe_stack_resources(PhysicalResourceId=f"/{name}")["StackResources"]
    assert found[0]["StackName"] == name
    with pytest.raises(ClientError, match=f"Resource X does not exist for stack {name}"):
        cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="X")


def test_a_protected_stack_is_not_deleted(cloudformation, unique, ended):
    name = unique("safe")
    arn = cloudformation.create_stack(StackName=name, TemplateBody=one(f"/{name}"), EnableTerminationProtection=True)[
        "StackId"
    ]
    ended(name)
    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName=name)
    assert cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False) is not None
    cloudformation.delete_stack(StackName=name)
    assert ended(arn)["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_policy_is_kept(cloudformation, unique, ended):
    name = unique("policy")
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]})
    cloudformation.create_stack(StackName=name, TemplateBody=one(f"/{name}"))
    assert "StackPolicyBody" not in cloudformation.get_stack_policy(StackName=name)
    cloudformation.set_stack_policy(StackName=name, StackPolicyBody=policy)
    assert cloudformation.get_stack_policy(StackName=name)["StackPolicyBody"] == policy
    with pytest.raises(ClientError, match="Invalid stack policy"):
        cloudformation.set_stack_policy(StackName=name, StackPolicyBody="[]")
    ended(name)


def test_exports_are_listed_with_their_importers(cloudformation, unique, ended):
    giver, taker, key = unique("giver"), unique("taker"), unique("key")
    body = json.loads(one(f"/{giver}")) | {"Outputs": {"O": {"Value": {"Ref": "G"}, "Export": {"Name": key}}}}
    arn = cloudformation.create_stack(StackName=giver, TemplateBody=json.dumps(body))["StackId"]
    ended(giver)
    exports = [one for page in cloudformation.get_paginator("list_exports").paginate() for one in page["Exports"]]
    assert {"ExportingStackId": arn, "Name": key, "Value": f"/{giver}"} in exports
    with pytest.raises(ClientError, match="is not imported by any stack"):
        cloudformation.list_imports(ExportName=key)
    importing = one({"Fn::Sub": ["${of}/x", {"of": {"Fn::ImportValue": key}}]})
    cloudformation.create_stack(StackName=taker, TemplateBody=importing)
    assert ended(taker)["StackStatus"] == "CREATE_COMPLETE"
    assert cloudformation.list_imports(ExportName=key)["Imports"] == [taker]


def test_a_taken_name_a_bad_name_and_a_busy_stack_are_refused(cloudformation, unique, ended):
    name = unique("taken")
    cloudformation.create_stack(StackName=name, TemplateBody=one(f"/{name}"))
    ended(name)
    with pytest.raises(cloudformation.exceptions.AlreadyExistsException, match=rf"Stack \[{name}\] already exists"):
        cloudformation.create_stack(StackName=name, TemplateBody=one(f"/{name}"))
    with pytest.raises(ClientError, match=r"must satisfy regular expression pattern: \[a-zA-Z\]\[-a-zA-Z0-9\]\*"):
        cloudformation.create_stack(StackName="1_x", TemplateBody=one("/x"))
    with pytest.raises(ClientError, match="aws: prefixed tag key names"):
        cloudformation.create_stack(
            StackName=unique("tag"), TemplateBody=one("/x"), Tags=[{"Key": "aws:x", "Value": "y"}]
        )
    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        cloudformation.create_stack(
            StackName=unique("role"), TemplateBody=one("/x"), RoleARN="arn:aws:iam::123456789012:role/nobody"
        )
    with pytest.raises(ClientError, match="Only one of the parameters DisableRollback and OnFailure"):
        cloudformation.create_stack(
            StackName=unique("both"), TemplateBody=one("/x"), OnFailure="DELETE", DisableRollback=True
        )


def test_the_same_token_makes_one_stack(cloudformation, unique, ended):
    name = unique("token")
    asked = {"StackName": name, "TemplateBody": one(f"/{name}"), "ClientRequestToken": "once"}
    assert cloudformation.create_stack(**asked)["StackId"] == cloudformation.create_stack(**asked)["StackId"]
    ended(name)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert {event["ClientRequestToken"] for event in events} == {"once"}


def test_who_may_not_pass_a_role_makes_no_stack_that_acts_as_it(cloudformation, iam, shared_server, unique):
    user = unique("user")
    iam.create_user(UserName=user)
    allow = {"Statement": [{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}]}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", **allow}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = shared_server.client(
        "cloudformation",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    role = iam.get_role(RoleName="AmazonSageMakerServiceCatalogProductsLaunchRole")["Role"]["Arn"]
    with pytest.raises(ClientError, match="iam:PassRole"):
        own.create_stack(StackName=unique("steal"), TemplateBody=one("/steal"), RoleARN=role)


def test_a_policy_may_name_the_stacks_it_is_about(iam, shared_server, unique):
    user = unique("user")
    iam.create_user(UserName=user)
    allow = {
        "Effect": "Allow",
        "Action": "cloudformation:*",
        "Resource": "arn:aws:cloudformation:*:*:stack/mine-*/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = shared_server.client(
        "cloudformation", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        own.create_stack(StackName=unique("others"), TemplateBody=one("/x"))
    name = unique("mine")
    own.create_stack(StackName=name, TemplateBody=one(f"/{name}"))
    # It acts as its caller, who may make no log groups.
    while own.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"].endswith("IN_PROGRESS"):
        pass
    assert own.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
