"""What API Gateway says when it answers by itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Response


class Refused(Exception):
    """An answer of API Gateway's own. why: for the log, where the answer says little."""

    def __init__(self, status: int, kind: str, text: str, why: str = "", member: str = "message") -> None:
        super().__init__(why or text)
        self.why = why
        self.response = Response(
            status,
            {"content-type": "application/json", "x-amzn-errortype": kind},
            json.dumps({member: text}).encode(),
        )


def no_route() -> Refused:
    """No such path or method, or no signature where one is needed: AWS says the same."""
    return Refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def forbidden() -> Refused:
    """There is no such API or stage."""
    return Refused(403, "ForbiddenException", "Forbidden")


def denied(error: AwsError) -> Refused:
    """The signature does not hold, or the caller may not."""
    if error.code == "AccessDeniedException":
        return Refused(403, error.code, error.message, member="Message")
    return Refused(403, error.code, error.message)


def too_long() -> Refused:
    """The body is longer than API Gateway takes."""
    return Refused(413, "RequestTooLargeException", "Request Too Long")


def unsupported() -> Refused:
    """The integration has no template for this media type and passes nothing on without one."""
    return Refused(415, "UnsupportedMediaTypeException", "Unsupported Media Type")


def misconfigured(why: str) -> Refused:
    """The integration cannot work as it was set up."""
    return Refused(500, "InternalServerErrorException", "Internal server error", why)


def malformed(why: str) -> Refused:
    """A function's answer is none that a proxy integration understands, or it failed."""
    return Refused(502, "InternalServerErrorException", "Internal server error", why)


def timed_out() -> Refused:
    """What is behind the method did not answer in time."""
    return Refused(504, "InternalServerErrorException", "Endpoint request timed out")
