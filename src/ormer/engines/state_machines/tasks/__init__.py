"""Task states: what a Resource asks, in the turn's transaction, and how its end is seen.

A flow's data keep under `task` what only its task knows: the request that was made and what was answered.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.state_machines import data
from ormer.engines.state_machines.language import integrations
from ormer.engines.state_machines.language.faults import HEARTBEAT, RUNTIME, TASK_FAILED, TIMEOUT, Fault
from ormer.engines.state_machines.language.integrations import (
    ACTIVITY,
    FUNCTION,
    OPERATION,
    SYNC,
    SYNC_JSON,
    TOKEN,
    Resource,
)
from ormer.engines.state_machines.outcomes import Calls, Done, Outcome, Waits
from ormer.engines.state_machines.runs import SESSION_CHARACTERS_MAX, WHOLE, Run, text_of
from ormer.engines.state_machines.tasks import failures, functions, shaping, waited
from ormer.engines.work import Work
from ormer.stores import resources
from ormer.stores.state_machines import flows, machines
from ormer.stores.state_machines.flows import BEAT, CALLING, OUTCOME, Flow

JsonDict = dict[str, Any]
# They wait for models, and so are called while no transaction is under way.
BETWEEN = frozenset(("sagemaker-runtime",))
# Waiting for what the same threads have to do would keep them for good.
REFUSED = {("stepfunctions", "StartSyncExecution"): "use arn:aws:states:::states:startExecution.sync:2"}
# What no definition's author meant: the service's own part of an answer.
METADATA: JsonDict = {"SdkHttpMetadata": {"HttpStatusCode": 200}, "SdkResponseMetadata": {}}


def begin(run: Run, flow: Flow) -> Outcome:
    """Ask what the state's Resource names. Raises Fault."""
    state = run.state(flow)
    resource = integrations.parse(state["Resource"])
    assert resource is not None, "a definition's resources are checked"
    if resource.pattern == TOKEN or resource.kind == ACTIVITY:
        flow.token = flows.new_token()
    given = data.arguments(run, flow)
    _limit(run, flow)
    return {FUNCTION: _function, ACTIVITY: _activity, OPERATION: _operation}[resource.kind](run, flow, resource, given)


def look(run: Run, flow: Flow) -> Outcome:
    """What has become of a task that was asked. Raises Fault."""
    resource = integrations.parse(run.state(flow)["Resource"])
    assert resource is not None
    if OUTCOME in flow.data:
        return _told(run, flow, resource, flow.data[OUTCOME])
    if flow.watched is not None:
        row = resources.get(run.tx, flow.watched)
        if row is None or functions.is_over(row):
            return _ended(run, flow, resource, row)
    return _waits(run, flow, resource)


def stop(run: Run, flow: Flow) -> None:
    """Stop what a task has begun; what has just ended is left alone."""
    resource = integrations.parse(run.state(flow)["Resource"])
    kept = flow.data.get("task")
    if resource is None or not kept or resource.pattern not in (SYNC, SYNC_JSON):
        return
    how = waited.WAITED[resource.service, resource.operation].stop
    if how is not None:
        with contextlib.suppress(AwsError):
            run.call(resource.service, *how(kept["request"], kept["made"]))


def to_be_called(found: Iterable[Flow]) -> bool:
    """Whether a flow waits for a call between two turns."""
    return any(flow.phase == CALLING and OUTCOME not in flow.data for flow in found)


def call_between(work: Work) -> None:
    """Make the calls that flows wait for; what they come to is written before the next turn."""
    with work.read() as tx:
        row = resources.get(tx, work.subject)
        if row is None:
            return
        waiting = [flow for flow in flows.of(tx, row.arn).values() if to_be_called([flow])]
        if not waiting:
            return
        role = machines.revision(tx, row.facts["revision"]).role_arn
    identity = session_identity(role, row.name[:SESSION_CHARACTERS_MAX])
    api = work.port.acting_as(identity, arns.parse(row.arn).region)
    for flow in waiting:
        kept = flow.data["task"]
        resource = integrations.parse(kept["resource"])
        assert resource is not None
        model = work.port.models.operation(resource.service, resource.operation)
        outcome: JsonDict
        try:
            answered = api(resource.service, resource.operation, shaping.request(kept["given"], model.input_shape))
            outcome = {"output": shaping.answer(answered, model.output_shape, not resource.is_sdk)}
        except AwsError as error:
            fault = failures.fault(error, resource, work.port.models)
            outcome = {"error": fault.error, "cause": fault.cause}
        except Fault as fault:
            outcome = {"error": fault.error, "cause": fault.cause}
        with work.write() as tx:
            fresh = flows.of(tx, row.arn).get(flow.number)
            if fresh is not None and fresh.phase == CALLING:
                fresh.data = {**fresh.data, OUTCOME: outcome}
                flows.write(tx, fresh)


# -- beginning ----------------------------------------------------------------------------------------------------


def _function(run: Run, flow: Flow, resource: Resource, given: Any) -> Outcome:
    text = text_of(given)
    details = {"resource": resource.arn, "input": text, "inputDetails": WHOLE, **_seconds(flow)}
    run.event(flow, "LambdaFunctionScheduled", {"lambdaFunctionScheduledEventDetails": details})
    try:
        functions.ask(run, flow, resource.arn, given)
    except AwsError as error:
        fault = Fault(f"Lambda.{error.code}", error.message)
        raise _failed(run, flow, resource, fault) from None
    run.event(flow, "LambdaFunctionStarted")
    return Waits()


def _activity(run: Run, flow: Flow, resource: Resource, given: Any) -> Outcome:
    text = text_of(given)
    row = resources.get(run.tx, resource.arn)
    details = {"resource": resource.arn, "input": text, "inputDetails": WHOLE, **_seconds(flow)}
    if row is None or row.kind != machines.ACTIVITY:
        raise Fault(RUNTIME, f"Activity Does Not Exist: '{resource.arn}'")
    run.event(flow, "ActivityScheduled", {"activityScheduledEventDetails": details})
    assert flow.token is not None
    flow.data = {**flow.data, "task": {"input": text}}
    flows.offer(run.tx, resource.arn, flow.token)
    return Waits()


def _operation(run: Run, flow: Flow, resource: Resource, given: Any) -> Outcome:
    parameters = {"parameters": text_of(given), "region": run.row.region, **_seconds(flow)}
    run.event(flow, "TaskScheduled", {"taskScheduledEventDetails": {**_named(resource), **parameters}})
    run.event(flow, "TaskStarted", {"taskStartedEventDetails": _named(resource)})
    if (resource.service, resource.operation) in REFUSED:
        why = REFUSED[resource.service, resource.operation]
        raise _failed(run, flow, resource, Fault(TASK_FAILED, f"{resource.arn} cannot be waited for here: {why}."))
    if resource.service in BETWEEN:
        flow.data = {**flow.data, "task": {"resource": resource.arn, "given": given}}
        return Calls()
    try:
        return _asked(run, flow, resource, given)
    except AwsError as error:
        fault = failures.fault(error, resource, run.work.port.models)
        raise _failed(run, flow, resource, fault) from None
    except Fault as fault:
        raise _failed(run, flow, resource, fault) from None


def _asked(run: Run, flow: Flow, resource: Resource, given: Any) -> Outcome:
    if (resource.service, resource.operation) == ("lambda", "Invoke"):
        later = functions.invoke(run, flow, given)
        if later is not None:
            return _succeeded(run, flow, resource, later)
        if resource.pattern == TOKEN:
            _submitted(run, flow, resource, {})
        return Waits()
    model = run.work.port.models.operation(resource.service, resource.operation)
    request = shaping.request(given, model.input_shape)
    made = run.call(resource.service, resource.operation, request)
    _check_entries(resource, made)
    is_waited = resource.pattern in (SYNC, SYNC_JSON)
    result = shaping.answer(made, model.output_shape, is_waited)
    if not resource.is_sdk:
        result = {**result, **METADATA}
    if is_waited:
        known = waited.WAITED[resource.service, resource.operation]
        flow.watched = known.arn(run, request, made)
        kept = {
            "request": json.loads(json.dumps(request, default=str)),
            "made": json.loads(json.dumps(made, default=str)),
        }
        flow.data = {**flow.data, "task": kept}
    if resource.pattern:
        _submitted(run, flow, resource, result)
        return Waits()
    return _succeeded(run, flow, resource, result)


def _check_entries(resource: Resource, made: JsonDict) -> None:
    """PutEvents answers what it did not take; a task that puts events fails then."""
    if resource.service == "events" and made.get("FailedEntryCount") and not resource.is_sdk:
        raise Fault("EventBridge.FailedEntry", json.dumps(made["Entries"]))


# -- ends ---------------------------------------------------------------------------------------------------------


def _told(run: Run, flow: Flow, resource: Resource, outcome: JsonDict) -> Outcome:
    """What a token's holder said, or a call between turns came to."""
    if "error" in outcome:
        raise _failed(run, flow, resource, Fault(outcome["error"] or "", outcome.get("cause") or ""))
    return _succeeded(run, flow, resource, outcome["output"])


def _ended(run: Run, flow: Flow, resource: Resource, row: Any) -> Outcome:
    try:
        if resource.kind == FUNCTION or resource.service == "lambda":
            result = functions.result(row, resource)
        elif row is None:
            raise Fault(TASK_FAILED, f"{flow.watched} is gone.")
        else:
            kept = flow.data["task"]
            result = waited.ended(run, resource, kept["request"], kept["made"])
    except AwsError as error:
        raise _failed(run, flow, resource, failures.fault(error, resource, run.work.port.models)) from None
    except Fault as fault:
        raise _failed(run, flow, resource, fault) from None
    if resource.pattern == TOKEN:
        # The function was told; the token's holder says the rest.
        flow.watched = None
        return _waits(run, flow, resource)
    return _succeeded(run, flow, resource, result)


def _waits(run: Run, flow: Flow, resource: Resource) -> Outcome:
    """Wait on, until what is waited for is late."""
    limits = _limit(run, flow)
    late = [name for name, due in limits.items() if due <= run.now]
    if not late:
        return Waits()
    stop(run, flow)
    error = TIMEOUT if "timeout" in late else HEARTBEAT
    kind = {FUNCTION: "LambdaFunctionTimedOut", ACTIVITY: "ActivityTimedOut"}.get(resource.kind, "TaskTimedOut")
    details = {"error": error, **(_named(resource) if resource.kind == OPERATION else {})}
    run.event(flow, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": details})
    raise Fault(error, "")


def _succeeded(run: Run, flow: Flow, resource: Resource, result: Any) -> Done:
    shown = {"output": text_of(result), "outputDetails": WHOLE}
    if resource.kind == FUNCTION:
        run.event(flow, "LambdaFunctionSucceeded", {"lambdaFunctionSucceededEventDetails": shown})
    elif resource.kind == ACTIVITY:
        run.event(flow, "ActivitySucceeded", {"activitySucceededEventDetails": shown})
    else:
        run.event(flow, "TaskSucceeded", {"taskSucceededEventDetails": {**_named(resource), **shown}})
    return Done(result)


def _submitted(run: Run, flow: Flow, resource: Resource, result: Any) -> None:
    details = {**_named(resource), "output": text_of(result), "outputDetails": WHOLE}
    run.event(flow, "TaskSubmitted", {"taskSubmittedEventDetails": details})


def _failed(run: Run, flow: Flow, resource: Resource, fault: Fault) -> Fault:
    """The fault, once its event is written."""
    kind = {FUNCTION: "LambdaFunctionFailed", ACTIVITY: "ActivityFailed"}.get(resource.kind, "TaskFailed")
    details = {"error": fault.error, "cause": fault.cause, **(_named(resource) if resource.kind == OPERATION else {})}
    run.event(flow, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": details})
    return fault


# -- limits -------------------------------------------------------------------------------------------------------


def _limit(run: Run, flow: Flow) -> JsonDict:
    """{which limit: when it is reached}, kept with the flow when its task begins; the flow is looked at then."""
    limits: JsonDict | None = flow.data.get("limit")
    if limits is None:
        limits = {}
        for name, member in (("timeout", "TimeoutSeconds"), ("heartbeat", "HeartbeatSeconds")):
            given = data.resolved(run, flow, member)
            if given is not None:
                limits[name] = data.seconds(given, member)
        flow.data = {**flow.data, "limit": {**limits, "began": run.now}}
        limits = flow.data["limit"]
    assert limits is not None
    dues = {}
    if "timeout" in limits:
        dues["timeout"] = limits["began"] + limits["timeout"]
    if "heartbeat" in limits:
        dues["heartbeat"] = flow.data.get(BEAT, limits["began"]) + limits["heartbeat"]
    flow.due = min(dues.values(), default=None)
    return dues


def _seconds(flow: Flow) -> JsonDict:
    limits = flow.data.get("limit") or {}
    names = {"timeout": "timeoutInSeconds", "heartbeat": "heartbeatInSeconds"}
    return {shown: int(limits[name]) for name, shown in names.items() if name in limits}


def _named(resource: Resource) -> JsonDict:
    return {"resourceType": resource.type, "resource": resource.name}
