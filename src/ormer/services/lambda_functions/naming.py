"""Which function, version or alias a request means."""

from __future__ import annotations

from typing import Any

from ormer.aws import function_names
from ormer.aws.function_names import FunctionName
from ormer.services.lambda_functions.refusals import invalid, not_found
from ormer.stores.functions import functions
from ormer.stores.functions.functions import Target
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def asked(request: JsonDict) -> FunctionName:
    """What the request's FunctionName and Qualifier say. Raises InvalidParameterValueException."""
    try:
        return function_names.parse(request["FunctionName"], request.get("Qualifier") or "")
    except ValueError as error:
        raise invalid(f"{error}.") from None


def function(call: Call, request: JsonDict) -> Row:
    """The function itself, whatever the qualifier. Raises ResourceNotFoundException."""
    name = asked(request)
    with call.read() as tx:
        row = functions.find(tx, _account(call, name), name.region or call.region, name.name)
    if row is None:
        raise missing(call, FunctionName(name.name, "", name.account, name.region))
    return row


def target(call: Call, request: JsonDict) -> Target:
    """What the request's name and qualifier mean. Raises ResourceNotFoundException."""
    name = asked(request)
    with call.read() as tx:
        found = functions.target(tx, _account(call, name), call.region, name)
    if found is None:
        raise missing(call, name)
    return found


def missing(call: Call, name: FunctionName) -> Exception:
    """The error for a function that is not there."""
    region, account = name.region or call.region, name.account or call.account
    return not_found(f"Function not found: {function_names.arn_of(region, account, name.name, name.qualifier)}")


def _account(call: Call, name: FunctionName) -> str:
    """Functions of other accounts are not to be seen."""
    if name.account and name.account != call.account:
        raise missing(call, name)
    return call.account
