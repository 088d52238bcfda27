"""How an AwsError looks through a service's model: type, older query code, status, and the message's member."""

from __future__ import annotations

from typing import Any, NamedTuple

from botocore.model import OperationModel, Shape

from ormer.aws.errors import AwsError

DEFAULT_STATUS = 400


class Fault(NamedTuple):
    """type: the shape's name (json, cbor, rest-json); code: what the XML protocols put in <Code>.

    sender: whether the caller is at fault. members: the modelled members, message included, in AWS's case.
    """

    type: str
    code: str
    status: int
    sender: bool
    members: dict[str, Any]
    message: str


def describe(operation: OperationModel | None, error: AwsError) -> Fault:
    """The error as the operation's service words it; codes the model does not know are passed on as they are."""
    shape = _shape(operation, error.code)
    modelled = shape.metadata.get("error", {}) if shape is not None else {}
    status = error.status
    if status == DEFAULT_STATUS:
        status = int(modelled.get("httpStatusCode", status))
    kind = shape.name if shape is not None else error.code
    code = str(modelled.get("code", kind)) if shape is not None else error.code
    member = _message_member(shape)
    return Fault(kind, code, status, status < 500, {member: error.message, **error.fields}, error.message)


def _shape(operation: OperationModel | None, code: str) -> Shape | None:
    """The error shape by its name or by its older query code."""
    if operation is None:
        return None
    for shape in (*operation.error_shapes, *operation.service_model.error_shapes):
        if code in (shape.name, shape.metadata.get("error", {}).get("code")):
            return shape
    return None


def _message_member(shape: Shape | None) -> str:
    if shape is None or shape.type_name != "structure":
        return "message"
    return next((name for name in shape.members if name.lower() in ("message", "errormessage")), "message")
