"""HTTP APIs: made by boto3 and by SAM, called by plain HTTP, in front of a function that tells what it was given."""

from __future__ import annotations

import base64
import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from ormer.first_run import root_key

TELLING = """
import json
def handler(event, context):
    if "answer" in (event.get("queryStringParameters") or {}):
        return json.loads(event["queryStringParameters"]["answer"])
    return {"statusCode": 200, "body": json.dumps(event), "headers": {"x-own": "1"}, "cookies": ["a=1", "b=2"]}
"""
ROLE = "service-role/AmazonSageMakerProjectsLambdaRole"
SECONDS = 60


@pytest.fixture(scope="module")
def client(shared_server: Any) -> Any:
    return shared_server.client("apigatewayv2")


@pytest.fixture(scope="module")
def function(shared_server: Any, runtimes: Path) -> str:
    place = shared_server.config.home / "runtimes"
    if not place.exists():
        os.symlink(runtimes, place)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", TELLING)
    functions = shared_server.client("lambda")
    arn = functions.create_function(
        FunctionName="telling",
        Runtime="python3.11",
        Handler="index.handler",
        Role=f"arn:aws:iam::{shared_server.config.account}:role/{ROLE}",
        Code={"ZipFile": content.getvalue()},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName="telling", StatementId="all", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return str(arn)


@pytest.fixture(scope="module")
def quick(client: Any, function: str) -> str:
    """An API that was made with its target at once."""
    return str(client.create_api(Name="quick", ProtocolType="HTTP", Target=function)["ApiId"])


def url(shared_server: Any, api: str, path: str) -> str:
    return f"{shared_server.config.endpoint}/_aws/execute-api/{api}{path}"


def test_an_api_made_with_a_target_answers_every_request_in_format_2(shared_server, client, quick):
    answer = requests.post(
        url(shared_server, quick, "/any/where?a=1&a=2"), json={"b": 3}, cookies={"c": "4"}, timeout=SECONDS
    )
    event = answer.json()
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/any/where")
    assert event["queryStringParameters"] == {"a": "1,2"} and json.loads(event["body"]) == {"b": 3}
    assert event["requestContext"]["http"]["method"] == "POST" and event["requestContext"]["stage"] == "$default"
    assert answer.headers["x-own"] == "1" and not event["isBase64Encoded"]
    by_host = requests.get(
        f"{shared_server.config.endpoint}/here",
        headers={"Host": f"{quick}.execute-api.us-east-1.amazonaws.com"},
        cookies={"c": "4"},
        timeout=SECONDS,
    )
    assert by_host.json()["rawPath"] == "/here" and by_host.json()["cookies"] == ["c=4"]
    assert by_host.headers["set-cookie"] == "a=1, b=2"


def test_what_has_no_status_is_the_body_and_bytes_come_in_base64(shared_server, quick):
    plain = requests.get(url(shared_server, quick, '/?answer={"x":1}'), timeout=SECONDS)
    assert (plain.status_code, plain.json(), plain.headers["content-type"]) == (200, {"x": 1}, "application/json")
    told = {"statusCode": 201, "body": base64.b64encode(b"\x00\x01").decode(), "isBase64Encoded": True}
    bytes_ = requests.get(url(shared_server, quick, "/"), params={"answer": json.dumps(told)}, timeout=SECONDS)
    assert (bytes_.status_code, bytes_.content) == (201, b"\x00\x01")
    bad = requests.get(url(shared_server, quick, '/?answer={"statusCode":"x"}'), timeout=SECONDS)
    assert (bad.status_code, bad.json()) == (500, {"message": "Internal Server Error"})


def test_the_most_specific_route_answers_at_its_stage(shared_server, client, function):
    api = client.create_api(Name="routed", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["https://a.b"]})
    key = {"ApiId": api["ApiId"]}
    assert api["ApiEndpoint"] == f"https://{api['ApiId']}.execute-api.us-east-1.amazonaws.com"
    target = client.create_integration(
        **key, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="1.0"
    )["IntegrationId"]
    for route in ("GET /pets/{id}", "ANY /pets/{all+}", "GET /pets/dog"):
        client.create_route(**key, RouteKey=route, Target=f"integrations/{target}")
    with pytest.raises(client.exceptions.ConflictException):
        client.create_route(**key, RouteKey="GET /pets/dog", Target=f"integrations/{target}")
    client.create_stage(**key, StageName="dev", AutoDeploy=True, StageVariables={"v": "1"})

    def asked(method: str, path: str) -> Any:
        return requests.request(method, url(shared_server, api["ApiId"], path), timeout=SECONDS)

    event = asked("GET", "/dev/pets/7").json()
    assert (event["version"], event["resource"], event["pathParameters"]) == ("1.0", "/pets/{id}", {"id": "7"})
    assert event["stageVariables"] == {"v": "1"}
    assert asked("GET", "/dev/pets/dog").json()["resource"] == "/pets/dog"
    assert asked("PUT", "/dev/pets/7").json()["pathParameters"] == {"all": "7"}
    assert (asked("GET", "/dev/cars").status_code, asked("GET", "/prod/pets/7").status_code) == (404, 404)
    allowed = requests.options(
        url(shared_server, api["ApiId"], "/dev/pets/7"),
        headers={"Origin": "https://a.b", "Access-Control-Request-Method": "PUT"},
        timeout=SECONDS,
    )
    assert allowed.status_code == 204 and allowed.headers["access-control-allow-origin"] == "https://a.b"
    route = next(one for one in client.get_routes(**key)["Items"] if one["RouteKey"] == "GET /pets/dog")
    client.delete_route(**key, RouteId=route["RouteId"])
    assert asked("GET", "/dev/pets/dog").json()["resource"] == "/pets/{id}"


def test_a_stage_without_auto_deploy_answers_with_what_was_deployed(shared_server, client, function):
    key = {"ApiId": client.create_api(Name="frozen", ProtocolType="HTTP")["ApiId"]}
    with pytest.raises(ClientError, match="no routes exist"):
        client.create_deployment(**key)
    made = client.create_integration(**key, IntegrationType="AWS_PROXY", IntegrationUri=function)
    route = client.create_route(**key, RouteKey="GET /a", Target=f"integrations/{made['IntegrationId']}")
    first = client.create_deployment(**key, Description="first")["DeploymentId"]
    client.create_stage(**key, StageName="s", DeploymentId=first)
    client.update_route(**key, RouteId=route["RouteId"], RouteKey="GET /b")

    def status(path: str) -> int:
        return requests.get(url(shared_server, key["ApiId"], path), timeout=SECONDS).status_code

    assert (status("/s/a"), status("/s/b")) == (200, 404)
    client.update_stage(**key, StageName="s", DeploymentId=client.create_deployment(**key)["DeploymentId"])
    assert (status("/s/a"), status("/s/b")) == (404, 200)
    client.delete_deployment(**key, DeploymentId=first)
    assert len(client.get_deployments(**key)["Items"]) == 1
    assert client.get_stage(**key, StageName="s")["DeploymentId"] != first
    client.update_integration(**key, IntegrationId=made["IntegrationId"], TimeoutInMillis=5000)
    assert client.get_integration(**key, IntegrationId=made["IntegrationId"])["TimeoutInMillis"] == 5000
    with pytest.raises(client.exceptions.ConflictException):
        client.delete_integration(**key, IntegrationId=made["IntegrationId"])
    client.delete_route(**key, RouteId=route["RouteId"])
    client.delete_integration(**key, IntegrationId=made["IntegrationId"])
    client.delete_stage(**key, StageName="s")
    client.update_api(**key, Name="thawed")
    assert client.get_api(**key)["Name"] == "thawed"
    client.delete_api(**key)
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_api(**key)


def test_what_is_not_there_is_refused(client, function):
    with pytest.raises(ClientError, match="WebSocket APIs are not there"):
        client.create_api(Name="w", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    key = {"ApiId": client.create_api(Name="narrow", ProtocolType="HTTP", Tags={"a": "b"})["ApiId"]}
    with pytest.raises(ClientError, match="requests are not sent to other hosts"):
        client.create_integration(
            **key, IntegrationType="HTTP_PROXY", IntegrationMethod="GET", IntegrationUri="http://example.com"
        )
    with pytest.raises(ClientError, match="Authorizers are not there"):
        client.create_route(**key, RouteKey="GET /", AuthorizationType="JWT", AuthorizerId="x")
    arn = f"arn:aws:apigateway:us-east-1::/apis/{key['ApiId']}"
    client.tag_resource(ResourceArn=arn, Tags={"c": "d"})
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.get_tags(ResourceArn=arn)["Tags"] == {"c": "d"}


def document(function: str, *paths: str) -> str:
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, "payloadFormatVersion": "2.0"}
    operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
    return json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "told", "version": "7"},
            "paths": {path: {"get": operation} for path in paths},
            "x-amazon-apigateway-cors": {"allowOrigins": ["*"]},
        }
    )


def test_a_document_becomes_an_api_and_another_takes_its_place(shared_server, client, function):
    made = client.import_api(Body=document(function, "/a", "/b/{c}"))
    key = {"ApiId": made["ApiId"]}
    assert (made["Name"], made["Version"], made["CorsConfiguration"]) == ("told", "7", {"AllowOrigins": ["*"]})
    client.create_stage(**key, StageName="$default", AutoDeploy=True)
    answer = requests.get(url(shared_server, made["ApiId"], "/b/9"), headers={"Origin": "http://x"}, timeout=SECONDS)
    assert answer.json()["pathParameters"] == {"c": "9"} and answer.headers["access-control-allow-origin"] == "*"
    again = client.reimport_api(**key, Body=document(function, "/d"))
    assert again["ApiId"] == made["ApiId"]
    routes = client.get_routes(**key)["Items"]
    assert [one["RouteKey"] for one in routes] == ["GET /d"]
    assert client.get_route(**key, RouteId=routes[0]["RouteId"])["Target"].startswith("integrations/")
    assert len(client.get_integrations(**key)["Items"]) == 1
    stage = client.get_stages(**key)["Items"][0]
    assert client.get_deployment(**key, DeploymentId=stage["DeploymentId"])["AutoDeployed"]
    client.delete_cors_configuration(**key)
    assert "CorsConfiguration" not in client.get_api(**key)
    answer = requests.get(url(shared_server, made["ApiId"], "/d"), headers={"Origin": "http://x"}, timeout=SECONDS)
    assert answer.status_code == 200 and "access-control-allow-origin" not in answer.headers


def test_a_signed_route_knows_who_calls_and_strangers_are_forbidden(shared_server, client, function):
    key = {"ApiId": client.create_api(Name="signed", ProtocolType="HTTP")["ApiId"]}
    made = client.create_integration(**key, IntegrationType="AWS_PROXY", IntegrationUri=function)
    target = f"integrations/{made['IntegrationId']}"
    client.create_route(**key, RouteKey="GET /", Target=target, AuthorizationType="AWS_IAM")
    client.create_stage(**key, StageName="$default", AutoDeploy=True)
    place = url(shared_server, key["ApiId"], "/")
    stranger = requests.get(place, timeout=SECONDS)
    assert (stranger.status_code, stranger.json()) == (403, {"message": "Forbidden"})
    root = root_key(shared_server.house.stores)
    signed = AWSRequest("GET", place)
    SigV4Auth(Credentials(root.access_key_id, root.secret), "execute-api", "us-east-1").add_auth(signed)
    answer = requests.get(place, headers=dict(signed.headers), timeout=SECONDS)
    assert answer.json()["requestContext"]["authorizer"]["iam"]["userArn"].endswith(":root")


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: python3.11
      InlineCode: |
        def handler(event, context):
            return [event["routeKey"], event.get("pathParameters")]
      Events:
        Get: {Type: HttpApi, Properties: {Path: "/things/{id}", Method: get}}
Outputs:
  Api: {Value: !Ref ServerlessHttpApi}
"""


def test_an_http_api_of_sam_answers(shared_server, client):
    stacks = shared_server.client("cloudformation")
    stacks.create_stack(
        StackName="http-of-sam", TemplateBody=SAM, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    )
    deadline = time.monotonic() + SECONDS
    while (stack := stacks.describe_stacks(StackName="http-of-sam")["Stacks"][0])["StackStatus"].endswith("PROGRESS"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    api = stack["Outputs"][0]["OutputValue"]
    answer = requests.get(url(shared_server, api, "/things/5"), timeout=SECONDS)
    assert answer.json() == ["GET /things/{id}", {"id": "5"}]
    assert requests.get(url(shared_server, api, "/other"), timeout=SECONDS).status_code == 404
    assert api in [one["ApiId"] for one in client.get_apis()["Items"]]


def test_a_document_with_an_authorizer_makes_no_open_route(client, function):
    told = json.loads(document(function, "/closed"))
    for auth in ({"type": "CUSTOM", "authorizerId": "x"}, "AWS_IAM"):
        told["paths"]["/closed"]["get"]["x-amazon-apigateway-auth"] = auth
        with pytest.raises(ClientError, match="there are no authorizers"):
            client.import_api(Body=json.dumps(told))
