"""rest-xml: method and path name the operation, XML bodies; S3 speaks it.

https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
"""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel, Shape

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import faults, rest, xml_shapes
from ormer.gateway.protocols.xml_shapes import element, text

# Errors whose answer carries no body, by the nature of HTTP.
BODILESS_STATUSES = frozenset({204, 304})


def parse(operation: OperationModel, request: Request) -> dict[str, Any]:
    """Path, query, headers and XML body as parameters; a streamed payload is left out."""
    params = rest.read_bindings(operation, request)
    rest.read_body(operation, request, lambda shape, body: xml_shapes.read(shape, xml_shapes.loads(body)), params)
    return params


def serialize(operation: OperationModel, result: dict[str, Any], request: Request) -> Response:
    """The answer; a streamed payload is put in by the caller, who replaces `body` of the Response."""
    status, headers = rest.write_bindings(operation.output_shape, result)

    def write(shape: Shape, value: Any, payload: bool) -> bytes:
        name = shape.serialization.get("name") or (shape.name if payload else _root(operation))
        namespace = "" if "xmlNamespace" in shape.serialization else _namespace(operation)
        written = xml_shapes.write(shape, value, name)
        return (xml_shapes.DECLARATION + _with_namespace(written, name, namespace)).encode()

    body, raw = rest.write_body(operation, result, write)
    if body and not raw:
        headers.setdefault("content-type", "application/xml")
    headers["x-amz-request-id"] = request.id
    headers["x-amz-id-2"] = request.id
    return Response(status or int(operation.http.get("responseCode", 200)), headers, body)


def serialize_error(operation: OperationModel | None, error: AwsError, request: Request) -> Response:
    """S3's bare <Error>; a HEAD is answered by its status alone."""
    fault = faults.describe(operation, error)
    headers = {"x-amz-request-id": request.id, "x-amz-id-2": request.id}
    if request.method == "HEAD" or fault.status in BODILESS_STATUSES:
        return Response(fault.status, headers)
    parts = element("Code", text(fault.code)) + element("Message", text(fault.message))
    parts += "".join(
        element(name, text(str(value))) for name, value in error.fields.items() if isinstance(value, str | int | float)
    )
    parts += element("RequestId", request.id) + element("HostId", request.id)
    headers["content-type"] = "application/xml"
    return Response(fault.status, headers, (xml_shapes.DECLARATION + element("Error", parts)).encode())


def _root(operation: OperationModel) -> str:
    """The root element of an answer without a payload member: the output shape's name, as S3 names its results."""
    name = str(operation.output_shape.name)
    return name.removesuffix("Output") + "Result" if name.endswith("Output") else name


def _namespace(operation: OperationModel) -> str:
    metadata = operation.service_model.metadata
    return str(metadata.get("xmlNamespace") or f"http://s3.amazonaws.com/doc/{metadata['apiVersion']}/")


def _with_namespace(written: str, name: str, namespace: str) -> str:
    return written.replace(f"<{name}", f'<{name} xmlns="{namespace}"', 1) if namespace else written
