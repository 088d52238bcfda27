"""Lambda's refusals. https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html"""

from __future__ import annotations

from ormer.aws.errors import AwsError


def not_found(text: str) -> AwsError:
    """There is no such function, version, alias, policy or configuration."""
    return AwsError("ResourceNotFoundException", text, 404, Type="User")


def conflict(text: str) -> AwsError:
    """It is there already, or something else stands in the way."""
    return AwsError("ResourceConflictException", text, 409, Type="User")


def invalid(text: str) -> AwsError:
    """A parameter cannot be meant so."""
    return AwsError("InvalidParameterValueException", text, 400, Type="User")
