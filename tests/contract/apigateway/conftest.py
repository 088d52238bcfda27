"""APIs on a shared server: made by boto3, called by plain HTTP, in front of an endpoint that doubles numbers."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from ormer.engines.hosting.routes import Answer, Route, Variant

TIMEOUT_SECONDS = 60
TRUSTED = "apigateway.amazonaws.com"
LAMBDA_ROLE = "service-role/AmazonSageMakerProjectsLambdaRole"


class Doubling:
    """An evaluator: a number doubled, told with the media types it was asked with."""

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        if body.startswith(b"wrong"):
            return Answer(415, b"that is no number", "text/plain")
        told = {"twice": 2 * int(body), "sent": content_type, "accept": accept}
        return Answer(200, json.dumps(told).encode(), "application/json")


class Apis:
    """Makes APIs and calls them."""

    def __init__(self, live: Any) -> None:
        self.live = live
        self.client = live.client("apigateway")

    def make(self, **more: Any) -> tuple[str, str]:
        """(id, id of the root resource) of a new API."""
        made = self.client.create_rest_api(name="api", **more)
        return made["id"], made["rootResourceId"]

    def method(self, api: str, resource: str, name: str = "POST", auth: str = "NONE", **integration: Any) -> None:
        """Add a method whose integration answers with 200 by default."""
        key = {"restApiId": api, "resourceId": resource, "httpMethod": name}
        self.client.put_method(**key, authorizationType=auth)
        self.client.put_method_response(**key, statusCode="200")
        self.client.put_integration(**key, **{"integrationHttpMethod": "POST", **integration})
        self.client.put_integration_response(**key, statusCode="200")

    def deploy(self, api: str, stage: str = "prod", **more: Any) -> str:
        return str(self.client.create_deployment(restApiId=api, stageName=stage, **more)["id"])

    def url(self, api: str, path: str = "/", stage: str = "prod") -> str:
        """The address that needs no name service."""
        return f"{self.live.config.endpoint}/_aws/execute-api/{api}/{stage}{path}"

    def call(self, api: str, path: str = "/", method: str = "POST", stage: str = "prod", **more: Any) -> Any:
        return requests.request(method, self.url(api, path, stage), timeout=TIMEOUT_SECONDS, **more)

    def endpoint_uri(self, name: str) -> str:
        return f"arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/{name}/invocations"

    def function_uri(self, arn: str) -> str:
        return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


@pytest.fixture(scope="session")
def apis(shared_server: Any) -> Apis:
    return Apis(shared_server)


@pytest.fixture(scope="session")
def apigateway(apis: Apis) -> Any:
    return apis.client


@pytest.fixture
def endpoint(shared_server: Any, unique: Callable[[str], str]) -> str:
    """The name of an endpoint that doubles numbers."""
    name, config = unique("doubling"), shared_server.config
    arn = f"arn:aws:sagemaker:{config.region}:{config.account}:endpoint/{name}"
    variant = Variant("AllTraffic", 1.0, evaluator=Doubling())
    shared_server.house.routes.put(Route(arn, config.account, config.region, name, f"{name}-config", (variant,)))
    return name


@pytest.fixture
def role(shared_server: Any, unique: Callable[[str], str]) -> Callable[..., str]:
    """`role("sagemaker:InvokeEndpoint")` is a role that API Gateway may assume and that may do so."""
    iam = shared_server.client("iam")

    def make(*actions: str, trusted: str = TRUSTED) -> str:
        name = unique("role")
        trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        if actions:
            allow = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    return make


@pytest.fixture
def user(shared_server: Any, unique: Callable[[str], str]) -> Callable[..., dict[str, str]]:
    """`user(("execute-api:Invoke", arn))` has keys and may do these actions on these ARNs."""
    iam = shared_server.client("iam")

    def make(*allowed: tuple[str, str]) -> dict[str, str]:
        name = unique("user")
        iam.create_user(UserName=name)
        if allowed:
            statements = [{"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in allowed]
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    return make


@pytest.fixture(scope="session")
def kept_runtimes(shared_server: Any, runtimes: Path) -> None:
    """The built environment of functions is kept between sessions where one asks for it."""
    place = shared_server.config.home / "runtimes"
    if not place.exists():
        os.symlink(runtimes, place)


@pytest.fixture
def function(shared_server: Any, kept_runtimes: None, unique: Callable[[str], str]) -> Callable[[str], str]:
    """Create a function of the text of its index.py. Returns its ARN."""
    client = shared_server.client("lambda")

    def create(text: str) -> str:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", text)
        made = client.create_function(
            FunctionName=unique("function"),
            Runtime="python3.11",
            Role=f"arn:aws:iam::{shared_server.config.account}:role/{LAMBDA_ROLE}",
            Handler="index.handler",
            Code={"ZipFile": content.getvalue()},
        )
        return str(made["FunctionArn"])

    return create
