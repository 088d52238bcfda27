"""REST APIs as boto3 makes them: paths, methods, integrations, deployments, stages, and what is refused."""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

import pytest
from botocore.exceptions import ClientError

STATUS = {"statusCode": "200"}
MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


def refused(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_an_api_is_made_shown_changed_and_deleted(apigateway):
    made = apigateway.create_rest_api(
        name="first", description="d", tags={"team": "a"}, endpointConfiguration={"types": ["REGIONAL"]}
    )
    assert len(made["id"]) == 10 and made["endpointConfiguration"] == {"types": ["REGIONAL"]}
    shown = apigateway.get_rest_api(restApiId=made["id"])
    assert {name: shown[name] for name in ("name", "description", "tags", "rootResourceId", "createdDate")} == {
        name: made[name] for name in ("name", "description", "tags", "rootResourceId", "createdDate")
    }
    changed = apigateway.update_rest_api(
        restApiId=made["id"],
        patchOperations=[
            {"op": "replace", "path": "/name", "value": "second"},
            {"op": "add", "path": "/binaryMediaTypes/image~1png"},
        ],
    )
    assert (changed["name"], changed["binaryMediaTypes"]) == ("second", ["image/png"])
    assert made["id"] in [one["id"] for one in apigateway.get_rest_apis(limit=500)["items"]]
    apigateway.delete_rest_api(restApiId=made["id"])
    code, text = refused(apigateway.get_rest_api, restApiId=made["id"])
    assert (code, text) == ("NotFoundException", f"Invalid API identifier specified 123456789012:{made['id']}")
    assert refused(apigateway.delete_rest_api, restApiId=made["id"])[0] == "NotFoundException"


def test_apis_are_paged(apis, apigateway):
    apis.make(), apis.make()
    first = apigateway.get_rest_apis(limit=1)
    second = apigateway.get_rest_apis(limit=1, position=first["position"])
    assert first["items"][0]["id"] != second["items"][0]["id"]


@pytest.mark.parametrize(
    "more",
    [{"policy": "{}"}, {"cloneFrom": "abcdefghij"}, {"endpointConfiguration": {"types": ["PRIVATE"]}}],
)
def test_what_would_guard_an_api_and_is_not_there_is_refused(apigateway, more):
    assert refused(apigateway.create_rest_api, name="n", **more)[0] == "BadRequestException"


def test_paths_stand_in_a_tree(apis, apigateway):
    api, root = apis.make()
    pets = apigateway.create_resource(restApiId=api, parentId=root, pathPart="pets")
    one = apigateway.create_resource(restApiId=api, parentId=pets["id"], pathPart="{pet}")
    assert (pets["path"], one["path"], one["parentId"]) == ("/pets", "/pets/{pet}", pets["id"])
    apis.method(api, one["id"], "GET", **MOCK)
    assert apigateway.get_resource(restApiId=api, resourceId=one["id"])["resourceMethods"] == {"GET": {}}
    whole = apigateway.get_resource(restApiId=api, resourceId=one["id"], embed=["methods"])
    assert whole["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK"
    paths = [each["path"] for each in apigateway.get_resources(restApiId=api)["items"]]
    assert paths == ["/", "/pets", "/pets/{pet}"]
    apigateway.delete_resource(restApiId=api, resourceId=pets["id"])
    assert [each["path"] for each in apigateway.get_resources(restApiId=api)["items"]] == ["/"]
    assert refused(apigateway.get_resource, restApiId=api, resourceId=one["id"])[0] == "NotFoundException"
    assert refused(apigateway.delete_resource, restApiId=api, resourceId=root)[0] == "BadRequestException"


def test_paths_that_cannot_stand_beside_each_other_are_refused(apis, apigateway):
    api, root = apis.make()
    apigateway.create_resource(restApiId=api, parentId=root, pathPart="a")
    variable = apigateway.create_resource(restApiId=api, parentId=root, pathPart="{a}")
    greedy = apigateway.create_resource(restApiId=api, parentId=variable["id"], pathPart="{rest+}")
    make = apigateway.create_resource
    assert refused(make, restApiId=api, parentId=root, pathPart="a")[0] == "ConflictException"
    assert "sibling" in refused(make, restApiId=api, parentId=root, pathPart="{b}")[1]
    assert "greedy" in refused(make, restApiId=api, parentId=greedy["id"], pathPart="c")[1]
    assert refused(make, restApiId=api, parentId=root, pathPart="a/b")[0] == "BadRequestException"
    assert refused(make, restApiId=api, parentId="nobody", pathPart="c")[0] == "NotFoundException"


def test_a_method_has_an_integration_and_answers(apis, apigateway):
    api, root = apis.make()
    apis.method(api, root, **MOCK)
    key = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    method = apigateway.get_method(**key)
    assert (method["authorizationType"], method["apiKeyRequired"]) == ("NONE", False)
    assert method["methodResponses"] == {"200": {"statusCode": "200"}}
    integration = apigateway.get_integration(**key)
    assert (integration["timeoutInMillis"], integration["passthroughBehavior"]) == (29_000, "WHEN_NO_MATCH")
    assert integration["integrationResponses"] == {"200": {"statusCode": "200"}}
    assert refused(apigateway.put_method, **key, authorizationType="NONE")[0] == "ConflictException"
    assert refused(apigateway.put_method_response, **key, statusCode="200")[0] == "ConflictException"
    assert refused(apigateway.put_integration_response, **key, statusCode="500")[0] == "NotFoundException"
    assert refused(apigateway.put_method_response, **key, statusCode="101")[0] == "BadRequestException"
    assert apigateway.get_method_response(**key, statusCode="200") == {**STATUS, "ResponseMetadata": ANY}
    assert apigateway.get_integration_response(**key, statusCode="200") == {**STATUS, "ResponseMetadata": ANY}
    apigateway.delete_integration_response(**key, statusCode="200")
    apigateway.delete_method_response(**key, statusCode="200")
    for gone in (apigateway.get_integration_response, apigateway.get_method_response):
        assert refused(gone, **key, statusCode="200")[0] == "NotFoundException"
    apigateway.delete_integration(**key)
    assert refused(apigateway.get_integration, **key)[0] == "NotFoundException"
    apigateway.delete_method(**key)
    assert refused(apigateway.get_method, **key) == ("NotFoundException", "Invalid Method identifier specified")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"authorizationType": "CUSTOM", "authorizerId": "a"}, "Authorizers are not there"),
        ({"authorizationType": "COGNITO_USER_POOLS"}, "Authorizers are not there"),
        ({"authorizationType": "NONE", "apiKeyRequired": True}, "API keys are not there"),
        ({"authorizationType": "NONE", "requestValidatorId": "v"}, "Request validators are not there"),
        ({"authorizationType": "NONE", "httpMethod": "BREW"}, "Invalid HTTP method"),
    ],
)
def test_guards_that_are_not_there_are_refused(apis, apigateway, more, text):
    api, root = apis.make()
    request = {"restApiId": api, "resourceId": root, "httpMethod": "POST", **more}
    code, told = refused(apigateway.put_method, **request)
    assert code == "BadRequestException" and text in told


ROLE = "arn:aws:iam::123456789012:role/r"
ENDPOINT = "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/e/invocations"
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"type": "HTTP", "uri": "https://example.com"}, "requests are not sent to other hosts"),
        ({"type": "HTTP_PROXY", "uri": "https://example.com"}, "requests are not sent to other hosts"),
        ({"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:s3:path/b/k", "credentials": ROLE}, "names nothing"),
        ({"type": "AWS", "uri": ENDPOINT}, "Role ARN must be specified"),
        ({"type": "AWS_PROXY", "uri": ENDPOINT, "credentials": ROLE}, "only supports Lambda"),
        ({"type": "AWS_PROXY", "uri": FUNCTION, "integrationHttpMethod": "GET"}, "invoked by POST"),
        (
            {"type": "AWS", "uri": ENDPOINT, "credentials": "arn:aws:iam::210987654321:role/r"},
            "Cross-account pass role",
        ),
        (
            {
                "type": "AWS",
                "uri": ENDPOINT,
                "credentials": ROLE,
                "requestTemplates": {"application/json": "#set($a = 1)"},
            },
            "cannot be evaluated here",
        ),
        ({"type": "MOCK", "requestParameters": {"integration.request.header.A": "context.stage"}}, "Invalid mapping"),
        ({"type": "MOCK", "timeoutInMillis": 30_000}, "Timeout should be between"),
    ],
)
def test_integrations_that_are_not_there_are_refused(apis, apigateway, more, text):
    api, root = apis.make()
    key = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    apigateway.put_method(**key, authorizationType="NONE")
    code, told = refused(apigateway.put_integration, **key, **{"integrationHttpMethod": "POST", **more})
    assert code == "BadRequestException" and text in told


def test_deployments_and_stages_are_made_shown_moved_and_deleted(apis, apigateway):
    api, root = apis.make()
    assert refused(apigateway.create_deployment, restApiId=api)[1] == "The REST API doesn't contain any methods"
    apis.method(api, root, **MOCK)
    first = apigateway.create_deployment(restApiId=api, stageName="prod", description="one")["id"]
    second = apigateway.create_deployment(restApiId=api, stageName="beta")["id"]
    ids = [one["id"] for one in apigateway.get_deployments(restApiId=api)["items"]]
    assert ids == [first, second]
    shown = apigateway.get_deployment(restApiId=api, deploymentId=first, embed=["apisummary"])
    assert shown["apiSummary"]["/"]["POST"]["authorizationType"] == "NONE" and shown["description"] == "one"
    patch = [{"op": "replace", "path": "/description", "value": "uno"}]
    update = apigateway.update_deployment(restApiId=api, deploymentId=first, patchOperations=patch)
    assert update["description"] == "uno"

    made = apigateway.create_stage(restApiId=api, stageName="test", deploymentId=first, variables={"a": "b"})
    assert (made["deploymentId"], made["variables"]) == (first, {"a": "b"})
    again = {"restApiId": api, "stageName": "test", "deploymentId": first}
    assert refused(apigateway.create_stage, **again)[0] == "ConflictException"
    patch = [{"op": "replace", "path": "/deploymentId", "value": second}]
    apigateway.update_stage(restApiId=api, stageName="test", patchOperations=patch)
    assert apigateway.get_stage(restApiId=api, stageName="test")["deploymentId"] == second
    names = [one["stageName"] for one in apigateway.get_stages(restApiId=api, deploymentId=second)["item"]]
    assert names == ["beta", "test"]

    assert refused(apigateway.delete_deployment, restApiId=api, deploymentId=first)[0] == "BadRequestException"
    apigateway.delete_stage(restApiId=api, stageName="prod")
    apigateway.delete_deployment(restApiId=api, deploymentId=first)
    assert refused(apigateway.get_deployment, restApiId=api, deploymentId=first)[0] == "NotFoundException"
    assert refused(apigateway.get_stage, restApiId=api, stageName="prod")[0] == "NotFoundException"


def test_a_caller_may_do_what_the_path_and_the_verb_say(apis, apigateway, shared_server, user, role):
    api, root = apis.make()
    here = f"arn:aws:apigateway:us-east-1::/restapis/{api}"
    allowed = user(("apigateway:GET", here), ("apigateway:PUT", f"{here}/resources/*"))
    client = shared_server.client("apigateway", **allowed)
    assert client.get_rest_api(restApiId=api)["id"] == api
    code, text = refused(client.delete_rest_api, restApiId=api)
    assert code == "AccessDeniedException" and f"apigateway:DELETE on resource: {here}" in text
    assert refused(client.get_resources, restApiId=api)[0] == "AccessDeniedException"
    key = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    client.put_method(**key, authorizationType="NONE")
    given = role("sagemaker:InvokeEndpoint")
    request = {**key, "type": "AWS", "integrationHttpMethod": "POST", "uri": ENDPOINT, "credentials": given}
    code, text = refused(client.put_integration, **request)
    assert code == "AccessDenied" and f"iam:PassRole on resource: {given}" in text


def test_an_account_keeps_the_role_that_would_write_logs(apigateway):
    arn = "arn:aws:iam::123456789012:role/logs"
    patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}]
    assert apigateway.update_account(patchOperations=patch)["cloudwatchRoleArn"] == arn
    assert apigateway.get_account()["cloudwatchRoleArn"] == arn
    wrong = [{"op": "replace", "path": "/throttleSettings/rateLimit", "value": "1"}]
    assert refused(apigateway.update_account, patchOperations=wrong)[0] == "BadRequestException"
