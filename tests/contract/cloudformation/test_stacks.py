"""Stacks made, changed and deleted through a real client."""

from __future__ import annotations

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
