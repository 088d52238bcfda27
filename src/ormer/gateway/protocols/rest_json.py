"""rest-json: method and path name the operation, JSON bodies.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import OperationModel, Shape

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import event_stream, faults, json_shapes, rest


def parse(operation: OperationModel, request: Request) -> dict[str, Any]:
    """Path, query, headers and JSON body as parameters."""
    params = rest.read_bindings(operation, request)
    rest.read_body(operation, request, lambda shape, body: json_shapes.read(shape, json_shapes.loads(body)), params)
    return params


def serialize(operation: OperationModel, result: dict[str, Any], request: Request) -> Response:
    status, headers = rest.write_bindings(operation.output_shape, result)
    if operation.has_event_stream_output:
        return _streamed(operation, result, headers, request)
    body, raw = rest.write_body(operation, result, _write)
    if not raw:
        headers.setdefault("content-type", "application/json")
    headers["x-amzn-requestid"] = request.id
    return Response(status or int(operation.http.get("responseCode", 200)), headers, body or (b"" if raw else b"{}"))


def _streamed(operation: OperationModel, result: dict[str, Any], headers: dict[str, str], request: Request) -> Response:
    """An event stream; the payload member is an iterator of events as boto3 yields them, `{"PayloadPart": {...}}`."""
    shape = operation.output_shape.members[operation.output_shape.event_stream_name]
    events = result[operation.output_shape.event_stream_name]
    headers["content-type"] = event_stream.CONTENT_TYPE
    headers["x-amzn-requestid"] = request.id
    return Response(200, headers, _frames(operation, shape, iter(events)))


def _frames(operation: OperationModel, shape: Shape, events: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """One frame per event; an AwsError of the iterator becomes the stream's last frame."""
    try:
        for found in events:
            ((name, members),) = found.items()
            yield event_stream.event(name, *_payload(shape.members[name], members))
    except AwsError as error:
        fault = faults.describe(operation, error)
        yield event_stream.exception(fault.type, json_shapes.dumps(fault.members))


def _payload(shape: Shape, members: dict[str, Any]) -> tuple[bytes, str]:
    """An event's bytes and their type: a raw payload member, or the members as JSON."""
    for name, member in shape.members.items():
        if member.serialization.get("eventpayload") and member.type_name == "blob":
            return bytes(members.get(name, b"")), "application/octet-stream"
    return json_shapes.dumps(json_shapes.write(shape, members)), "application/json"


def serialize_error(operation: OperationModel | None, error: AwsError, request: Request) -> Response:
    fault = faults.describe(operation, error)
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": request.id,
        "x-amzn-errortype": fault.type,
    }
    return Response(fault.status, headers, json_shapes.dumps(fault.members))


def _write(shape: Shape, value: Any, payload: bool) -> bytes:
    if shape.type_name == "structure" and not payload:
        value = {name: item for name, item in value.items() if "location" not in shape.members[name].serialization}
    return json_shapes.dumps(json_shapes.write(shape, value))
