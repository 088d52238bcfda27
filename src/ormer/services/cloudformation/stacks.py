"""Stacks: made, changed and deleted by writing what is wanted; the stacks engine makes it true.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.aws.lifecycles import lifecycle
from ormer.engines.stacks import acting
from ormer.services.cloudformation import changes, pages, requests, stack_policies
from ormer.services.cloudformation.refusals import invalid, no_stack
from ormer.services.cloudformation.requests import Understood
from ormer.stores import resources, tagging
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.stacks import stacks as rows
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
NAME_LENGTH_MAX = 128
UPDATABLE = frozenset(
    ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED"]
)
UNDELETABLE = (rows.UPDATE, rows.CLEANUP, rows.UPDATE_ROLLBACK, rows.ROLLBACK_CLEANUP)


def create_stack(call: Call, request: JsonDict) -> JsonDict:
    """Make a stack of a template's resources.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    Differs: NotificationARNs and RollbackConfiguration are kept and have no effect.
    Errors: AlreadyExistsException; ValidationError for a template or values that cannot be; InsufficientCapabilities.
    """
    name = checked_name(request["StackName"])
    repeated = _same_token(call, name, request)
    if repeated is not None:
        return {"StackId": repeated.arn}
    wanted = requests.understood(call, request)
    document = {
        **wanted.words,
        **{key: request[key] for key in ("TimeoutInMinutes",) if key in request},
        "DisableRollback": request.get("DisableRollback", False),
        "EnableTerminationProtection": request.get("EnableTerminationProtection", False),
    }
    facts = {**operation_facts(call, request), "on_failure": on_failure(request), **policy_facts(call, request)}
    with call.write() as tx:
        row = rows.create(
            tx,
            account=call.account,
            region=call.region,
            name=name,
            document=document,
            facts=facts,
            status=rows.CREATE,
            now=call.now,
        )
        if row is None:
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        row = keep(tx, call, row, wanted, coming=False)
        tagging.put(tx, row.arn, wanted.tags)
        rows.tell(tx, row, call.now, "User Initiated")
    return {"StackId": row.arn}


def update_stack(call: Call, request: JsonDict) -> JsonDict:
    """Change a stack to what a template says now.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html
    Differs: a stack policy is kept and answered; it forbids no update.
    Errors: ValidationError "No updates are to be performed.", and for a stack that is busy or not there.
    """
    row = get(call, request["StackName"])
    if request.get("ClientRequestToken") and row.facts.get("token") == request["ClientRequestToken"]:
        return {"StackId": row.arn}
    _check_updatable(row)
    before = requests.asked_of(call, row)
    wanted = requests.understood(call, request, row, before)
    if not changes.between(call, row, before, wanted).is_any and not row.status.endswith("_FAILED"):
        raise invalid("No updates are to be performed.")
    begin_update(call, row, request, wanted)
    return {"StackId": row.arn}


def begin_update(call: Call, row: Row, request: JsonDict, wanted: Understood) -> None:
    """Write an update that can be done; raises ValidationError when somebody was quicker."""
    with call.write() as tx:
        fresh = get(call, row.arn)
        _check_updatable(fresh)
        kept = keep(tx, call, fresh, wanted, coming=True)
        facts = {
            **operation_facts(call, request, fresh),
            **policy_facts(call, request),
            "on_failure": on_failure(request),
            "cancel": None,
        }
        moved = rows.advance(tx, kept, rows.UPDATE, now=call.now, reason="User Initiated", facts=facts)
        assert moved is not None


def delete_stack(call: Call, request: JsonDict) -> JsonDict:
    """Delete a stack and what it made; a stack that is not there is as good as deleted.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
    Errors: ValidationError for a protected stack.
    """
    with call.write() as tx:
        row = rows.find(tx, call.account, call.region, request["StackName"])
        if row is None or row.status in (rows.GONE, rows.DELETE):
            return {}
        if row.document.get("EnableTerminationProtection"):
            raise invalid(
                f"Stack [{row.document['StackName']}] cannot be deleted while TerminationProtection is enabled"
            )
        if request.get("RetainResources") and row.status != "DELETE_FAILED":
            raise invalid(
                f"Invalid operation on stack [{row.arn}]. When you delete a stack, specify which resources to retain "
                "only when the stack is in the DELETE_FAILED state."
            )
        if row.status == rows.REVIEW:
            rows.forget(tx, row)
            return {}
        if row.status in UNDELETABLE:
            raise invalid(f"Stack [{row.arn}] cannot be deleted while in status {row.status}")
        requests.check_role(call, request.get("RoleARN"))
        facts = {**operation_facts(call, request, row), "retain": request.get("RetainResources")}
        moved = rows.advance(tx, row, rows.DELETE, now=call.now, reason="User Initiated", facts=facts)
        assert moved is not None
    return {}


def describe_stacks(call: Call, request: JsonDict) -> JsonDict:
    """Answer one stack, by name or by the id of a deleted one too, or all that are there.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    Errors: ValidationError "Stack with id NAME does not exist".
    """
    if request.get("StackName"):
        row = get(call, request["StackName"])
        return {"Stacks": [shown(call, row)]}
    found, more = pages.newest_first(call, request, table.c.kind == rows.KIND, table.c.status != rows.GONE)
    return {"Stacks": [shown(call, row) for row in found], **more}


def list_stacks(call: Call, request: JsonDict) -> JsonDict:
    """List stacks, deleted ones too, by their statuses.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html
    """
    where: list[sa.ColumnElement[bool]] = [table.c.kind == rows.KIND]
    if request.get("StackStatusFilter"):
        where.append(table.c.status.in_(request["StackStatusFilter"]))
    found, more = pages.newest_first(call, request, *where)
    summaries = [{**_spoken(row), "TemplateDescription": row.document.get("Description")} for row in found]
    return {"StackSummaries": summaries, **more}


def update_termination_protection(call: Call, request: JsonDict) -> JsonDict:
    """Protect a stack from deletion, or no longer.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html
    """
    with call.write() as tx:
        row = get(call, request["StackName"])
        change = {"EnableTerminationProtection": request["EnableTerminationProtection"]}
        resources.save(tx, row, change, now=call.now, touch=False)
    return {"StackId": row.arn}


# -- for the other nouns ------------------------------------------------------------------------------------------


def get(call: Call, name_or_id: str) -> Row:
    """The caller's stack; ValidationError when there is none."""
    with call.read() as tx:
        row = rows.find(tx, call.account, call.region, name_or_id)
    if row is None:
        raise no_stack(name_or_id)
    return row


def checked_name(name: str) -> str:
    """A name that a stack may have."""
    if NAME.fullmatch(name) and len(name) <= NAME_LENGTH_MAX:
        return name
    rule = (
        f"Member must have length less than or equal to {NAME_LENGTH_MAX}"
        if len(name) > NAME_LENGTH_MAX
        else f"Member must satisfy regular expression pattern: {NAME.pattern}"
    )
    raise invalid(f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {rule}")


def operation_facts(call: Call, request: JsonDict, row: Row | None = None) -> JsonDict:
    """What the engine must know of who began an operation. A role once given stays the stack's."""
    role = request.get("RoleARN") or (row.facts.get("role") if row is not None else None)
    return {
        "caller": acting.remembered(call.identity),
        "role": role,
        "operation": str(uuid.uuid4()),
        "token": request.get("ClientRequestToken", ""),
        "retain_except_on_create": request.get("RetainExceptOnCreate", False),
    }


def on_failure(request: JsonDict) -> str:
    """Which way an operation goes that fails."""
    if request.get("OnFailure") and "DisableRollback" in request:
        raise invalid("Only one of the parameters DisableRollback and OnFailure may be specified.")
    if request.get("DisableRollback"):
        return "DO_NOTHING"
    return str(request.get("OnFailure") or "ROLLBACK")


def policy_facts(call: Call, request: JsonDict) -> JsonDict:
    """A request's stack policy, where it has one."""
    text = stack_policies.text_of(call, request)
    return {} if text is None else {"policy": text}


def keep(tx: Tx, call: Call, row: Row, wanted: Understood, coming: bool) -> Row:
    """Store what is asked for; `coming`: the stack's document changes only when the update has succeeded."""
    identifier = rows.ask(tx, row.arn, wanted.text, wanted.values, wanted.tags, call.now, wanted.original)
    facts = {"asked": identifier, "coming": wanted.words if coming else None}
    return resources.save(tx, row, {}, now=call.now, facts=facts, touch=False)


def _check_updatable(row: Row) -> None:
    if row.status not in UPDATABLE:
        raise invalid(f"Stack:{row.arn} is in {row.status} state and can not be updated.")


def _same_token(call: Call, name: str, request: JsonDict) -> Row | None:
    """The stack that this very request has made already."""
    token = request.get("ClientRequestToken")
    if not token:
        return None
    with call.read() as tx:
        row = rows.find(tx, call.account, call.region, name)
    return row if row is not None and row.facts.get("token") == token else None


def shown(call: Call, row: Row) -> JsonDict:
    """A stack as DescribeStacks answers it."""
    with call.read() as tx:
        tags = tagging.listed(tx, row.arn)
    return {**_spoken(row), "Tags": tags}


def _spoken(row: Row) -> JsonDict:
    words = {key: value for key, value in row.document.items() if value != ""}
    life = lifecycle(rows.KIND)
    return {**words, life.member: row.status, "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}
