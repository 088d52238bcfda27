"""json 1.0 and 1.1: POST /, the operation in X-Amz-Target, a JSON body.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import faults, json_shapes, values


def parse(operation: OperationModel, request: Request) -> dict[str, Any]:
    """The JSON body as parameters."""
    tree = json_shapes.loads(request.body)
    if not isinstance(tree, dict):
        raise values.malformed("The request body must be a JSON object")
    shape = operation.input_shape
    params: dict[str, Any] = {} if shape is None else json_shapes.read(shape, tree)
    return params


def serialize(operation: OperationModel, result: dict[str, Any], request: Request) -> Response:
    shape = operation.output_shape
    body = b"{}" if shape is None else json_shapes.dumps(json_shapes.write(shape, result))
    return Response(200, _headers(request), body)


def serialize_error(operation: OperationModel | None, error: AwsError, request: Request) -> Response:
    fault = faults.describe(operation, error)
    headers = _headers(request) | query_error(operation, fault, request)
    # This protocol has two statuses only: 400 for the caller and 500 for us, unless the error names its own.
    return Response(error.status, headers, json_shapes.dumps({"__type": fault.type, **fault.members}))


def query_error(operation: OperationModel | None, fault: faults.Fault, request: Request) -> dict[str, str]:
    """The header by which services that once spoke query keep their older error codes."""
    compatible = operation is not None and "awsQueryCompatible" in operation.service_model.metadata
    if not compatible and request.headers.get("x-amzn-query-mode") != "true":
        return {}
    return {"x-amzn-query-error": f"{fault.code};{'Sender' if fault.sender else 'Receiver'}"}


def _headers(request: Request) -> dict[str, str]:
    sent = request.headers.get("content-type", "")
    version = "1.0" if "json-1.0" in sent else "1.1"
    return {"content-type": f"application/x-amz-json-{version}", "x-amzn-requestid": request.id}
