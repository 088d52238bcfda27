"""Invoke StepFunctions: a state machine is run, and the action ends as its execution does.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
"""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded, Waiting

JsonDict = dict[str, Any]
atomic = True
# An execution's own change wakes the pipeline; this is for one that ended without.
LOOK_SECONDS = 10.0
FILE = "FilePath"
NAME_MAX = 80


def start(action: Action) -> Outcome:
    """Start the execution once: its name is the run's id, behind the prefix that the action gives."""
    given = action.configuration
    prefix = given.get("ExecutionNamePrefix") or ""
    request = {
        "stateMachineArn": given["StateMachineArn"],
        # The id at its end is what makes it the run's own.
        "name": f"{prefix[: NAME_MAX - 1 - len(action.run.id)]}-{action.run.id}" if prefix else action.run.id,
        "input": _input(action),
    }
    arn = action.api("stepfunctions", "StartExecution", request)["executionArn"]
    return Waiting(id=arn, watch=arn, seconds=LOOK_SECONDS)


def look(action: Action) -> Outcome:
    """The execution's end, if it has ended."""
    arn = action.run.result["externalExecutionId"]
    found = action.api("stepfunctions", "DescribeExecution", {"executionArn": arn})
    if found["status"] == "RUNNING":
        return Waiting(id=arn, watch=arn, seconds=LOOK_SECONDS)
    if found["status"] != "SUCCEEDED":
        told = ": ".join(found[name] for name in ("error", "cause") if found.get(name))
        return Failed("JobFailed", f"State machine execution status: {found['status']}. {told}".rstrip(), id=arn)
    variables = {"StateMachineArn": found["stateMachineArn"], "ExecutionArn": arn}
    return Succeeded(id=arn, artifacts={name: action.place(name) for name in action.outputs}, variables=variables)


def stop(action: Action) -> None:
    """Stop the execution."""
    arn = action.run.result.get("externalExecutionId")
    if arn:
        action.api("stepfunctions", "StopExecution", {"executionArn": arn})


def _input(action: Action) -> str:
    """The input as JSON: written in the action, or the file of its input artifact."""
    given = action.configuration
    text = given.get("Input") or "{}"
    if given.get("InputType") == FILE:
        name = next(iter(action.inputs), "")
        return action.file(f"{name}::{text}").decode()
    return text if _is_json(text) else json.dumps(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
