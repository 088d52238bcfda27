"""Functions as tasks: asked in the turn's transaction, their answers read from the invocation's row."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.lifecycles import lifecycle
from ormer.engines.state_machines.language.faults import RUNTIME, Fault
from ormer.engines.state_machines.language.integrations import FUNCTION, Resource
from ormer.engines.state_machines.runs import Run
from ormer.stores.functions import asking, invocations
from ormer.stores.resources import Row
from ormer.stores.state_machines.flows import Flow

JsonDict = dict[str, Any]


def is_over(row: Row) -> bool:
    """Whether a resource has come to its end."""
    return row.status in lifecycle(row.kind).final


def ask(run: Run, flow: Flow, function: str, event: Any) -> None:
    """Ask a function, once; the flow watches the invocation. Raises AwsError."""
    with run.tx.connection.begin_nested():
        row = asking.ask(run.api, run.tx, function, event, run.now, retries=0)
    flow.watched = row.arn


def invoke(run: Run, flow: Flow, given: Any) -> JsonDict | None:
    """`lambda:invoke`: the flow waits for the answer. Returns a result where it does not. Raises AwsError."""
    if not isinstance(given, dict) or not given.get("FunctionName"):
        raise Fault(RUNTIME, "The Parameters of lambda:invoke must name a function: FunctionName.")
    name = str(given["FunctionName"])
    if given.get("Qualifier"):
        name = f"{name}:{given['Qualifier']}"
    payload = given.get("Payload", {})
    if given.get("InvocationType") in ("Event", "DryRun"):
        asked = {
            "FunctionName": name,
            "InvocationType": given["InvocationType"],
            "Payload": json.dumps(payload).encode(),
        }
        answer = run.call("lambda", "Invoke", asked)
        return {"StatusCode": answer["StatusCode"], "Payload": ""}
    ask(run, flow, name, payload)
    return None


def result(row: Row | None, resource: Resource) -> Any:
    """What a function answered. Raises Fault in its own words when it failed."""
    if row is None:
        raise Fault("Lambda.ServiceException", "The invocation is gone.")
    answer = invocations.answer_of(row)
    if answer.code:
        raise Fault(f"Lambda.{answer.code}", answer.message)
    if answer.error:
        raise Fault(_error_type(answer.payload) or "Lambda.Unknown", answer.payload)
    payload = json.loads(answer.payload) if answer.payload else None
    if resource.kind == FUNCTION:
        return payload
    told: JsonDict = {"ExecutedVersion": row.document["Version"], "Payload": payload, "StatusCode": 200}
    if resource.is_sdk:
        return {**told, "Payload": answer.payload}
    return {
        **told,
        "SdkHttpMetadata": {"HttpStatusCode": 200, "AllHttpHeaders": {}, "HttpHeaders": {}},
        "SdkResponseMetadata": {"RequestId": row.name},
    }


def _error_type(payload: str) -> str:
    """The exception's name, by which retriers and catchers find it."""
    try:
        told = json.loads(payload)
    except ValueError:
        return ""
    return str(told.get("errorType") or "") if isinstance(told, dict) else ""
