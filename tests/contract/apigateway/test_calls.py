"""Calling APIs over HTTP and TLS: who answers, with what, and how API Gateway refuses."""

from __future__ import annotations

import base64
import http.client
import json

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ormer.first_run import root_key

MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
ECHO = (
    "import json\n"
    "def handler(event, context):\n"
    "    return {'statusCode': 201, 'headers': {'X-Kind': 'echo'}, 'body': json.dumps(event)}\n"
)


def in_front(apis, endpoint, arn, **more):
    """The id of a deployed API whose root is in front of an endpoint."""
    api, root = apis.make()
    apis.method(api, root, **{"type": "AWS", "uri": apis.endpoint_uri(endpoint), "credentials": arn, **more})
    apis.deploy(api)
    return api


def signed(url, method="POST", body="", service="execute-api", **keys):
    """Headers of a request signed by these keys."""
    request = AWSRequest(method, url, data=body)
    SigV4Auth(Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), service, "us-east-1").add_auth(
        request
    )
    return dict(request.headers)


def test_a_post_reaches_the_endpoint_and_its_answer_comes_back(apis, endpoint, role):
    api = in_front(apis, endpoint, role("sagemaker:InvokeEndpoint"))
    answer = apis.call(api, data="21", headers={"content-type": "text/csv"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    assert answer.json()["twice"] == 42 and answer.json()["sent"] == "text/csv"
    other = f"{apis.live.config.endpoint}/restapis/{api}/prod/_user_request_/"
    assert requests.post(other, data="4", timeout=20).json()["twice"] == 8


def test_an_apis_own_host_is_answered_over_tls(apis, endpoint, role):
    api = in_front(apis, endpoint, role("sagemaker:InvokeEndpoint"))
    config = apis.live.config
    proxies = {"https": f"http://127.0.0.1:{config.tls_port}"}
    url = f"https://{api}.execute-api.us-east-1.amazonaws.com/prod"
    bundle = str(config.home / "tls" / "ca-bundle.pem")
    answer = requests.post(url, data="21", proxies=proxies, verify=bundle, timeout=20)
    assert (answer.status_code, answer.json()["twice"]) == (200, 42)
    wrong = url.replace("us-east-1", "us-west-2")
    assert requests.post(wrong, proxies=proxies, verify=bundle, timeout=20).json() == {"message": "Forbidden"}
    named = {"host": f"{api}.execute-api.localhost:{config.port}"}
    assert requests.post(f"{config.endpoint}/prod", data="3", headers=named, timeout=20).json()["twice"] == 6


def test_the_endpoints_refusal_comes_by_the_pattern_that_fits(apis, apigateway, endpoint, role):
    api, root = apis.make()
    key = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    uri = apis.endpoint_uri(endpoint)
    apis.method(api, root, type="AWS", uri=uri, credentials=role("sagemaker:InvokeEndpoint"))
    apigateway.put_method_response(**key, statusCode="502")
    apigateway.put_integration_response(
        **key,
        statusCode="502",
        selectionPattern="4\\d{2}",
        responseParameters={
            "method.response.header.X-Kind": "'model error'",
            "method.response.header.X-Fault": "integration.response.header.x-amzn-errortype",
        },
    )
    apis.deploy(api)
    answer = apis.call(api, data="wrong")
    assert (answer.status_code, answer.headers["x-kind"], answer.headers["x-fault"]) == (
        502,
        "model error",
        "ModelError",
    )
    assert "that is no number" in answer.json()["OriginalMessage"]


def test_a_role_that_may_not_is_the_backends_refusal(apis, endpoint, role):
    answer = apis.call(in_front(apis, endpoint, role()), data="1")
    assert answer.status_code == 200, "the default response takes whatever the endpoint answers, as at AWS"
    assert "not authorized to perform: sagemaker:InvokeEndpoint" in answer.json()["message"]


def test_a_role_that_does_not_trust_api_gateway_is_not_assumed(apis, endpoint, role):
    given = role("sagemaker:InvokeEndpoint", trusted="lambda.amazonaws.com")
    answer = apis.call(in_front(apis, endpoint, given), data="1")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})


def test_path_variables_query_and_headers_reach_the_endpoint(apis, apigateway, endpoint, role):
    api, root = apis.make()
    one = apigateway.create_resource(restApiId=api, parentId=root, pathPart="{model}")["id"]
    apis.method(
        api,
        one,
        type="AWS",
        uri=apis.endpoint_uri("{name}"),
        credentials=role("sagemaker:InvokeEndpoint"),
        requestParameters={
            "integration.request.path.name": "method.request.path.model",
            "integration.request.header.Accept": "method.request.querystring.as",
        },
    )
    apis.deploy(api)
    answer = apis.call(api, f"/{endpoint}?as=application/json", data="2").json()
    assert (answer["twice"], answer["accept"]) == (4, "application/json")
    assert "not found" in apis.call(api, "/nobody", data="2").json()["Message"]


def test_a_change_is_answered_only_once_it_is_deployed(apis, apigateway):
    api, root = apis.make()
    apis.method(api, root, "GET", **MOCK)
    first = apis.deploy(api)
    assert apis.call(api, method="GET").status_code == 200
    apigateway.delete_method(restApiId=api, resourceId=root, httpMethod="GET")
    apis.method(api, root, "PUT", **MOCK)
    assert apis.call(api, method="GET").status_code == 200
    apis.deploy(api)
    assert (apis.call(api, method="GET").status_code, apis.call(api, method="PUT").status_code) == (403, 200)
    back = [{"op": "replace", "path": "/deploymentId", "value": first}]
    apigateway.update_stage(restApiId=api, stageName="prod", patchOperations=back)
    assert apis.call(api, method="GET").status_code == 200


def test_the_most_specific_path_answers(apis, apigateway):
    api, root = apis.make()
    parts = ("x", "y", "{v}", "{rest+}")
    made = {part: apigateway.create_resource(restApiId=api, parentId=root, pathPart=part)["id"] for part in parts}
    made["{v}/z"] = apigateway.create_resource(restApiId=api, parentId=made["{v}"], pathPart="z")["id"]
    for part, resource in made.items():
        key = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
        apis.method(api, resource, "ANY", **MOCK)
        told = {"method.response.header.x-part": f"'{part}'"}
        apigateway.put_integration_response(**key, statusCode="200", responseParameters=told)
    apis.deploy(api)
    for path, part in {"/x": "x", "/a": "{v}", "/a/z": "{v}/z", "/x/z": "{v}/z", "/a/b/c": "{rest+}"}.items():
        assert apis.call(api, path, "PATCH").headers["x-part"] == part


def test_refusals_are_api_gateways(apis, apigateway):
    api, root = apis.make()
    apis.method(api, root, **MOCK)
    apis.deploy(api)
    for answer in (apis.call(api, "/nowhere"), apis.call(api, method="GET")):
        assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})
        assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    for answer in (apis.call(api, stage="nowhere"), apis.call("aaaaaaaaaa")):
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
    long = apis.call(api, data=b"x" * (10 * 1024 * 1024 + 1))
    assert (long.status_code, long.json()) == (413, {"message": "Request Too Long"})
    apigateway.update_rest_api(
        restApiId=api, patchOperations=[{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    )
    assert apis.call(api).json() == {"message": "Forbidden"}


def test_media_types_without_a_template_are_refused_where_that_was_asked(apis):
    api, root = apis.make()
    apis.method(api, root, passthroughBehavior="NEVER", **MOCK)
    apis.deploy(api)
    answer = apis.call(api, data="a", headers={"content-type": "text/csv"})
    assert (answer.status_code, answer.json()) == (415, {"message": "Unsupported Media Type"})


def test_a_method_for_signers_asks_who_calls_and_whether_they_may(apis, user):
    api, root = apis.make()
    apis.method(api, root, auth="AWS_IAM", **MOCK)
    apis.deploy(api)
    url = apis.url(api)
    unsigned = requests.post(url, timeout=20)
    assert (unsigned.status_code, unsigned.json()) == (403, {"message": "Missing Authentication Token"})
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{api}/prod/POST/"
    may, may_not = user(("execute-api:Invoke", arn)), user()
    assert requests.post(url, headers=signed(url, **may), timeout=20).status_code == 200
    denied = requests.post(url, headers=signed(url, **may_not), timeout=20)
    assert denied.status_code == 403
    assert f"not authorized to perform: execute-api:Invoke on resource: {arn}" in denied.json()["Message"]
    tampered = requests.post(url, headers=signed(url, body="a", **may), data="b", timeout=20)
    assert tampered.status_code == 403 and "signature" in tampered.json()["message"]
    elsewhere = requests.post(url, headers=signed(url, service="sagemaker", **may), timeout=20)
    assert elsewhere.status_code == 403
    key = root_key(apis.live.house.stores)
    keys = {"aws_access_key_id": key.access_key_id, "aws_secret_access_key": key.secret}
    assert requests.post(url, headers=signed(url, **keys), timeout=20).status_code == 200


def test_a_function_behind_a_proxy_is_told_the_request_and_tells_the_answer(apis, apigateway, function, shared_server):
    arn = function(ECHO)
    api, root = apis.make(binaryMediaTypes=["image/png"])
    rest = apigateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
    apis.method(api, rest, "ANY", type="AWS_PROXY", uri=apis.function_uri(arn))
    apis.deploy(api, variables={"color": "red"})
    refused = apis.call(api, "/a/b")
    assert (refused.status_code, refused.json()) == (500, {"message": "Internal server error"})

    source = f"arn:aws:execute-api:us-east-1:123456789012:{api}/*/*/*"
    shared_server.client("lambda").add_permission(
        FunctionName=arn,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )
    answer = apis.call(api, "/a%20b/c?q=1&q=2", "PUT", json={"n": 1}, headers={"cookie": "of=studio"})
    assert (answer.status_code, answer.headers["x-kind"]) == (201, "echo")
    event = answer.json()
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/{proxy+}", "/a b/c", "PUT")
    assert event["pathParameters"] == {"proxy": "a b/c"} and event["stageVariables"] == {"color": "red"}
    assert event["queryStringParameters"] == {"q": "2"}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"n": 1}, False)
    assert event["headers"]["Content-Type"] == "application/json" and "Cookie" not in event["headers"]
    assert event["requestContext"]["stage"] == "prod" and event["requestContext"]["apiId"] == api
    image = apis.call(api, "/i", data=b"\x89PNG", headers={"content-type": "image/png"}).json()
    assert (base64.b64decode(image["body"]), image["isBase64Encoded"]) == (b"\x89PNG", True)


def test_a_functions_answer_that_is_none_is_a_bad_gateway(apis, function, role):
    text = (
        "def handler(event, context):\n"
        "    if event['httpMethod'] == 'GET':\n"
        "        raise ValueError('no')\n"
        "    if event['httpMethod'] == 'PUT':\n"
        "        return {'statusCode': 200, 'headers': {'X-Bad': 'a\\r\\nX-Other: b'},\n"
        "                'multiValueHeaders': {'Set-Cookie': ['a=1', 'b=2']}}\n"
        "    return {'hello': 1}\n"
    )
    arn = function(text)
    api, root = apis.make()
    apis.method(
        api, root, "ANY", type="AWS_PROXY", uri=apis.function_uri(arn), credentials=role("lambda:InvokeFunction")
    )
    apis.deploy(api)
    for method in ("GET", "POST"):
        answer = apis.call(api, method=method)
        assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    whole = apis.call(api, method="PUT")
    assert "x-other" not in whole.headers and "set-cookie" not in whole.headers
    named = {"host": f"{api}.execute-api.localhost:{apis.live.config.port}"}
    own = requests.put(f"{apis.live.config.endpoint}/prod/", headers=named, timeout=20)
    assert own.raw.headers.getlist("set-cookie") == ["a=1", "b=2"]


def test_a_function_takes_the_body_alone_and_its_error_chooses_the_answer(apis, apigateway, function, role):
    text = (
        "def handler(event, context):\n"
        "    if event.get('n') == 0:\n"
        "        raise ValueError('Bad Request: zero')\n"
        "    return {'twice': 2 * event['n']}\n"
    )
    api, root = apis.make()
    key = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    uri = apis.function_uri(function(text))
    apis.method(api, root, type="AWS", uri=uri, credentials=role("lambda:InvokeFunction"))
    apigateway.put_method_response(**key, statusCode="400")
    apigateway.put_integration_response(**key, statusCode="400", selectionPattern="Bad Request.*")
    apis.deploy(api)
    assert apis.call(api, json={"n": 4}).json() == {"twice": 8}
    wrong = apis.call(api, json={"n": 0})
    assert (wrong.status_code, wrong.json()["errorMessage"]) == (400, "Bad Request: zero")


def test_a_function_that_takes_too_long_is_not_waited_for(apis, function, role):
    arn = function("import time\ndef handler(event, context):\n    time.sleep(2)\n    return {'statusCode': 200}\n")
    api, root = apis.make()
    more = {"credentials": role("lambda:InvokeFunction"), "timeoutInMillis": 100}
    apis.method(api, root, type="AWS_PROXY", uri=apis.function_uri(arn), **more)
    apis.deploy(api)
    answer = apis.call(api)
    assert (answer.status_code, answer.json()) == (504, {"message": "Endpoint request timed out"})


@pytest.mark.parametrize("path", ["/studio", "/studio/api/sign-in", "/restapis"])
def test_an_apis_own_host_has_none_of_ormers_pages(apis, path):
    named = {"host": f"{apis.make()[0]}.execute-api.localhost"}
    answer = requests.get(f"{apis.live.config.endpoint}{path}", headers=named, timeout=20)
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_a_deny_holds_however_the_path_is_written(apis, apigateway, shared_server, user):
    api, root = apis.make()
    admin = apigateway.create_resource(restApiId=api, parentId=root, pathPart="admin")["id"]
    apis.method(api, admin, auth="AWS_IAM", **MOCK)
    apis.deploy(api)
    here = f"arn:aws:execute-api:us-east-1:123456789012:{api}/prod/POST"
    keys = user(("execute-api:Invoke", f"{here}/*"))
    iam = shared_server.client("iam")
    owner = shared_server.client("sts", **keys).get_caller_identity()["Arn"].rpartition("/")[2]
    deny = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{here}/admin"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_user_policy(UserName=owner, PolicyName="may-not", PolicyDocument=document)
    for path in ("/admin", "/%61dmin", "//admin", "/admin/"):
        url = apis.url(api, path)
        # Not by requests, which would write the path another way.
        connection = http.client.HTTPConnection("127.0.0.1", apis.live.config.port, timeout=20)
        connection.request("POST", url.removeprefix(apis.live.config.endpoint), headers=signed(url, **keys))
        answer = connection.getresponse()
        assert answer.status == 403
        assert b"explicit deny" in answer.read(), path
        connection.close()


def test_browsers_are_told_by_a_mock_what_they_may_send(apis, apigateway):
    api, root = apis.make()
    key = {"restApiId": api, "resourceId": root, "httpMethod": "OPTIONS"}
    apigateway.put_method(**key, authorizationType="NONE")
    allowed = "method.response.header.Access-Control-Allow-Origin"
    apigateway.put_method_response(**key, statusCode="204", responseParameters={allowed: True})
    apigateway.put_integration(**key, type="MOCK", requestTemplates={"application/json": '{"statusCode": 204}'})
    apigateway.put_integration_response(**key, statusCode="204", responseParameters={allowed: "'*'"})
    apis.deploy(api)
    answer = apis.call(api, method="OPTIONS")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_caller_and_a_stage_variable_say_which_function_runs_and_as_whom(apis, function, user):
    arn = function(ECHO)
    api, root = apis.make()
    uri = apis.function_uri("arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.name}")
    caller = "arn:aws:iam::*:user/*"
    apis.method(api, root, auth="AWS_IAM", type="AWS_PROXY", uri=uri, credentials=caller)
    apis.deploy(api, variables={"name": arn.rpartition(":")[2]})
    url = apis.url(api)
    invoke = ("execute-api:Invoke", "*")
    may, may_not = user(invoke, ("lambda:InvokeFunction", arn)), user(invoke)
    answer = requests.post(url, headers=signed(url, **may), timeout=60)
    event = answer.json()
    assert answer.status_code == 201 and ":user/" in event["requestContext"]["identity"]["userArn"]
    assert "Authorization" not in event["headers"]
    assert requests.post(url, headers=signed(url, **may_not), timeout=20).status_code == 500


def test_a_function_can_be_asked_without_waiting_for_it(apis, function, role, shared_server, eventually):
    arn = function("def handler(event, context):\n    print('came', event['n'])\n")
    api, root = apis.make()
    later = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    uri, may = apis.function_uri(arn), role("lambda:InvokeFunction")
    apis.method(api, root, type="AWS", uri=uri, credentials=may, requestParameters=later)
    apis.deploy(api)
    answer = apis.call(api, json={"n": 7})
    assert (answer.status_code, answer.content) == (200, b"")
    group, logs = f"/aws/lambda/{arn.rpartition(':')[2]}", shared_server.client("logs")

    def said():
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return False
        return any("came 7" in one["message"] for one in logs.filter_log_events(logGroupName=group)["events"])

    assert eventually(said)
