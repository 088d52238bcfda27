"""The one way to tell a person that AWS would have refused: an error with AWS's code and a text on what to do."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """An answer the caller is meant to see.

    code:    AWS's error code, e.g. "ValidationException"; it is API, clients branch on it.
    message: AWS's text where it is known, else what to do.
    status:  the HTTP status, 400 unless AWS answers otherwise.
    fields:  further members of the modelled error shape, in AWS's case.
    """

    def __init__(self, code: str, message: str, status: int = 400, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


def validation(message: str) -> AwsError:
    """The request is wrong in itself."""
    return AwsError("ValidationException", message)


def not_found(message: str) -> AwsError:
    """SageMaker's "ResourceNotFound", for the nouns that answer with it."""
    return AwsError("ResourceNotFound", message)


def in_use(message: str) -> AwsError:
    """SageMaker's "ResourceInUse": the name is taken or the resource is busy."""
    return AwsError("ResourceInUse", message)


def conflict(message: str) -> AwsError:
    """The resource changed underneath, or its state does not allow the change."""
    return AwsError("ConflictException", message)


def limit_exceeded(message: str) -> AwsError:
    """SageMaker's "ResourceLimitExceeded"."""
    return AwsError("ResourceLimitExceeded", message)


def access_denied(message: str) -> AwsError:
    """The caller's policies do not allow it."""
    return AwsError("AccessDeniedException", message, 403)


def not_implemented(service: str, operation: str) -> AwsError:
    """A clear 501 for an operation that is not there yet."""
    return AwsError(
        "NotImplemented",
        f"ormer does not answer {service}:{operation} yet. docs/coverage.md lists what it answers.",
        501,
    )
