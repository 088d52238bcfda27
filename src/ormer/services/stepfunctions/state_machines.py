"""State machines: definitions with a role, kept in revisions."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.state_machines.language import definitions, integrations
from ormer.engines.state_machines.language.definitions import Broken, Diagnostic
from ormer.services.stepfunctions.refusals import (
    check_role,
    checked_name,
    execution_of,
    machine_of,
    page,
    qualified,
    validation,
)
from ormer.services.stepfunctions.versions import publish, revision_of
from ormer.stores import resources
from ormer.stores.nouns import unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.state_machines import executions, machines
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SETTINGS: JsonDict = {
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
}
DIAGNOSTICS_MAX = 100


def create_state_machine(call: Call, request: JsonDict) -> JsonDict:
    """Make a state machine. The same request again answers the one that is there.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    Differs: maps in distributed mode, Credentials and customer-managed keys are refused; no logs, no traces.
    Errors: InvalidName, InvalidDefinition, StateMachineAlreadyExists, AccessDeniedException for a role that does not
    trust Step Functions.
    """
    name = checked_name(request["name"])
    _check(call, request["definition"])
    arn, kind = machines.machine_arn(call.region, call.account, name), request.get("type", machines.STANDARD)
    check_role(call, request["roleArn"], arn)
    if request.get("versionDescription") and not request.get("publish"):
        raise validation("Version description can only be set when publish is true")
    settings = {**SETTINGS, **{member: request[member] for member in SETTINGS if member in request}}
    with call.write() as tx:
        there = resources.get(tx, arn)
        if there is not None:
            return _repeated(call, tx, there, request, kind)
        revision = machines.revise(tx, arn, request["definition"], request["roleArn"], settings, call.now)
        row = resources.create(
            tx,
            arn=arn,
            kind=machines.MACHINE,
            name=name,
            document={"stateMachineArn": arn, "name": name, "type": kind, "creationDate": call.now, "status": "ACTIVE"},
            facts={"revision": revision, "versions": 0},
            tag_list=unique_tags({"Key": pair["key"], "Value": pair["value"]} for pair in request.get("tags", ())),
            now=call.now,
            actor=call.identity.arn,
            event=False,
        )
        assert row is not None, "it was looked for a moment ago"
        made = {"stateMachineArn": arn, "creationDate": row.created}
        if request.get("publish"):
            made["stateMachineVersionArn"] = publish(tx, call, row, request.get("versionDescription")).arn
    return made


def _repeated(call: Call, tx: Any, row: Row, request: JsonDict, kind: str) -> JsonDict:
    kept = revision_of(tx, row)
    if (kept.definition, kept.role_arn, row.document["type"]) != (request["definition"], request["roleArn"], kind):
        raise AwsError("StateMachineAlreadyExists", f"State Machine Already Exists: '{row.arn}'")
    return {"stateMachineArn": row.arn, "creationDate": row.created}


def update_state_machine(call: Call, request: JsonDict) -> JsonDict:
    """Change a definition, a role or settings; executions that run go on as they began.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
    Errors: StateMachineDoesNotExist, InvalidDefinition, MissingRequiredParameter.
    """
    if not {"definition", "roleArn", *SETTINGS} & set(request):
        raise AwsError(
            "MissingRequiredParameter", "Either the definition, the role ARN or a configuration must be given."
        )
    if "definition" in request:
        _check(call, request["definition"])
    if "roleArn" in request:
        check_role(call, request["roleArn"], request["stateMachineArn"])
    with call.write() as tx:
        row = machine_of(tx, call, request["stateMachineArn"])
        kept = revision_of(tx, row)
        settings = {**kept.settings, **{member: request[member] for member in SETTINGS if member in request}}
        revision = machines.revise(
            tx,
            row.arn,
            request.get("definition", kept.definition),
            request.get("roleArn", kept.role_arn),
            settings,
            call.now,
        )
        row = resources.save(tx, row, {}, now=call.now, facts={"revision": revision})
        told = {"updateDate": call.now, "revisionId": revision}
        if request.get("publish"):
            told["stateMachineVersionArn"] = publish(tx, call, row, request.get("versionDescription")).arn
    return told


def describe_state_machine(call: Call, request: JsonDict) -> JsonDict:
    """Answer a state machine, or a version of it, with its definition.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
    Errors: StateMachineDoesNotExist.
    """
    with call.read() as tx:
        row = qualified(tx, call, request["stateMachineArn"])
        machine = row if row.kind == machines.MACHINE else machine_of(tx, call, row.parent)
        kept = revision_of(tx, row)
    return {
        **machine.document,
        "stateMachineArn": row.arn,
        "creationDate": row.created,
        "definition": kept.definition,
        "roleArn": kept.role_arn,
        "revisionId": kept.id,
        **kept.settings,
        **({"description": row.document["description"]} if row.document.get("description") else {}),
    }


def describe_state_machine_for_execution(call: Call, request: JsonDict) -> JsonDict:
    """What an execution runs: the state machine as it was when that began.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html
    Errors: ExecutionDoesNotExist.
    """
    with call.read() as tx:
        row = execution_of(tx, call, request["executionArn"])
        kept = machines.revision(tx, row.facts["revision"])
    return {
        "stateMachineArn": row.parent,
        "name": row.parent.rpartition(":")[2],
        "definition": kept.definition,
        "roleArn": kept.role_arn,
        "updateDate": kept.created,
        "revisionId": kept.id,
        **kept.settings,
    }


def list_state_machines(call: Call, request: JsonDict) -> JsonDict:
    """Page through state machines, the oldest first.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html
    """
    c = table.c
    with call.read() as tx:
        here = (c.account == call.account, c.region == call.region, c.kind == machines.MACHINE)
        found = resources.select(tx, *here)
    return page([row.document for row in found], "stateMachines", request)


def delete_state_machine(call: Call, request: JsonDict) -> JsonDict:
    """Delete a state machine with its versions and aliases; executions that run go on.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    """
    with call.write() as tx:
        row = machines.find(tx, request["stateMachineArn"])
        if row is None or row.account != call.account:
            return {}
        c = table.c
        for child in resources.select(tx, c.parent == row.arn, c.kind.in_((machines.VERSION, machines.ALIAS))):
            resources.delete(tx, child.arn)
        if row.kind == machines.MACHINE:
            for run in resources.select(tx, c.parent == row.arn, c.kind == executions.KIND):
                if run.status in executions.FINAL:
                    executions.forget(tx, run.arn)
        resources.delete(tx, row.arn)
    return {}


def validate_state_machine_definition(call: Call, request: JsonDict) -> JsonDict:
    """Tell all that is wrong with a definition, and where.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
    """
    found = diagnostics(call, request["definition"])
    most = request.get("maxResults") or DIAGNOSTICS_MAX
    shown = [
        {
            "severity": one.severity,
            "code": one.code,
            "message": one.message,
            **({"location": one.where} if one.where else {}),
        }
        for one in found[:most]
    ]
    return {"result": "FAIL" if found else "OK", "diagnostics": shown, "truncated": len(found) > most}


def diagnostics(call: Call, text: str) -> list[Diagnostic]:
    """All that is wrong with a definition, resources that are not here among it."""
    found = definitions.diagnostics(text)
    if found:
        return found
    return [
        Diagnostic("SCHEMA_VALIDATION_FAILED", wrong, where)
        for where, resource in _resources(definitions.read(text), "")
        if (wrong := integrations.fault_of(resource, call.port.models))
    ]


def _resources(machine: JsonDict, where: str) -> list[tuple[str, str]]:
    found = []
    for name, state in machine["States"].items():
        place = f"{where}/States/{name}"
        if state["Type"] == "Task":
            found.append((f"{place}/Resource", state["Resource"]))
        for index, inner in enumerate(definitions.branches(state)):
            found += _resources(inner, f"{place}/{index}")
    return found


def _check(call: Call, text: str) -> None:
    found = diagnostics(call, text)
    if found:
        raise AwsError("InvalidDefinition", f"Invalid State Machine Definition: '{Broken(found)}'")
