"""Errors as botocore reads them: the code and text survive every protocol, and statuses are AWS's."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.compat import HTTPHeaders
from botocore.eventstream import EventStreamBuffer
from botocore.parsers import create_parser

from ormer.aws.errors import AwsError
from ormer.aws.models import WIRES, Models
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import WireProtocol, cbor, ec2, event_stream, json, query, rest_json, rest_xml

PROTOCOLS: dict[str, WireProtocol] = {
    "ec2": ec2,
    "json": json,
    "query": query,
    "rest-json": rest_json,
    "rest-xml": rest_xml,
    "smithy-rpc-v2-cbor": cbor,
}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def request(**headers: str) -> Request:
    return Request("POST", "/", "", {name.replace("_", "-"): value for name, value in headers.items()}, id="request-1")


def read(wire: str, response: Response) -> dict[str, Any]:
    """What botocore makes of an error response."""
    headers = HTTPHeaders.from_dict(response.headers)
    raw = {"status_code": response.status, "headers": headers, "body": response.body, "context": {}}
    parsed: dict[str, Any] = create_parser(wire).parse(raw, None)
    return parsed


@pytest.mark.parametrize("service", sorted(WIRES))
def test_every_modelled_error_arrives_with_its_code_and_text(service: str, models: Models) -> None:
    model = models.service(service)
    operation = model.operation_model(model.operation_names[0])
    text = 'It is <not> "here" & won\'t be; ünïcødé'
    wires = list(model.metadata.get("protocols", [model.metadata["protocol"]]))
    for shape in [*model.error_shapes]:
        for wire in wires:
            code = shape.error_code if wire in ("query", "rest-xml") else shape.name
            response = PROTOCOLS[wire].serialize_error(operation, AwsError(shape.name, text), request())
            parsed = read(wire, response)
            names = {shape.name, shape.error_code}
            assert parsed["Error"]["Code"] in names, (wire, shape.name, parsed)
            assert parsed["Error"]["Code"] == code or "x-amzn-query-error" in response.headers
            assert parsed["Error"]["Message"] == text
            assert parsed["ResponseMetadata"]["RequestId"] == "request-1"
            assert 400 <= response.status < 600


@pytest.mark.parametrize("wire", sorted(PROTOCOLS))
def test_an_error_before_any_operation_is_known_still_has_its_code(wire: str) -> None:
    response = PROTOCOLS[wire].serialize_error(None, AwsError("AccessDenied", "No.", 403), request())
    assert read(wire, response)["Error"]["Code"] == "AccessDenied"
    assert response.status == 403


def test_services_that_once_spoke_query_keep_their_older_codes(models: Models) -> None:
    operation = models.operation("cloudwatch", "PutMetricAlarm")
    answer = json.serialize_error(operation, AwsError("LimitExceededFault", "full"), request(x_amzn_query_mode="true"))
    assert answer.headers["x-amzn-query-error"] == "LimitExceeded;Sender"
    error = read("json", answer)["Error"]
    assert (error["Code"], error["QueryErrorCode"]) == ("LimitExceeded", "LimitExceededFault")


def test_modelled_statuses_are_answered_where_the_protocol_has_them(models: Models) -> None:
    missing = query.serialize_error(models.operation("iam", "GetRole"), AwsError("NoSuchEntity", "x"), request())
    assert missing.status == 404
    plain = json.serialize_error(models.operation("sagemaker", "DescribeModel"), AwsError("X", "x"), request())
    assert plain.status == 400


def test_further_members_of_an_error_are_kept(models: Models) -> None:
    operation = models.operation("sagemaker-runtime", "InvokeEndpoint")
    error = AwsError("ModelError", "the model said no", 424, OriginalStatusCode=500, OriginalMessage="no")
    response = rest_json.serialize_error(operation, error, request())
    assert response.status == 424
    assert b'"OriginalStatusCode":500' in bytes(response.body)
    by_s3 = rest_xml.serialize_error(None, AwsError("NoSuchKey", "x", 404, Key="a&b"), request())
    assert read("rest-xml", by_s3)["Error"]["Key"] == "a&b"


def test_a_head_is_refused_by_its_status_alone() -> None:
    response = rest_xml.serialize_error(None, AwsError("NoSuchKey", "x", 404), Request("HEAD", "/b/k", "", {}))
    assert (response.status, response.body) == (404, b"")


def test_event_stream_frames_are_read_by_botocore() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(event_stream.event("PayloadPart", b"\x00part one"))
    buffer.add_data(event_stream.exception("ModelStreamError", b'{"Message":"broke"}'))
    first, second = list(buffer)
    assert first.payload == b"\x00part one"
    assert first.headers[":event-type"] == "PayloadPart"
    assert first.to_response_dict()["status_code"] == 200
    assert second.headers[":exception-type"] == "ModelStreamError"
    assert second.to_response_dict()["status_code"] == 400


def test_a_streamed_invocation_is_read_part_by_part_and_its_failure_at_the_end(models: Models) -> None:
    operation = models.operation("sagemaker-runtime", "InvokeEndpointWithResponseStream")

    def parts() -> Any:
        yield {"PayloadPart": {"Bytes": b"one"}}
        yield {"PayloadPart": {"Bytes": b"two"}}
        raise AwsError("ModelStreamError", "the model fell over", ErrorCode="ModelInvocationTimeExceeded")

    response = rest_json.serialize(operation, {"Body": parts(), "ContentType": "text/csv"}, request())
    assert response.headers["content-type"] == event_stream.CONTENT_TYPE
    assert response.headers["x-amzn-sagemaker-content-type"] == "text/csv"
    assert not isinstance(response.body, bytes)
    buffer = EventStreamBuffer()
    for frame in response.body:  # type: ignore[union-attr]
        buffer.add_data(frame)
    found = list(buffer)
    assert [event.payload for event in found[:2]] == [b"one", b"two"]
    assert b"the model fell over" in found[2].payload
    assert found[2].headers[":exception-type"] == "ModelStreamError"
