"""AWS's wire protocols, one module each: `parse` a request into parameters, `serialize` a result or an error.

Which one a request speaks is read off the request (`gateway/identify.py`), never off the service.
Timestamps are numbers inside ormer (seconds since the epoch, UTC) whatever the wire writes; blobs are bytes.
"""

from __future__ import annotations

from typing import Any, Protocol

from botocore.model import OperationModel

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response


class WireProtocol(Protocol):
    """The face of every module in this folder."""

    def parse(self, operation: OperationModel, request: Request) -> dict[str, Any]:
        """The operation's parameters in AWS's own words; AwsError (SerializationException) when it cannot be read."""
        ...

    def serialize(self, operation: OperationModel, result: dict[str, Any], request: Request) -> Response:
        """The answer in this protocol."""
        ...

    def serialize_error(self, operation: OperationModel | None, error: AwsError, request: Request) -> Response:
        """The refusal in this protocol; `operation` is None when the request never got that far."""
        ...
