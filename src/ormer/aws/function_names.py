"""Names of functions as requests give them: a name, an ARN or a part of one, with or without a qualifier.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ormer.aws import arns

LATEST = "$LATEST"
FORM = re.compile(
    r"(?:arn:[a-z-]+:lambda:)?(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]+))?"
)
VERSION = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class FunctionName:
    """A function. qualifier: a version's number, an alias or $LATEST; "" when none was given.

    account, region: "" when the name does not say them.
    """

    name: str
    qualifier: str = ""
    account: str = ""
    region: str = ""


def parse(text: str, qualifier: str = "") -> FunctionName:
    """The function that a text names. qualifier: the request's own, which the name may repeat but not contradict.

    Raises ValueError that says what is wrong.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no name and no ARN of a function")
    named = found["qualifier"] or ""
    if named and qualifier and named != qualifier:
        raise ValueError(
            "The derived qualifier from the function name does not match the specified qualifier "
            f"({named}, {qualifier})"
        )
    return FunctionName(found["name"], named or qualifier, found["account"] or "", found["region"] or "")


def arn_of(region: str, account: str, name: str, qualifier: str = "") -> str:
    """The ARN of a function, or of a version or alias of it."""
    return arns.arn("lambda", region, account, f"function:{name}" + (f":{qualifier}" if qualifier else ""))


def is_version(qualifier: str) -> bool:
    """Whether a qualifier is a version's number."""
    return VERSION.fullmatch(qualifier) is not None
