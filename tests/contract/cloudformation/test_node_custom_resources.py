"""Custom resources whose functions are in Node.js, as the AWS CDK writes them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

ROLE = "service-role/AmazonSageMakerProjectsLambdaRole"
WITH_MODULE = """
const response = require('cfn-response');

exports.handler = (event, context) => {
  const status = event.ResourceProperties.Colour === 'broken' ? response.FAILED : response.SUCCESS;
  response.send(event, context, status, { Told: event.ResourceProperties.Colour.toUpperCase() }, 'thing-one');
};
"""
# The programs of the CDK take a ResponseURL's host and path, and leave the port to https.
WITHOUT_PORT = """
const https = require('https');

exports.handler = async (event, context) => {
  const { hostname, pathname, search } = new URL(event.ResponseURL);
  const body = JSON.stringify({
    Status: 'SUCCESS', PhysicalResourceId: 'own', Data: { Told: 'RED' }, StackId: event.StackId,
    RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId,
  });
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
  await new Promise((resolve, reject) => {
    const request = https.request({ hostname, path: pathname + search, method: 'PUT', headers }, (response) => {
      response.resume();
      response.statusCode < 400 ? resolve() : reject(new Error(`answered ${response.statusCode}`));
    });
    request.on('error', reject);
    request.end(body);
  });
};
"""


@pytest.fixture(scope="module", autouse=True)
def kept_runtimes(shared_server, runtimes: Path) -> None:
    place = shared_server.config.home / "runtimes"
    if not place.exists():
        os.symlink(runtimes, place)


def template(account: str, text: str, runtime: str, colour: str) -> str:
    maker = {
        "Handler": "index.handler",
        "Runtime": runtime,
        "Role": f"arn:aws:iam::{account}:role/{ROLE}",
        "Timeout": 30,
        "Code": {"ZipFile": text},
    }
    thing = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}, "Colour": colour}
    return json.dumps(
        {
            "Resources": {
                "Maker": {"Type": "AWS::Lambda::Function", "Properties": maker},
                "Thing": {"Type": "Custom::Thing", "Properties": thing},
            },
            "Outputs": {"Told": {"Value": {"Fn::GetAtt": ["Thing", "Told"]}}},
        }
    )


@pytest.mark.parametrize(
    ("text", "runtime"),
    [(WITH_MODULE, "nodejs22.x"), (WITHOUT_PORT, "nodejs22.x"), (WITHOUT_PORT, "nodejs24.x")],
    ids=["cfn-response", "without a port", "without a port in the newest"],
)
def test_a_function_in_node_makes_a_custom_resource_and_deletes_it(
    cloudformation, ended, unique, shared_server, text, runtime
):
    body = template(shared_server.config.account, text, runtime, "red")
    arn = cloudformation.create_stack(StackName=unique("node"), TemplateBody=body)["StackId"]
    stack = ended(arn)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert [each["OutputValue"] for each in stack["Outputs"]] == ["RED"]
    cloudformation.delete_stack(StackName=arn)
    assert ended(arn)["StackStatus"] == "DELETE_COMPLETE"


def test_a_refusal_by_a_function_in_node_fails_the_stack(cloudformation, ended, unique, shared_server):
    body = template(shared_server.config.account, WITH_MODULE, "nodejs22.x", "broken")
    name = unique("node")
    cloudformation.create_stack(StackName=name, TemplateBody=body, OnFailure="DO_NOTHING")
    assert ended(name)["StackStatus"] == "CREATE_FAILED"
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    (reason,) = [
        each["ResourceStatusReason"]
        for each in events
        if each["LogicalResourceId"] == "Thing" and each["ResourceStatus"] == "CREATE_FAILED"
    ]
    assert "Message returned: See the details in CloudWatch Log Stream: " in reason
