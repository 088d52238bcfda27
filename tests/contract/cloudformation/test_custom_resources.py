"""Custom resources: functions that stand in a template make what AWS has no type for."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

PATIENCE_SECONDS = 300
ROLE = "service-role/AmazonSageMakerProjectsLambdaRole"
ECHO = """
import cfnresponse

def handler(event, context):
    properties = event["ResourceProperties"]
    print(event["RequestType"], event.get("PhysicalResourceId"), properties.get("Colour"))
    data = {"Told": properties["Colour"].upper(), "Old": event.get("OldResourceProperties", {}).get("Colour", "")}
    status = cfnresponse.FAILED if properties["Colour"] == "broken" else cfnresponse.SUCCESS
    cfnresponse.send(event, context, status, data, "thing-" + properties.get("Id", "one"), reason="no such colour")
"""


@pytest.fixture(scope="module", autouse=True)
def kept_runtimes(shared_server, runtimes: Path) -> None:
    place = shared_server.config.home / "runtimes"
    if not place.exists():
        os.symlink(runtimes, place)


@pytest.fixture
def role(shared_server) -> str:
    return f"arn:aws:iam::{shared_server.config.account}:role/{ROLE}"


def function(role: str, text: str) -> dict:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Handler": "index.handler",
            "Runtime": "python3.11",
            "Role": role,
            "Timeout": "30",
            "Code": {"ZipFile": text},
        },
    }


def template(role: str, **properties) -> str:
    thing = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}, "Number": 3, "Yes": True, **properties}
    return json.dumps(
        {
            "Resources": {
                "Maker": function(role, ECHO),
                "Thing": {"Type": "Custom::Thing", "Properties": thing},
            },
            "Outputs": {
                "Id": {"Value": {"Ref": "Thing"}},
                "Told": {"Value": {"Fn::GetAtt": ["Thing", "Told"]}},
            },
        }
    )


def outputs(stack: dict) -> dict:
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def test_a_custom_resource_is_what_its_function_answers(cloudformation, ended, unique, role):
    name = unique("custom")
    cloudformation.create_stack(StackName=name, TemplateBody=template(role, Colour="red"))
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert outputs(stack) == {"Id": "thing-one", "Told": "RED"}


def events_of(cloudformation, name: str) -> list[tuple[str, str, str]]:
    found = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return [(one["LogicalResourceId"], one["ResourceStatus"], one.get("ResourceStatusReason", "")) for one in found]


def said(logs, physical: dict, count: int) -> list[str]:
    """What the function printed of its requests, in their order, once it is so much: logs follow what is done."""
    group = f"/aws/lambda/{physical['Maker']}"
    found: list[str] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found) < count and time.monotonic() < deadline:
        lines = logs.filter_log_events(logGroupName=group, filterPattern="thing")["events"]
        lines += logs.filter_log_events(logGroupName=group, filterPattern="Create")["events"]
        found = list(dict.fromkeys(one["message"] for one in sorted(lines, key=lambda one: one["timestamp"])))
        time.sleep(0.05)
    return found


def test_an_update_tells_the_old_properties_and_a_new_id_deletes_what_was_before(
    cloudformation, ended, unique, role, physical, logs
):
    name = unique("custom")
    cloudformation.create_stack(StackName=name, TemplateBody=template(role, Colour="red"))
    ended(name)
    cloudformation.update_stack(StackName=name, TemplateBody=template(role, Colour="blue"))
    assert outputs(ended(name)) == {"Id": "thing-one", "Told": "BLUE"}
    ids = physical(name)
    cloudformation.update_stack(StackName=name, TemplateBody=template(role, Colour="green", Id="two"))
    stack = ended(name)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert outputs(stack)["Id"] == "thing-two"
    assert physical(name)["Thing"] == "thing-two"
    assert said(logs, ids, 4) == [
        "Create None red",
        "Update thing-one blue",
        "Update thing-one green",
        "Delete thing-one blue",
    ]
    cloudformation.delete_stack(StackName=stack["StackId"])
    assert ended(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert said(logs, ids, 5)[-1] == "Delete thing-two green"


def test_a_refusal_fails_the_stack_in_its_own_words_and_what_was_begun_is_deleted(
    cloudformation, ended, unique, role, physical, logs
):
    name = unique("custom")
    cloudformation.create_stack(StackName=name, TemplateBody=template(role, Colour="broken"))
    stack = ended(name)
    # The deletion is refused as well, as the function has it.
    assert stack["StackStatus"] == "ROLLBACK_FAILED"
    reasons = [reason for logical, status, reason in events_of(cloudformation, name) if status == "CREATE_FAILED"]
    assert "Received response status [FAILED] from custom resource. Message returned: no such colour" in reasons[0]


def test_a_failed_update_goes_back_to_what_was_there(cloudformation, ended, unique, role):
    name = unique("custom")
    cloudformation.create_stack(StackName=name, TemplateBody=template(role, Colour="red"))
    ended(name)
    cloudformation.update_stack(StackName=name, TemplateBody=template(role, Colour="broken"))
    stack = ended(name)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert outputs(stack) == {"Id": "thing-one", "Told": "RED"}


def test_properties_arrive_as_texts_and_objects_of_data_have_members(cloudformation, ended, unique, role):
    text = """
import json, urllib.request

def handler(event, context):
    answer = {
        "Status": "SUCCESS", "PhysicalResourceId": "own", "Data": {"Given": json.dumps(event["ResourceProperties"]),
        "Deep": {"Inner": 7}}, **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT"))
"""
    properties = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}, "Number": 3, "Yes": True, "List": [1, {"A": False}]}
    body = {
        "Resources": {
            "Maker": function(role, text),
            "Thing": {"Type": "AWS::CloudFormation::CustomResource", "Properties": properties},
        },
        "Outputs": {
            "Given": {"Value": {"Fn::GetAtt": ["Thing", "Given"]}},
            "Inner": {"Value": {"Fn::GetAtt": ["Thing", "Deep.Inner"]}},
        },
    }
    name = unique("custom")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body))
    found = outputs(ended(name))
    given = json.loads(found["Given"])
    assert {key: given[key] for key in ("Number", "Yes", "List")} == {
        "Number": "3",
        "Yes": "true",
        "List": ["1", {"A": "false"}],
    }
    assert found["Inner"] == "7"


def test_a_resource_whose_service_token_is_no_function_says_so(cloudformation, ended, unique):
    body = {"Resources": {"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": "arn:aws:s3:::bucket"}}}}
    name = unique("custom")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body))
    assert ended(name)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("Invalid service token" in reason for _, _, reason in events_of(cloudformation, name))


def test_functions_with_versions_aliases_and_permissions_are_made_of_a_template(
    cloudformation, ended, unique, role, shared_server
):
    name = unique("custom")
    reference = {"FunctionName": {"Ref": "Maker"}}
    body = {
        "Resources": {
            "Maker": function(role, "def handler(event, context):\n    return 1\n"),
            "Version": {"Type": "AWS::Lambda::Version", "Properties": reference},
            "Live": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {**reference, "Name": "live", "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]}},
            },
            "Retries": {
                "Type": "AWS::Lambda::EventInvokeConfig",
                "Properties": {
                    **reference,
                    "Qualifier": {"Fn::GetAtt": ["Version", "Version"]},
                    "MaximumRetryAttempts": 0,
                },
            },
            "Permission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {**reference, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"},
            },
        },
        "Outputs": {"Name": {"Value": {"Ref": "Maker"}}, "Alias": {"Value": {"Ref": "Live"}}},
    }
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body))
    found = outputs(ended(name))
    client = shared_server.client("lambda")
    assert client.get_alias(FunctionName=found["Name"], Name="live")["FunctionVersion"] == "1"
    config = client.get_function_event_invoke_config(FunctionName=found["Name"], Qualifier="1")
    assert config["MaximumRetryAttempts"] == 0
    statement = json.loads(client.get_policy(FunctionName=found["Name"])["Policy"])["Statement"][0]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert json.loads(client.invoke(FunctionName=found["Alias"])["Payload"].read()) == 1
    body["Resources"]["Maker"] = function(role, "def handler(event, context):\n    return 2\n")
    cloudformation.update_stack(StackName=name, TemplateBody=json.dumps(body))
    assert ended(name)["StackStatus"] == "UPDATE_COMPLETE"
    assert json.loads(client.invoke(FunctionName=found["Name"])["Payload"].read()) == 2
    arn = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=name)
    assert ended(arn)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function(FunctionName=found["Name"])
