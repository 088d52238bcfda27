"""botocore writes random requests of every operation, we read them; we write random answers, botocore reads them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.awsrequest import prepare_request_dict
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import SERIALIZERS

from ormer.aws.models import WIRES, Models
from ormer.gateway.identify import Identifier
from ormer.gateway.messages import Request

SAMPLES = 2

# Operations whose wire form no generic reader can tell apart or random values cannot express, each with its reason.
REQUEST_EXCEPTIONS = {
    ("s3", "ListDirectoryBuckets"): "shares its route with ListBuckets",
    ("s3", "WriteGetObjectResponse"): "is addressed by a host prefix of its own",
}
RESPONSE_EXCEPTIONS = {
    ("s3", "GetBucketLocation"): "answers a bare root text; the S3 room writes it by hand",
    ("s3", "SelectObjectContent"): "answers an event stream",
}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


@pytest.fixture(scope="module")
def identifier(models: Models) -> Identifier:
    return Identifier(models, "us-east-1")


def wire_forms(model: ServiceModel) -> list[str]:
    """The protocols an SDK may choose for a service."""
    return list(model.metadata.get("protocols", [model.metadata["protocol"]]))


def as_sent(operation: OperationModel, wire: str, params: dict[str, Any]) -> Request:
    """The request botocore would send for these parameters."""
    sent = SERIALIZERS[wire]().serialize_to_request(params, operation)
    prepare_request_dict(sent, endpoint_url="http://127.0.0.1:4590")
    url = urlsplit(sent["url"])
    scope = operation.service_model.signing_name
    headers = {name.lower(): _text(value) for name, value in sent["headers"].items()}
    headers["host"] = url.netloc
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-west-2/{scope}/aws4_request, ..."
    body = sent["body"]
    if isinstance(body, dict):
        body = urlencode(body).encode()
    return Request(sent["method"], url.path, url.query, headers, body=body)


def _text(value: Any) -> str:
    # HTTP carries header bytes; botocore writes them as UTF-8 and servers hand them on as text.
    return value.decode() if isinstance(value, bytes) else str(value)


def comparable(value: Any) -> Any:
    """Datetimes as seconds, and nothing else changed."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Mapping):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def operations(models: Models, service: str) -> list[OperationModel]:
    model = models.service(service)
    return [model.operation_model(name) for name in model.operation_names]


@pytest.mark.parametrize("service", sorted(WIRES))
def test_every_request_botocore_writes_is_read_as_it_was_meant(
    service: str, models: Models, identifier: Identifier, sampler: Any
) -> None:
    wrong = []
    for operation in operations(models, service):
        if (service, operation.name) in REQUEST_EXCEPTIONS or operation.deprecated:
            continue
        for seed in range(SAMPLES):
            params = sampler(seed).structure(operation.input_shape)
            for wire in wire_forms(operation.service_model):
                request = as_sent(operation, wire, params)
                target = identifier.identify(request)
                if target.operation is None or (target.service, target.name) != (service, operation.name):
                    wrong.append((operation.name, wire, "identified as", target.service, target.name))
                    continue
                read = target.protocol.parse(target.operation, request)
                if comparable(read) != comparable(params):
                    wrong.append((operation.name, wire, params, read))
    assert wrong == []


@pytest.mark.parametrize("service", sorted(WIRES))
def test_every_answer_is_read_by_botocore_as_it_was_meant(
    service: str, models: Models, identifier: Identifier, sampler: Any
) -> None:
    wrong = []
    for operation in operations(models, service):
        if (
            (service, operation.name) in RESPONSE_EXCEPTIONS
            or operation.has_event_stream_output
            or operation.deprecated
        ):
            continue
        for wire in wire_forms(operation.service_model):
            request = as_sent(operation, wire, sampler(0).structure(operation.input_shape))
            request.id = "request-1"
            protocol = identifier.identify(request).protocol
            for seed in range(SAMPLES):
                result = sampler(seed).structure(operation.output_shape)
                response = protocol.serialize(operation, result, request)
                headers = HTTPHeaders.from_dict(response.headers)
                streamed = operation.has_streaming_output
                body = io.BytesIO(response.body) if streamed else response.body
                raw = {"status_code": response.status, "headers": headers, "body": body, "context": {}}
                parser = create_parser(wire)
                read = parser.parse(raw, operation.output_shape)
                metadata = read.pop("ResponseMetadata")
                if streamed:
                    payload = operation.output_shape.serialization["payload"]
                    read[payload] = read[payload].read()
                    result.setdefault(payload, b"")
                if comparable(read) != comparable(result) or metadata.get("RequestId", "request-1") != "request-1":
                    wrong.append((operation.name, wire, result, read, response.body[:400]))
    assert wrong == []
