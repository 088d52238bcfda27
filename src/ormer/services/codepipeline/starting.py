"""How an execution of a delivery pipeline begins: its variables, its revisions and what started it."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.database import Tx
from ormer.stores.deliveries import executions
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def trigger_of(call: Call) -> JsonDict:
    """What started it: a rule or schedule, which the caller's session names, or a person."""
    sender = dict(call.identity.tags).get("ormer:sender")
    if sender:
        return {"triggerType": "CloudWatchEvent", "triggerDetail": sender}
    return {"triggerType": "StartPipelineExecution", "triggerDetail": call.identity.arn}


def begin(tx: Tx, call: Call, pipeline: Row, trigger: JsonDict, request: JsonDict) -> Row:
    """Write a new execution. Raises ValidationException for variables and revisions that do not fit."""
    declaration = pipeline.document["pipeline"]
    return executions.begin(
        tx,
        pipeline,
        trigger,
        call.now,
        actor=call.identity.arn,
        more={"variables": _variables(declaration, request.get("variables", ()), trigger)},
        facts={"revisions": _revisions(declaration, request.get("sourceRevisions", ()))},
    )


def _variables(declaration: JsonDict, given: Any, trigger: JsonDict) -> list[JsonDict]:
    values = {one["name"]: one["value"] for one in given}
    declared = {one["name"]: one.get("defaultValue") for one in declaration.get("variables", ())}
    unknown = sorted(set(values) - set(declared))
    if unknown:
        raise AwsError("ValidationException", f"The pipeline declares no variable {unknown[0]}.")
    full = {name: values.get(name, default) for name, default in declared.items()}
    missing = [name for name, value in full.items() if value is None]
    # The execution that creation starts has nobody to ask: it fails where the variable is used.
    if missing and trigger["triggerType"] != executions.CREATION:
        raise AwsError("ValidationException", f"The variable {missing[0]} has no default value: give it one.")
    return [{"name": name, "resolvedValue": value} for name, value in full.items() if value is not None]


def _revisions(declaration: JsonDict, given: Any) -> JsonDict:
    """{source action: {revision type: value}}."""
    known = {action["name"] for action in declaration["stages"][0]["actions"]}
    found: JsonDict = {}
    for one in given:
        if one["actionName"] not in known:
            raise AwsError("ValidationException", f"The pipeline has no source action {one['actionName']}.")
        found.setdefault(one["actionName"], {})[one["revisionType"]] = one["revisionValue"]
    return found
