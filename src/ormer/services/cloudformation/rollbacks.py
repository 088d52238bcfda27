"""Updates stopped, rolled back, and rolled back further after a rollback has failed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
"""

from __future__ import annotations

from typing import Any

from ormer.services.cloudformation import requests, stacks
from ormer.services.cloudformation.refusals import invalid
from ormer.stores import resources, tasks
from ormer.stores.port import Call
from ormer.stores.stacks import members
from ormer.stores.stacks import stacks as rows

JsonDict = dict[str, Any]


def cancel_update_stack(call: Call, request: JsonDict) -> JsonDict:
    """Begin nothing more of an update, and roll it back.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
    Errors: ValidationError unless the stack is being updated.
    """
    with call.write() as tx:
        row = stacks.get(call, request["StackName"])
        if row.status != rows.UPDATE:
            raise invalid(f"CancelUpdateStack cannot be called from current stack status: {row.status} ({row.arn})")
        resources.save(tx, row, {}, now=call.now, facts={"cancel": True}, touch=False)
        tasks.wake(tx, rows.TASK, row.arn)
    return {}


def continue_update_rollback(call: Call, request: JsonDict) -> JsonDict:
    """Try a failed rollback again, leaving out what is to be skipped.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html
    Errors: ValidationError unless the rollback of an update has failed.
    """
    with call.write() as tx:
        row = stacks.get(call, request["StackName"])
        if row.status != "UPDATE_ROLLBACK_FAILED":
            raise invalid(f"Stack:{row.arn} is in {row.status} state and can not be updated.")
        skip = request.get("ResourcesToSkip") or []
        failed = {one.logical_id for one in members.of(tx, row.arn) if one.failed}
        wrong = [name for name in skip if name not in failed]
        if wrong:
            raise invalid(f"Resource [{wrong[0]}] is not in the UPDATE_FAILED state and cannot be skipped.")
        requests.check_role(call, request.get("RoleARN"))
        facts = {**stacks.operation_facts(call, request, row), "skip": skip}
        rows.advance(tx, row, rows.UPDATE_ROLLBACK, now=call.now, reason="User Initiated", facts=facts)
    return {}


def rollback_stack(call: Call, request: JsonDict) -> JsonDict:
    """Bring a stack whose operation failed without a rollback back to what stood before.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html
    Errors: ValidationError unless the stack's status is CREATE_FAILED or UPDATE_FAILED.
    """
    ways = {"CREATE_FAILED": rows.ROLLBACK, "UPDATE_FAILED": rows.UPDATE_ROLLBACK}
    with call.write() as tx:
        row = stacks.get(call, request["StackName"])
        if row.status not in ways:
            raise invalid(f"RollbackStack cannot be called from current stack status: {row.status} ({row.arn})")
        requests.check_role(call, request.get("RoleARN"))
        facts = stacks.operation_facts(call, request, row)
        rows.advance(tx, row, ways[row.status], now=call.now, reason="User Initiated", facts=facts)
    return {"StackId": row.arn}
