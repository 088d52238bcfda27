"""The second argument of a handler.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import time
from typing import Any, Dict, Optional


class Identity:
    """Cognito's caller; there is none here."""

    cognito_identity_id: Optional[str] = None
    cognito_identity_pool_id: Optional[str] = None


class ClientContext:
    """What the caller sent as ClientContext."""

    def __init__(self, content: Dict[str, Any]) -> None:
        self.custom = content.get("custom")
        self.env = content.get("env")
        self.client = content.get("client")


class Context:
    """What a function may know of its invocation. deadline: by the monotonic clock, in seconds."""

    def __init__(self, told: Dict[str, Any], environ: Dict[str, str], deadline: float) -> None:
        self._deadline = deadline
        self.function_name = environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = told["arn"]
        self.memory_limit_in_mb = environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.aws_request_id = told["request_id"]
        self.log_group_name = environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Identity()
        given = told.get("client_context")
        self.client_context = ClientContext(given) if isinstance(given, dict) else None

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may go on."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Write to the log."""
        print(message, flush=True)
