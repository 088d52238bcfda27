"""Custom resources: functions that stand in a template make what AWS has no type for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

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
