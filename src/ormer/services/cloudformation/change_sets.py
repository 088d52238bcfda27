"""Change sets: what a template would change, looked at before it is done.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.engines.stacks.plans import Change, Detail
from ormer.services.cloudformation import changes, pages, requests, stacks
from ormer.services.cloudformation.refusals import invalid, no_stack
from ormer.services.cloudformation.requests import Understood
from ormer.stores import resources, tagging
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.stacks import stacks as rows
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = rows.CHANGE_SET
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
ENTRY_MEMBERS = ("Description", "NotificationARNs", "RollbackConfiguration", "Capabilities", "OnStackFailure")


def create_change_set(call: Call, request: JsonDict) -> JsonDict:
    """Work out what a template would change; a CREATE one makes a stack in review.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    Differs: resources cannot be imported.
    Errors: AlreadyExistsException; ValidationError; a set without changes is made with the status FAILED.
    """
    kind = request.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT" or request.get("ResourcesToImport"):
        raise invalid("ormer does not import resources into stacks: leave ChangeSetType IMPORT out.")
    with call.write() as tx:
        row = _reviewed(tx, call, request) if kind == "CREATE" else _updated(call, request)
        before = requests.asked_of(call, row)
        wanted = requests.understood(call, request, row, before, is_reviewed=True)
        found = changes.between(call, row, before, wanted)
        return {"Id": _store(tx, call, request, row, wanted, found), "StackId": row.arn}


def _reviewed(tx: Tx, call: Call, request: JsonDict) -> Row:
    """The stack in review that a CREATE change set is for, made now if it is not there."""
    found = rows.find(tx, call.account, call.region, request["StackName"])
    if found is None:
        name = stacks.checked_name(request["StackName"])
        facts = stacks.operation_facts(call, request)
        row = rows.create(
            tx,
            account=call.account,
            region=call.region,
            name=name,
            document={},
            facts=facts,
            status=rows.REVIEW,
            now=call.now,
        )
        assert row is not None, "nobody else writes in between"
        rows.tell(tx, row, call.now, "User Initiated")
        return row
    if found.status != rows.REVIEW:
        raise invalid(
            f"Stack [{found.document['StackName']}] already exists and cannot be created again with the changeSet "
            f"[{request['ChangeSetName']}]."
        )
    return found


def _updated(call: Call, request: JsonDict) -> Row:
    try:
        row = stacks.get(call, request["StackName"])
    except AwsError:
        raise invalid(f"Stack [{request['StackName']}] does not exist") from None
    if row.status not in stacks.UPDATABLE:
        raise invalid(f"Stack:{row.arn} is in {row.status} state and can not be updated.")
    return row


def _store(tx: Tx, call: Call, request: JsonDict, row: Row, wanted: Understood, found: changes.Changes) -> str:
    name = request["ChangeSetName"]
    arn = arns.arn("cloudformation", call.region, call.account, f"changeSet/{name}/{uuid.uuid4()}")
    is_any = found.is_any
    document = {
        "ChangeSetName": name,
        "ChangeSetId": arn,
        "StackId": row.arn,
        "StackName": row.document["StackName"],
        "Parameters": wanted.words["Parameters"],
        "Tags": wanted.tags,
        "Changes": [{"Type": "Resource", "ResourceChange": _shown_change(one)} for one in found.found],
        "ExecutionStatus": "AVAILABLE" if is_any else "UNAVAILABLE",
        "IncludeNestedStacks": request.get("IncludeNestedStacks", False),
        **{member: request[member] for member in ENTRY_MEMBERS if member in request},
        **({} if is_any else {"StatusReason": NO_CHANGES}),
    }
    asked = rows.ask(tx, row.arn, wanted.text, wanted.values, wanted.tags, call.now, wanted.original)
    made = resources.create(
        tx,
        arn=arn,
        kind=KIND,
        name=name,
        parent=row.arn,
        document=document,
        now=call.now,
        status="CREATE_COMPLETE" if is_any else "FAILED",
        facts={"asked": asked, "words": wanted.words, "role": request.get("RoleARN")},
    )
    if made is None:
        raise AwsError("AlreadyExistsException", f"ChangeSet {name} already exists")
    return arn


def describe_change_set(call: Call, request: JsonDict) -> JsonDict:
    """Answer what a change set would do, in pages.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
    Errors: ChangeSetNotFound.
    """
    row = get(call, request)
    page, more = pages.sliced(row.document["Changes"], request)
    return {**row.document, "Changes": page, **more}


def list_change_sets(call: Call, request: JsonDict) -> JsonDict:
    """Page through a stack's change sets.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html
    """
    stack = stacks.get(call, request["StackName"])
    found, more = pages.newest_first(call, request, table.c.kind == KIND, table.c.parent == stack.arn)
    return {"Summaries": [row.document for row in found], **more}


def delete_change_set(call: Call, request: JsonDict) -> JsonDict:
    """Forget a change set; one that is not there is as good as forgotten.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html
    """
    with call.write() as tx:
        try:
            row = get(call, request)
        except AwsError as error:
            if error.code != "ChangeSetNotFound":
                raise
            return {}
        resources.delete(tx, row.arn)
        stack = resources.get(tx, row.parent)
        if stack is not None:
            rows.drop_unasked(tx, stack)
    return {}


def execute_change_set(call: Call, request: JsonDict) -> JsonDict:
    """Do what a change set says; the stack's other change sets are out of date then.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
    Errors: ChangeSetNotFound; InvalidChangeSetStatus for one that is not available.
    """
    with call.write() as tx:
        row = get(call, request)
        if row.document["ExecutionStatus"] != "AVAILABLE":
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{row.arn}] cannot be executed in its current status of [{row.status}] "
                f"({row.document['ExecutionStatus']})",
            )
        stack = stacks.get(call, row.parent)
        if stack.status == rows.REVIEW:
            _begin_creation(tx, call, request, row, stack)
        elif stack.status in stacks.UPDATABLE:
            _begin_update(tx, call, request, row, stack)
        else:
            raise invalid(f"Stack:{stack.arn} is in {stack.status} state and can not be updated.")
        for other in resources.select(tx, table.c.kind == KIND, table.c.parent == stack.arn):
            state = "EXECUTE_COMPLETE" if other.arn == row.arn else "OBSOLETE"
            if other.arn == row.arn or other.document["ExecutionStatus"] == "AVAILABLE":
                resources.save(tx, other, {"ExecutionStatus": state}, now=call.now, touch=False)
    return {}


def _begin_creation(tx: Tx, call: Call, request: JsonDict, row: Row, stack: Row) -> None:
    asked = rows.asked(tx, row.facts["asked"])
    facts = {**_facts(call, request, row, stack), "on_failure": _on_failure(request, row), "coming": None}
    rollback = {"DisableRollback": facts["on_failure"] == "DO_NOTHING", "EnableTerminationProtection": False}
    change = {**row.facts["words"], **rollback, "ChangeSetId": row.arn}
    tagging.put(tx, stack.arn, asked.tags)
    rows.advance(tx, stack, rows.CREATE, now=call.now, reason="User Initiated", change=change, facts=facts)


def _begin_update(tx: Tx, call: Call, request: JsonDict, row: Row, stack: Row) -> None:
    coming = {**row.facts["words"], "ChangeSetId": row.arn}
    facts = {
        **_facts(call, request, row, stack),
        "on_failure": _on_failure(request, row),
        "coming": coming,
        "cancel": None,
    }
    rows.advance(tx, stack, rows.UPDATE, now=call.now, reason="User Initiated", facts=facts)


def _facts(call: Call, request: JsonDict, row: Row, stack: Row) -> JsonDict:
    role = row.facts.get("role")
    given = {**request, **({"RoleARN": role} if role else {})}
    return {**stacks.operation_facts(call, given, stack), "asked": row.facts["asked"]}


def _on_failure(request: JsonDict, row: Row) -> str:
    if request.get("DisableRollback"):
        return "DO_NOTHING"
    return str(row.document.get("OnStackFailure") or "ROLLBACK")


def get(call: Call, request: JsonDict) -> Row:
    """The change set a request names by ARN, or by name with its stack's. Raises ChangeSetNotFound."""
    name = request["ChangeSetName"]
    missing = AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
    with call.read() as tx:
        if arns.is_arn(name):
            row = resources.get(tx, name)
            here = row is not None and (row.account, row.region) == (call.account, call.region)
            if row is None or not here or row.kind != KIND:
                raise missing
            return row
        if not request.get("StackName"):
            raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
        stack = rows.find(tx, call.account, call.region, request["StackName"])
        if stack is None:
            raise no_stack(request["StackName"])
        row = resources.find(tx, call.account, call.region, "cloudformation", KIND, name, stack.arn)
    if row is None:
        raise missing
    return row


# -- in AWS's words -----------------------------------------------------------------------------------------------


def _shown_change(change: Change) -> JsonDict:
    shown: JsonDict = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.type,
        "Scope": sorted({one.attribute for one in change.details}),
        "Details": [_shown_detail(one) for one in change.details],
    }
    if change.physical_id:
        shown["PhysicalResourceId"] = change.physical_id
    if change.action == "Modify":
        shown["Replacement"] = change.replacement
    if change.policy:
        shown["PolicyAction"] = change.policy
    return shown


def _shown_detail(detail: Detail) -> JsonDict:
    target = {"Attribute": detail.attribute, "RequiresRecreation": detail.recreation}
    shown: JsonDict = {
        "Target": {**target, **({"Name": detail.name} if detail.name else {})},
        "Evaluation": "Dynamic" if detail.is_dynamic else "Static",
        "ChangeSource": detail.source,
    }
    return shown | ({"CausingEntity": detail.cause} if detail.cause else {})
