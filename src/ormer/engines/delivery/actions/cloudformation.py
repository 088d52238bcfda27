"""Deploy CloudFormation: a stack made, changed, replaced or deleted, by change sets too.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
"""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.delivery import artifacts
from ormer.engines.delivery.actions import stack_requests
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded, Waiting

JsonDict = dict[str, Any]
atomic = True
NO_UPDATES = "No updates are to be performed"
REMOVED_FIRST = frozenset(["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_FAILED"])
REPLACED = REMOVED_FIRST | {"UPDATE_ROLLBACK_FAILED"}
GOOD = frozenset(["CREATE_COMPLETE", "UPDATE_COMPLETE"])


def start(action: Action) -> Outcome:
    """Ask for what the mode means, once: the request's token is the run's id."""
    mode = action.configuration["ActionMode"]
    if mode == "CHANGE_SET_REPLACE":
        return _make_change_set(action)
    if mode == "CHANGE_SET_EXECUTE":
        return _execute_change_set(action)
    stack = _stack(action)
    if mode == "DELETE_ONLY":
        return Succeeded(summary="Stack does not exist") if stack is None else _delete(action, stack, "deleting")
    if stack is not None and mode == "REPLACE_ON_FAILURE" and stack["StackStatus"] in REPLACED:
        return _delete(action, stack, "replacing")
    return _deploy(action, stack)


def look(action: Action) -> Outcome:
    """Where the stack has come to."""
    doing = action.run.facts["doing"]
    if doing == "reviewing":
        return _reviewed(action)
    stack = _stack(action, action.run.facts["stack"])
    if stack is None:
        return Succeeded(summary="Stack deleted") if doing == "deleting" else _deploy(action, None)
    status = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return _waiting(stack["StackId"], doing)
    if status == "DELETE_COMPLETE":
        return Succeeded(summary="Stack deleted") if doing == "deleting" else _deploy(action, None)
    if doing in ("deleting", "replacing") or status not in GOOD:
        return _failed(action, stack)
    return _done(action, stack)


def stop(action: Action) -> None:
    """A stack under way is left to itself, as AWS does."""


def _waiting(stack_id: str, doing: str) -> Waiting:
    return Waiting(id=stack_id, watch=stack_id, facts={"doing": doing, "stack": stack_id})


def _deploy(action: Action, stack: JsonDict | None) -> Outcome:
    """Make the stack, or change the one there is."""
    request = stack_requests.of(action) | {"ClientRequestToken": action.run.id}
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        made = action.api("cloudformation", "CreateStack", request)
        return _waiting(made["StackId"], "deploying")
    try:
        action.api("cloudformation", "UpdateStack", request)
    except AwsError as error:
        if NO_UPDATES not in error.message:
            raise
        return _done(action, stack)
    return _waiting(stack["StackId"], "deploying")


def _delete(action: Action, stack: JsonDict, doing: str) -> Outcome:
    action.api("cloudformation", "DeleteStack", {"StackName": stack["StackId"], "ClientRequestToken": action.run.id})
    return _waiting(stack["StackId"], doing)


def _make_change_set(action: Action) -> Outcome:
    """Replace the change set of this name. One without changes is no failure."""
    given = action.configuration
    stack = _stack(action)
    new = stack is None or stack["StackStatus"] in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS")
    named = {"StackName": given["StackName"], "ChangeSetName": given["ChangeSetName"]}
    if stack is not None and stack["StackStatus"] != "DELETE_COMPLETE":
        _delete_change_set(action, named)
    request = stack_requests.of(action) | named | {"ChangeSetType": "CREATE" if new else "UPDATE"}
    made = action.api("cloudformation", "CreateChangeSet", request)
    facts = {"doing": "reviewing", "stack": made["StackId"], "change_set": made["Id"]}
    return Waiting(id=made["Id"], seconds=0.0, facts=facts)


def _delete_change_set(action: Action, named: JsonDict) -> None:
    try:
        action.api("cloudformation", "DeleteChangeSet", named)
    except AwsError as error:
        if not error.code.startswith("ChangeSetNotFound"):
            raise


def _reviewed(action: Action) -> Outcome:
    found = action.api("cloudformation", "DescribeChangeSet", {"ChangeSetName": action.run.facts["change_set"]})
    if found["Status"] == "CREATE_COMPLETE":
        return Succeeded(id=found["ChangeSetId"], summary=f"Change set {found['ChangeSetName']} was created.")
    reason = found.get("StatusReason", "")
    if found["Status"] == "FAILED" and "didn't contain changes" in reason:
        return Succeeded(id=found["ChangeSetId"], summary="The change set has no changes.")
    if found["Status"] == "FAILED":
        return Failed("JobFailed", f"The change set could not be made: {reason}", id=found["ChangeSetId"])
    return Waiting(id=found["ChangeSetId"], watch=found["ChangeSetId"], seconds=1.0)


def _execute_change_set(action: Action) -> Outcome:
    given = action.configuration
    named = {"StackName": given["StackName"], "ChangeSetName": given["ChangeSetName"]}
    found = action.api("cloudformation", "DescribeChangeSet", named)
    if found["Status"] == "FAILED" and "didn't contain changes" in found.get("StatusReason", ""):
        stack = _stack(action)
        return _done(action, stack) if stack is not None else Succeeded()
    action.api("cloudformation", "ExecuteChangeSet", named | {"ClientRequestToken": action.run.id})
    return _waiting(found["StackId"], "deploying")


def _stack(action: Action, name: str | None = None) -> JsonDict | None:
    """The stack, or None when there is none of this name."""
    try:
        asked = {"StackName": name or action.configuration["StackName"]}
        found: JsonDict = action.api("cloudformation", "DescribeStacks", asked)["Stacks"][0]
    except AwsError as error:
        if "does not exist" not in error.message:
            raise
        return None
    return found


def _failed(action: Action, stack: JsonDict) -> Failed:
    """The stack's failure in the words of the resource that failed first."""
    events = action.api("cloudformation", "DescribeStackEvents", {"StackName": stack["StackId"]})["StackEvents"]
    reasons = [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
        and event.get("ResourceStatusReason")
        and event.get("PhysicalResourceId") != stack["StackId"]
    ]
    reason = reasons[-1] if reasons else stack.get("StackStatusReason", "")
    text = f"Stack {stack['StackName']} ended in {stack['StackStatus']}. {reason}".strip()
    return Failed("JobFailed", text, id=stack["StackId"])


def _done(action: Action, stack: JsonDict) -> Succeeded:
    """The stack's outputs as variables, and as a file where one is asked for."""
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
    made: JsonDict = {}
    name = action.configuration.get("OutputFileName")
    if name and action.outputs:
        place = action.place(action.outputs[0])
        artifacts.write(action.api, place, artifacts.zipped({name: json.dumps(outputs).encode()}))
        made = {action.outputs[0]: place}
    return Succeeded(
        id=stack["StackId"], summary=f"Stack {stack['StackName']} is as wanted.", artifacts=made, variables=outputs
    )
