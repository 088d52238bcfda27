"""Change sets: told, executed, out of date, and without changes."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

BASE = """
Parameters: {Days: {Type: Number, Default: 3}, Name: {Type: String, Default: one}}
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub '/${AWS::StackName}/${Name}', RetentionInDays: !Ref Days}
  Under: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub '${Group}/under'}}
  Bucket: {Type: AWS::S3::Bucket}
Outputs: {Group: {Value: !Ref Group}}
"""


@pytest.fixture
def stack(cloudformation, unique, ended) -> str:
    name = unique("changes")
    cloudformation.create_stack(StackName=name, TemplateBody=BASE)
    assert ended(name)["StackStatus"] == "CREATE_COMPLETE"
    return name


def planned(cloudformation, stack, name="c", **request):
    cloudformation.create_change_set(StackName=stack, ChangeSetName=name, **request)
    return cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)


def given(**values):
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def test_a_change_in_place_is_told_with_its_cause(cloudformation, stack):
    answer = planned(cloudformation, stack, UsePreviousTemplate=True, Parameters=given(Days="5"))
    assert (answer["Status"], answer["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    (change,) = [one["ResourceChange"] for one in answer["Changes"]]
    assert (change["Action"], change["LogicalResourceId"], change["Replacement"]) == ("Modify", "Group", "False")
    assert change["Scope"] == ["Properties"]
    assert change["Details"] == [
        {
            "Target": {"Attribute": "Properties", "Name": "RetentionInDays", "RequiresRecreation": "Never"},
            "Evaluation": "Static",
            "ChangeSource": "ParameterReference",
            "CausingEntity": "Days",
        }
    ]


def test_a_replacement_reaches_what_refers_to_it(cloudformation, stack):
    answer = planned(cloudformation, stack, UsePreviousTemplate=True, Parameters=given(Name="two"))
    found = {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in answer["Changes"]}
    assert set(found) == {"Group", "Under"}
    assert found["Group"]["Replacement"] == "True" and found["Group"]["PolicyAction"] == "ReplaceAndDelete"
    assert found["Under"]["Replacement"] == "Conditional"
    (detail,) = found["Under"]["Details"]
    assert (detail["Evaluation"], detail["ChangeSource"], detail["CausingEntity"]) == (
        "Dynamic",
        "ResourceReference",
        "Group",
    )


def test_additions_and_removals_are_told(cloudformation, stack):
    body = BASE.replace("  Bucket: {Type: AWS::S3::Bucket}\n", "  Other: {Type: AWS::S3::Bucket}\n")
    answer = planned(cloudformation, stack, TemplateBody=body)
    found = [(one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in answer["Changes"]]
    assert found == [("Add", "Other"), ("Remove", "Bucket")]


def test_a_change_set_is_executed_and_the_others_are_out_of_date(cloudformation, logs, stack, ended):
    planned(cloudformation, stack, "first", UsePreviousTemplate=True, Parameters=given(Days="5"))
    planned(cloudformation, stack, "second", UsePreviousTemplate=True, Parameters=given(Days="7"))
    cloudformation.execute_change_set(StackName=stack, ChangeSetName="second")
    assert ended(stack)["StackStatus"] == "UPDATE_COMPLETE"
    group = logs.describe_log_groups(logGroupNamePrefix=f"/{stack}/one")["logGroups"][0]
    assert group["retentionInDays"] == 7
    listed = cloudformation.list_change_sets(StackName=stack)["Summaries"]
    assert {one["ChangeSetName"]: one["ExecutionStatus"] for one in listed} == {
        "first": "OBSOLETE",
        "second": "EXECUTE_COMPLETE",
    }
    with pytest.raises(ClientError) as caught:
        cloudformation.execute_change_set(StackName=stack, ChangeSetName="first")
    assert caught.value.response["Error"]["Code"] == "InvalidChangeSetStatus"


def test_a_change_set_without_changes_says_so(cloudformation, stack):
    answer = planned(cloudformation, stack, TemplateBody=BASE)
    assert (answer["Status"], answer["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert answer["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        cloudformation.update_stack(StackName=stack, TemplateBody=BASE)


def test_outputs_and_tags_alone_are_changes(cloudformation, stack, ended):
    cloudformation.update_stack(StackName=stack, TemplateBody=BASE.replace("{Value: !Ref Group}", "{Value: other}"))
    assert ended(stack)["Outputs"] == [{"OutputKey": "Group", "OutputValue": "other"}]
    cloudformation.update_stack(StackName=stack, UsePreviousTemplate=True, Tags=[{"Key": "a", "Value": "b"}])
    assert ended(stack)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_creating_change_set_makes_a_stack_in_review(cloudformation, unique, ended):
    name = unique("review")
    made = cloudformation.create_change_set(
        StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=BASE, Parameters=given(Days="1")
    )
    assert cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert cloudformation.get_template(ChangeSetName=made["Id"])["TemplateBody"] == BASE
    cloudformation.execute_change_set(ChangeSetName=made["Id"])
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE" and stack["ChangeSetId"] == made["Id"]
    assert {"ParameterKey": "Days", "ParameterValue": "1"} in stack["Parameters"]


def test_a_change_set_is_forgotten(cloudformation, stack):
    planned(cloudformation, stack, UsePreviousTemplate=True, Parameters=given(Days="5"))
    cloudformation.delete_change_set(StackName=stack, ChangeSetName="c")
    assert cloudformation.list_change_sets(StackName=stack)["Summaries"] == []
    cloudformation.delete_change_set(StackName=stack, ChangeSetName="c")
    with pytest.raises(cloudformation.exceptions.ChangeSetNotFoundException):
        cloudformation.describe_change_set(StackName=stack, ChangeSetName="c")


def test_what_cannot_be_is_refused(cloudformation, stack, unique):
    planned(cloudformation, stack, UsePreviousTemplate=True, Parameters=given(Days="5"))
    with pytest.raises(cloudformation.exceptions.AlreadyExistsException):
        planned(cloudformation, stack, UsePreviousTemplate=True, Parameters=given(Days="6"))
    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        planned(cloudformation, stack, "d", ChangeSetType="CREATE", TemplateBody=BASE)
    with pytest.raises(ClientError, match="does not exist"):
        planned(cloudformation, unique("none"), "d", TemplateBody=BASE)
    with pytest.raises(ClientError, match="does not import resources"):
        planned(cloudformation, stack, "d", ChangeSetType="IMPORT", TemplateBody=BASE)
    other = json.dumps({"Resources": {"Bucket": {"Type": "AWS::Logs::LogGroup"}}})
    with pytest.raises(ClientError, match="Update of resource type is not permitted"):
        planned(cloudformation, stack, "d", TemplateBody=other)


def test_an_executed_change_set_may_be_forgotten_while_its_stack_goes_on(cloudformation, stack, ended):
    planned(cloudformation, stack, UsePreviousTemplate=True, Parameters=given(Days="5"))
    cloudformation.execute_change_set(StackName=stack, ChangeSetName="c")
    ended(stack)
    cloudformation.delete_change_set(StackName=stack, ChangeSetName="c")
    cloudformation.update_stack(StackName=stack, UsePreviousTemplate=True, Parameters=given(Days="7"))
    assert ended(stack)["StackStatus"] == "UPDATE_COMPLETE"
    assert cloudformation.get_template(StackName=stack)["TemplateBody"] == BASE


def test_a_deleted_stack_takes_its_change_sets_along(cloudformation, stack, ended):
    made = planned(cloudformation, stack, UsePreviousTemplate=True, Parameters=given(Days="5"))
    cloudformation.delete_stack(StackName=stack)
    ended(made["StackId"])
    with pytest.raises(cloudformation.exceptions.ChangeSetNotFoundException):
        cloudformation.describe_change_set(ChangeSetName=made["ChangeSetId"])
    assert cloudformation.get_template(StackName=made["StackId"])["TemplateBody"] == BASE
