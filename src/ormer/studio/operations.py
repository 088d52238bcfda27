"""`POST /studio/api/{service}/{Operation}`: any operation, in botocore's member names, as whoever is signed in."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.models import WIRES
from ormer.gateway.protocols import json_shapes
from ormer.stores.port import Port
from ormer.studio.visitors import Visitor

JsonDict = dict[str, Any]
# Bodies of streamed answers are shown on a page; larger ones are downloaded.
STREAM_BYTES_MAX = 2 << 20


class Operations:
    """Calls operations for pages. There is nothing here that boto3 could not do."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def call(self, visitor: Visitor, region: str, service: str, name: str, body: bytes) -> JsonDict:
        """One operation's answer as JSON: timestamps are ISO texts, blobs base64. Raises AwsError as the port does."""
        if service not in WIRES or not self._port.models.has(service, name):
            raise AwsError("UnknownOperationException", f"{service} has no operation {name}.", 404)
        model = self._port.models.operation(service, name)
        tree = json_shapes.loads(body)
        if not isinstance(tree, dict):
            raise AwsError("SerializationException", "The request must be a JSON object.")
        params = {} if model.input_shape is None else json_shapes.read_named(model.input_shape, tree)
        result = self._port.call(visitor.identity, region, service, name, params)
        if model.output_shape is None:
            return {}
        shown: JsonDict = json_shapes.write_named(model.output_shape, _whole(result))
        return shown


def _whole(result: JsonDict) -> JsonDict:
    """The result with a streamed body read, up to a limit."""
    body = result.get("Body")
    if body is None or not hasattr(body, "read"):
        return result
    try:
        return {**result, "Body": body.read(STREAM_BYTES_MAX)}
    finally:
        body.close()
