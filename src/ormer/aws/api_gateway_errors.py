"""API Gateway's errors, of its REST and its HTTP APIs."""

from __future__ import annotations

from ormer.aws.errors import AwsError


def bad_request(message: str) -> AwsError:
    """The request is wrong in itself."""
    return AwsError("BadRequestException", message)


def conflict(message: str) -> AwsError:
    """It is there already, or in use."""
    return AwsError("ConflictException", message, 409)


def not_found(message: str) -> AwsError:
    """It is not there."""
    return AwsError("NotFoundException", message, 404)
