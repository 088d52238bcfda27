"""Why a resource could not be made, in the words in which CloudFormation passes a service's refusal on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ormer.aws.errors import AwsError
from ormer.engines.stacks.contracts import Refused
from ormer.engines.stacks.language.faults import TemplateFault

log = structlog.get_logger("ormer.stacks")

TAKEN = ("already exist", "must be unique")
ABSENT = ("not exist", "could not find", "cannot be found", "could not be found", "not found", "cannot find")


class Failure(Exception):
    """A resource failed; the text is its ResourceStatusReason."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what a type or a template raises into a Failure."""
    try:
        yield
    except AwsError as error:
        raise Failure(reason_of(error)) from None
    except (Refused, TemplateFault) as error:
        raise Failure(str(error)) from None
    except RecursionError:
        raise Failure("Template error: nested too deeply.") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Properties are anything a person may write: a list where a type reads an object is theirs to mend.
        log.warning("a resource's properties cannot be read", exc_info=error)
        raise Failure(f"Properties validation failed: a property is of another kind than expected ({error}).") from None


def reason_of(error: AwsError) -> str:
    """A service's refusal as a resource handler returns it.
    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
    """
    return f'Resource handler returned message: "{error.message}" (HandlerErrorCode: {_code(error)})'


def _code(error: AwsError) -> str:
    text = error.message.lower()
    if error.status == 403 or "AccessDenied" in error.code:
        return "AccessDenied"
    if "Exists" in error.code or "AlreadyOwned" in error.code or any(each in text for each in TAKEN):
        return "AlreadyExists"
    if is_absent(error):
        return "NotFound"
    return "InvalidRequest" if error.status < 500 else "GeneralServiceException"


def is_absent(error: AwsError) -> bool:
    """Whether a refusal means that there is no such thing (any more)."""
    if error.status == 404 or error.code.startswith("NoSuch") or "NotFound" in error.code:
        return True
    return any(each in error.message.lower() for each in ABSENT)
