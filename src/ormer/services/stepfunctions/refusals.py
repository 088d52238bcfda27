"""Step Functions' errors, and the rows of what a request names."""

from __future__ import annotations

import json
import re
from typing import Any

from ormer.aws import arns, policies
from ormer.aws.errors import AwsError
from ormer.stores import nouns, resources
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.state_machines import executions, machines

JsonDict = dict[str, Any]
PAGE_DEFAULT, PAGE_MAX = 100, 1000
PRINCIPAL = "states.amazonaws.com"
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
NAME = re.compile(r"[A-Za-z0-9_.()!@^$&=+'~-]{1,80}")
INPUT_BYTES_MAX = 262_144


def validation(text: str) -> AwsError:
    return AwsError("ValidationException", text)


def invalid_arn(arn: str) -> AwsError:
    return AwsError("InvalidArn", f"Invalid Arn: '{arn}'")


def no_machine(arn: str) -> AwsError:
    return AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def checked_name(name: str) -> str:
    """A name that a state machine, an execution or an activity may have. Raises InvalidName."""
    if NAME.fullmatch(name) is None:
        raise AwsError("InvalidName", f"Invalid Name: '{name}'. Use letters, digits, - and _, 80 at most.")
    return name


def machine_of(tx: Tx, call: Call, arn: str) -> Row:
    """A state machine of the caller's, by its own ARN. Raises InvalidArn, StateMachineDoesNotExist."""
    found = machines.ARN.fullmatch(arn)
    if found is None:
        raise invalid_arn(arn)
    row = of_kind(tx, call, arn, machines.MACHINE)
    if row is None:
        raise no_machine(arn)
    return row


def of_kind(tx: Tx, call: Call, arn: str, kind: str) -> Row | None:
    """The caller's state machine, version or alias of this ARN; None when there is none."""
    row = machines.find(tx, arn)
    return row if row is not None and row.kind == kind and _is_here(call, row) else None


def qualified(tx: Tx, call: Call, arn: str) -> Row:
    """The same for a version's or an alias's ARN too."""
    if machines.ARN.fullmatch(arn) is None:
        raise invalid_arn(arn)
    row = machines.find(tx, arn)
    if row is None or not _is_here(call, row):
        raise no_machine(arn)
    return row


def execution_of(tx: Tx, call: Call, arn: str) -> Row:
    """An execution of the caller's. Raises InvalidArn, ExecutionDoesNotExist."""
    if not arns.is_arn(arn) or arns.parse(arn).service != machines.SERVICE:
        raise invalid_arn(arn)
    row = resources.get(tx, arn)
    if row is None or row.kind != executions.KIND or not _is_here(call, row):
        raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    return row


def check_role(call: Call, arn: str, machine: str) -> None:
    """Raise unless the role is there and trusts Step Functions on behalf of the machine of this ARN."""
    if not arns.is_arn(arn) or ":role/" not in arn:
        raise AwsError("InvalidArn", f"Invalid Role Arn: '{arn}'")
    with call.read() as tx:
        row = resources.get(tx, arn) if arns.parse(arn).account == call.account else None
    trust = json.loads(row.document["AssumeRolePolicyDocument"]) if row is not None and row.kind == "Role" else {}
    source = {"aws:SourceAccount": call.account, "aws:SourceArn": machine}
    if not policies.trusts(trust, [PRINCIPAL, f"states.{call.region}.amazonaws.com"], source):
        raise AwsError(
            "AccessDeniedException",
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume "
            "the provided role.",
        )


def checked_input(text: str) -> str:
    """An execution's input. Raises InvalidExecutionInput for what is no JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
    if len(text.encode()) > INPUT_BYTES_MAX:
        raise AwsError("InvalidExecutionInput", f"The input is longer than {INPUT_BYTES_MAX} bytes.")
    return text


def page(shown: list[JsonDict], member: str, request: JsonDict) -> JsonDict:
    """One page of a list that is there as a whole."""
    length = min(request.get("maxResults") or PAGE_DEFAULT, PAGE_MAX)
    try:
        found, following = nouns.page_of(shown, request.get("nextToken"), length)
    except AwsError:
        raise AwsError("InvalidToken", "Invalid Token: pass the nextToken of the previous answer unchanged.") from None
    return {member: list(found), **({"nextToken": following} if following else {})}


def _is_here(call: Call, row: Row) -> bool:
    return (row.account, row.region) == (call.account, call.region)
