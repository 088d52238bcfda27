"""The gateway as real clients meet it: identities, refusals in each protocol's words, and what is not there."""

from __future__ import annotations

import gzip
import json
from typing import Any

import cbor2
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError


def refusal(call: Any) -> dict[str, Any]:
    """The parsed error response of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response


def signed(
    gateway: Any, service: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> requests.Response:
    """Send a hand-made request with a good signature."""
    request = AWSRequest(method, gateway.url + path, headers=headers, data=body)
    credentials = Credentials(gateway.key.access_key_id, gateway.key.secret)
    SigV4Auth(credentials, service, "us-west-2").add_auth(request)
    return requests.request(method, gateway.url + path, headers=dict(request.headers), data=body, timeout=20)


def test_the_root_key_is_told_who_it_is(gateway: Any) -> None:
    answer = gateway.client("sts").get_caller_identity()
    assert answer["Account"] == gateway.house.config.account
    assert answer["Arn"] == f"arn:aws:iam::{gateway.house.config.account}:root"
    assert answer["ResponseMetadata"]["RequestId"]


def test_a_wrong_secret_is_refused_in_the_words_of_each_protocol(gateway: Any) -> None:
    wrong = {"aws_secret_access_key": "not-the-secret"}
    by_query = refusal(gateway.client("sts", **wrong).get_caller_identity)
    assert by_query["Error"]["Code"] == "SignatureDoesNotMatch"
    assert by_query["ResponseMetadata"]["HTTPStatusCode"] == 403
    by_json = refusal(gateway.client("sagemaker", **wrong).list_models)
    assert by_json["Error"]["Code"] == "InvalidSignatureException"
    by_rest = refusal(lambda: gateway.client("sagemaker-runtime", **wrong).invoke_endpoint(EndpointName="e", Body=b""))
    assert by_rest["Error"]["Code"] == "InvalidSignatureException"


def test_an_unknown_key_is_refused_in_the_words_of_each_protocol(gateway: Any) -> None:
    unknown = {"aws_access_key_id": "AKIAUNKNOWN"}
    assert refusal(gateway.client("sts", **unknown).get_caller_identity)["Error"]["Code"] == "InvalidClientTokenId"
    code = refusal(gateway.client("sagemaker", **unknown).list_models)["Error"]["Code"]
    assert code == "UnrecognizedClientException"


def test_a_request_that_breaks_the_model_hears_awss_own_sentence(gateway: Any) -> None:
    client = gateway.client("sagemaker")
    error = refusal(lambda: client.describe_pipeline(PipelineName="not a name"))["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        "1 validation error detected: Value 'not a name' at 'pipelineName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: "
        + client.meta.service_model.shape_for("PipelineNameOrArn").metadata["pattern"]
    )


def test_an_operation_that_is_not_there_is_a_clear_501(gateway: Any) -> None:
    answer = refusal(lambda: gateway.client("sagemaker").list_edge_packaging_jobs())
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "sagemaker:ListEdgePackagingJobs" in answer["Error"]["Message"]
    assert "docs/coverage.md" in answer["Error"]["Message"]


def test_an_operation_that_aws_does_not_have_is_refused_as_aws_does(gateway: Any) -> None:
    headers = {"X-Amz-Target": "SageMaker.MakeCoffee", "Content-Type": "application/x-amz-json-1.1"}
    by_json = signed(gateway, "sagemaker", "POST", "/", headers, b"{}")
    assert by_json.status_code == 404
    assert by_json.json()["__type"] == "UnknownOperationException"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    by_query = signed(gateway, "iam", "POST", "/", form, b"Action=MakeCoffee&Version=2010-05-08")
    assert by_query.status_code == 400
    assert "<Code>InvalidAction</Code>" in by_query.text


def test_a_service_nobody_answers_is_named(gateway: Any) -> None:
    answer = signed(gateway, "braket", "GET", "/devices", {}, b"")
    assert answer.status_code == 501
    assert "braket" in answer.text


def test_a_body_that_is_not_json_is_a_serialization_exception(gateway: Any) -> None:
    headers = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    answer = signed(gateway, "sagemaker", "POST", "/", headers, b"{not json")
    assert answer.status_code == 400
    assert answer.json()["__type"] == "SerializationException"
    assert answer.headers["x-amzn-requestid"]


def test_the_same_operation_answers_json_cbor_and_query(gateway: Any) -> None:
    target = "GraniteServiceVersion20100801"
    by_json = signed(
        gateway, "monitoring", "POST", "/",
        {"X-Amz-Target": f"{target}.ListMetrics", "Content-Type": "application/x-amz-json-1.0"}, b"{}",
    )  # fmt: skip
    by_cbor = signed(
        gateway, "monitoring", "POST", f"/service/{target}/operation/ListMetrics",
        {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, cbor2.dumps({}),
    )  # fmt: skip
    by_query = signed(
        gateway, "monitoring", "POST", "/",
        {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListMetrics&Version=2010-08-01",
    )  # fmt: skip
    assert by_json.json()["Metrics"] == []
    assert by_json.headers["content-type"] == "application/x-amz-json-1.0"
    assert cbor2.loads(by_cbor.content)["Metrics"] == []
    assert "<ListMetricsResult><Metrics></Metrics>" in by_query.text


def test_a_gzipped_body_is_read_as_it_was_meant(gateway: Any) -> None:
    body = gzip.compress(json.dumps({"NameContains": "x" * 20_000}).encode())
    headers = {
        "X-Amz-Target": "SageMaker.ListModels",
        "Content-Type": "application/x-amz-json-1.1",
        "Content-Encoding": "gzip",
    }
    answer = signed(gateway, "sagemaker", "POST", "/", headers, body)
    assert answer.json()["__type"] == "ValidationException"
    assert "Member must have length less than or equal to 63" in answer.json()["message"]


def test_health_and_metrics_are_public_and_count_requests(gateway: Any) -> None:
    assert requests.get(f"{gateway.url}/healthz", timeout=20).json() == {"status": "ok"}
    name = 'ormer_requests_total{operation="GetCallerIdentity",service="sts",status="200"} '

    def count() -> float:
        page = requests.get(f"{gateway.url}/metrics", timeout=20).text
        return sum(float(line.removeprefix(name)) for line in page.splitlines() if line.startswith(name))

    before = count()
    gateway.client("sts").get_caller_identity()
    assert count() == before + 1


def test_a_header_that_is_not_under_the_signature_is_refused(gateway: Any) -> None:
    request = AWSRequest("POST", gateway.url + "/", headers={"Content-Type": "application/x-amz-json-1.1"}, data=b"{}")
    credentials = Credentials(gateway.key.access_key_id, gateway.key.secret)
    SigV4Auth(credentials, "sagemaker", "us-west-2").add_auth(request)
    headers = dict(request.headers) | {"X-Amz-Target": "SageMaker.ListModels"}
    answer = requests.post(gateway.url + "/", headers=headers, data=b"{}", timeout=20)
    assert answer.status_code == 403
    assert answer.json()["__type"] == "InvalidSignatureException"


def test_a_session_needs_its_token_and_ends_with_its_time(gateway: Any) -> None:
    house = gateway.house
    with house.stores.database.write() as tx:
        session = house.stores.keys.make(tx, gateway.key.identity, seconds=3600)
        over = house.stores.keys.make(tx, gateway.key.identity, seconds=-1)
    credentials = {"aws_access_key_id": session.access_key_id, "aws_secret_access_key": session.secret}
    assert gateway.client("sts", **credentials, aws_session_token=session.session_token).get_caller_identity()["Arn"]
    assert refusal(gateway.client("sts", **credentials).get_caller_identity)["Error"]["Code"] == "InvalidClientTokenId"
    ended = {"aws_access_key_id": over.access_key_id, "aws_secret_access_key": over.secret}
    client = gateway.client("sts", **ended, aws_session_token=over.session_token)
    assert refusal(client.get_caller_identity)["Error"]["Code"] == "ExpiredToken"
