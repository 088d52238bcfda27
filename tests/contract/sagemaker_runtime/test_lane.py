"""The invoke lane gives what the ordinary way gives: the same refusals, and a changed policy at the next request."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from ormer.first_run import root_key
from ormer.gateway.invoke.lane import InvokeLane
from ormer.stores import tagging

UUID = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HEADERS = {"Content-Type": "text/csv", "Accept": "text/csv"}


def signed(server: Any, path: str = "/endpoints/one/invocations", body: bytes = b"21", **more: Any) -> AWSRequest:
    """A request signed by root; `more`: headers, key, service, region, signer."""
    key = more.get("key") or root_key(server.house.stores)
    headers = {**HEADERS, **more.get("headers", {})}
    request = AWSRequest("POST", server.config.endpoint + path, headers=headers, data=body)
    credentials = Credentials(key.access_key_id, more.get("secret", key.secret), key.session_token)
    signer = more.get("signer", SigV4Auth)
    signer(credentials, more.get("service", "sagemaker"), more.get("region", server.config.region)).add_auth(request)
    return request


def sent(request: AWSRequest, **headers: str) -> requests.Response:
    prepared = request.prepare()
    return requests.post(prepared.url, data=prepared.body, headers={**dict(prepared.headers), **headers}, timeout=30)


def shown(response: requests.Response) -> tuple[Any, ...]:
    own = ("date", "x-amzn-requestid", "x-amz-request-id", "x-amz-id-2")
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() not in own}
    # An answer may name its request; two answers then differ in nothing but that.
    return response.status_code, re.sub(UUID, b"-", response.content), headers


@pytest.fixture
def both(server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`both(request)` sends it three ways and compares the answers: at once in the protocol, the lane, the handlers."""

    def compare(request: AWSRequest, **headers: str) -> requests.Response:
        answers = [sent(request, **headers)]
        with monkeypatch.context() as patch:
            patch.setattr(InvokeLane, "short_entrance", lambda self, url: None)
            answers.append(sent(request, **headers))
            patch.setattr(InvokeLane, "entrance", lambda self, scope: None)
            answers.append(sent(request, **headers))
        assert shown(answers[0]) == shown(answers[1]) == shown(answers[2])
        return answers[0]

    return compare


def test_a_good_request_is_answered_alike(server, route, fast, both):
    route("one", fast)
    assert both(signed(server)).content == b"42"
    attributes = {"X-Amzn-SageMaker-Custom-Attributes": "a=1;  b =2", "X-Amzn-SageMaker-Inference-Id": "x y"}
    assert both(signed(server, headers=attributes)).content == b"42"
    assert both(signed(server, body=b"21," + b"1," * 100_000)).content == b"42"


def test_presigned_urls_and_session_keys_are_answered_alike(server, route, fast, both):
    route("one", fast)
    with server.house.stores.database.write() as tx:
        session = server.house.stores.keys.make(tx, root_key(server.house.stores).identity, 3600)
    assert both(signed(server, key=session)).content == b"42"
    assert both(signed(server, key=replace(session, session_token="another"))).status_code == 403
    assert both(signed(server, key=replace(session, session_token=None))).status_code == 403
    presigned = partial(SigV4QueryAuth, expires=60)
    # botocore's signer of URLs has no bodies.
    assert both(signed(server, signer=presigned, body=b"")).content == b"0"
    assert both(signed(server, signer=presigned, body=b"", secret="wrong")).status_code == 403


BROKEN: list[dict[str, Any]] = [
    {"secret": "wrong"},
    {"service": "s3"},
    {"service": "iam"},
    {"path": "/endpoints/none/invocations"},
    {"path": "/endpoints/a%20b/invocations"},
    {"path": "/endpoints/-a/invocations"},
    {"path": f"/endpoints/{'a' * 64}/invocations"},
    {"path": "/endpoints/one/invocations/"},
    {"path": "/endpoints/one//invocations"},
    {"path": "/endpoints/one/invocations?a=b"},
    {"path": "/endpoints/one/elsewhere"},
    {"headers": {"X-Amzn-SageMaker-Custom-Attributes": "x" * 1025}},
    {"headers": {"X-Amzn-SageMaker-Inference-Id": "x" * 65}},
    {"headers": {"X-Amzn-SageMaker-Target-Variant": "no such"}},
    {"headers": {"X-Amzn-SageMaker-Target-Variant": "other"}},
    {"headers": {"X-Amzn-SageMaker-Target-Model": "model.tar.gz"}},
    {"headers": {"X-Amzn-SageMaker-Inference-Component": "part"}},
    {"headers": {"X-Amzn-SageMaker-Session-Id": "not valid!"}},
    {"headers": {"Accept": "a" * 1025}},
    {"headers": {"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}},
    {"region": "eu-west-1"},
    {"body": b"wrong"},
]


def test_whatever_is_wrong_is_refused_in_the_same_words(server, route, fast, both):
    route("one", fast)
    statuses = [both(signed(server, **broken)).status_code for broken in BROKEN]
    good = [broken for broken, status in zip(BROKEN, statuses, strict=True) if status < 400]
    # The ordinary way takes a slash at the end of a path, and a query that nobody asked for.
    assert good == [{"path": "/endpoints/one/invocations/"}, {"path": "/endpoints/one/invocations?a=b"}]


def test_a_changed_request_does_not_hold(server, route, fast, both):
    route("one", fast)
    good = signed(server)
    assert both(good, **{"X-Amz-Added": "1"}).status_code == 403
    assert both(good, Host="runtime.sagemaker.us-east-1.amazonaws.com").status_code == 403
    assert both(good, Host="api.sagemaker.us-east-1.amazonaws.com").status_code in (403, 404)
    late = (datetime.now(UTC) - timedelta(minutes=16)).strftime("%Y%m%dT%H%M%SZ")
    assert both(good, **{"X-Amz-Date": late}).status_code in (400, 403)
    good.data = b"22"
    assert both(good).status_code == 403


def test_an_evaluator_that_breaks_its_promise_is_our_fault_and_says_so(server, route, fast, both):
    route("one", fast)
    response = both(signed(server, body=b"no number"))
    assert response.status_code == 500
    assert response.headers["x-amzn-errortype"] == "InternalFailure"


def test_a_stranger_is_refused(server, route, fast):
    route("one", fast)
    response = requests.post(f"{server.config.endpoint}/endpoints/one/invocations", data=b"1", timeout=30)
    assert response.status_code == 403


def user(server: Any, policy: dict[str, Any]) -> tuple[str, Any]:
    """A user with this policy, and a runtime client of theirs."""
    iam, name = server.client("iam"), f"u{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    grant(server, name, policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return name, server.client("sagemaker-runtime", **credentials)


def grant(server: Any, name: str, policy: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Action": "sagemaker:InvokeEndpoint", **policy}]}
    server.client("iam").put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))


def test_a_changed_policy_holds_at_the_next_request(server, route, fast):
    made = route("one", fast)
    name, client = user(server, {"Effect": "Allow", "Resource": made.arn})
    for _ in range(3):
        assert client.invoke_endpoint(EndpointName="one", Body=b"1")["Body"].read() == b"2"
        grant(server, name, {"Effect": "Deny", "Resource": "*"})
        with pytest.raises(ClientError) as caught:
            client.invoke_endpoint(EndpointName="one", Body=b"1")
        assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
        assert f"sagemaker:InvokeEndpoint on resource: {made.arn}" in caught.value.response["Error"]["Message"]
        grant(server, name, {"Effect": "Allow", "Resource": made.arn})


def test_each_operation_is_an_action_of_its_own(server, route, fast):
    made = route("one", fast)
    _, client = user(server, {"Effect": "Allow", "Resource": made.arn})
    assert client.invoke_endpoint(EndpointName="one", Body=b"1")["Body"].read() == b"2"
    with pytest.raises(ClientError, match="sagemaker:InvokeEndpointWithResponseStream"):
        client.invoke_endpoint_with_response_stream(EndpointName="one", Body=b"1")


def test_conditions_see_the_endpoints_tags_as_they_are_now(server, route, fast):
    made = route("one", fast)
    database = server.house.stores.database
    condition = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    _, client = user(server, {"Effect": "Allow", "Resource": "*", "Condition": condition})
    with pytest.raises(ClientError, match="AccessDenied"):
        client.invoke_endpoint(EndpointName="one", Body=b"1")
    with database.write() as tx:
        tagging.put(tx, made.arn, [{"Key": "team", "Value": "blue"}])
    assert client.invoke_endpoint(EndpointName="one", Body=b"1")["Body"].read() == b"2"
    with database.write() as tx:
        tagging.put(tx, made.arn, [{"Key": "team", "Value": "red"}])
    with pytest.raises(ClientError, match="AccessDenied"):
        client.invoke_endpoint(EndpointName="one", Body=b"1")


def test_a_key_that_was_switched_off_signs_nothing_any_more(server, route, fast):
    made = route("one", fast)
    name, client = user(server, {"Effect": "Allow", "Resource": made.arn})
    assert client.invoke_endpoint(EndpointName="one", Body=b"1")["Body"].read() == b"2"
    iam = server.client("iam")
    (key,) = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client.invoke_endpoint(EndpointName="one", Body=b"1")


def test_the_lane_takes_what_is_in_order(server, route, fast):
    """The comparison above would hold as well if the lane never answered anything."""
    route("one", fast)
    lane = server.server._listener._app._desk.lane
    request = signed(server).prepare()
    headers = [(name.lower().encode(), str(value).encode()) for name, value in request.headers.items()]
    headers.append((b"host", server.config.endpoint.removeprefix("http://").encode()))
    scope = {"method": "POST", "raw_path": b"/endpoints/one/invocations", "query_string": b"", "headers": headers}
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"21", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    async def answered() -> Any:
        return await lane.answer(lane.entrance(scope), scope, receive, send)

    loop = server.house.invocations.loop
    assert asyncio.run_coroutine_threadsafe(answered(), loop).result() is None
    assert messages[1]["body"] == b"42"
