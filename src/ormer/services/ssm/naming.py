"""Names of parameters: what they may be, and what a request means by one.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ormer.aws import arns
from ormer.aws.errors import AwsError, validation
from ormer.stores import parameter_versions
from ormer.stores.parameter_versions import Version
from ormer.stores.port import Call
from ormer.stores.resources import Row, find

NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
RESERVED = re.compile(r"/?(?:aws|ssm)", re.IGNORECASE)
LEVELS_MAX = 15
# With everything before it, an ARN's name may have this many characters.
LENGTH_MAX = 1011
NOT_THERE = "Parameter {} not found."
PUBLIC = "/aws/service/"
PUBLIC_TEXT = (
    "Parameter {} is one that AWS publishes, and ormer publishes none of them: put the value that you need under a name"
    " of your own, or give it where the parameter is asked for."
)


class Wanted(NamedTuple):
    """A parameter and which version of it. selector: `:3` or `:label` as it was given, "" for the newest."""

    name: str
    selector: str


def check(call: Call, name: str) -> None:
    """Raise AWS's refusal unless a parameter may bear this name."""
    if name.startswith("/") and RESERVED.match(name.split("/")[1]):
        raise AwsError("AccessDeniedException", f"No access to reserved parameter name: {name}.")
    if RESERVED.match(name) or not NAME.fullmatch(name):
        raise validation(
            'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can '
            "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers "
            "and the following 3 symbols .-_"
        )
    if "/" in name and not name.startswith("/"):
        raise validation("Parameter name must be a fully qualified name: a name with slashes begins with one.")
    if name.endswith("/") or "//" in name:
        raise validation(f"Parameter name: the name {name} has an empty sub-path.")
    if name.count("/") > LEVELS_MAX:
        raise AwsError(
            "HierarchyLevelLimitExceededException",
            f"A parameter name hierarchy can have a maximum of {LEVELS_MAX} levels. Use fewer slashes in {name}.",
        )
    if len(parameter_versions.arn_of(call.account, call.region, name)) > LENGTH_MAX:
        raise validation(f"Parameter name: with its ARN it may have {LENGTH_MAX} characters at most.")


def wanted(call: Call, given: str) -> Wanted:
    """What a name, an ARN, or either with `:version` or `:label` means."""
    if arns.is_arn(given):
        arn = arns.parse(given)
        path, _, selector = arn.resource.partition(":")
        # Access was judged by the ARN as it was given: it means nothing but what stands in it.
        here = (arn.service, arn.region, arn.account) == (parameter_versions.SERVICE, call.region, call.account)
        if not here or not path.startswith("parameter/"):
            raise missing(given)
        name = path.removeprefix("parameter")
        # The ARN does not tell whether the name begins with a slash; with further ones it does.
        plain = name if "/" in name[1:] or row_of(call, name) is not None else name.removeprefix("/")
        return Wanted(plain, f":{selector}" if selector else "")
    name, _, selector = given.partition(":")
    return Wanted(name, f":{selector}" if selector else "")


def whole(call: Call, given: str) -> str:
    """The name of a request that is about a parameter as a whole: a version behind it is no part of any name."""
    return wanted(call, given).name if arns.is_arn(given) else given


def row_of(call: Call, name: str) -> Row | None:
    """The parameter of this name, or None."""
    with call.read() as tx:
        return find(tx, call.account, call.region, parameter_versions.SERVICE, parameter_versions.KIND, name)


def get(call: Call, given: str) -> Row:
    """The parameter a request names as a whole; ParameterNotFound when there is none."""
    row = row_of(call, whole(call, given))
    if row is None:
        raise missing(given)
    return row


def missing(given: str) -> AwsError:
    """AWS's refusal of a parameter that is not there."""
    text = PUBLIC_TEXT if given.startswith(PUBLIC) else NOT_THERE
    return AwsError("ParameterNotFound", text.format(given))


def selected(call: Call, row: Row, selector: str) -> Version | None:
    """The version that a selector means: the newest without one. None when there is no such version."""
    with call.read() as tx:
        versions = parameter_versions.of(tx, row.arn)
    word = selector.removeprefix(":")
    if not word:
        return versions[-1]
    if word.isdigit():
        return next((one for one in versions if one.number == int(word)), None)
    return next((one for one in versions if word in one.labels), None)
