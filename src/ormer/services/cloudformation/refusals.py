"""CloudFormation's refusals: nearly all are ValidationError, told apart by their texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ormer.aws.errors import AwsError
from ormer.engines.stacks.language.faults import TemplateFault


def invalid(text: str) -> AwsError:
    """The request cannot be done as it is."""
    return AwsError("ValidationError", text)


def no_stack(name: str) -> AwsError:
    """There is no stack of this name or id; the AWS CLI reads this text."""
    return invalid(f"Stack with id {name} does not exist")


@contextmanager
def about_template() -> Iterator[None]:
    """Turn a template's faults into refusals."""
    try:
        yield
    except TemplateFault as fault:
        raise invalid(str(fault)) from None
    except RecursionError:
        raise invalid("Template format error: nested too deeply.") from None
