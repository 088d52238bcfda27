"""The types of states but for Task: what beginning each means, and what looking at one that waits.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ormer.engines.state_machines import data, tasks
from ormer.engines.state_machines.language import choices, expressions, templates
from ormer.engines.state_machines.language.definitions import JSONATA
from ormer.engines.state_machines.language.faults import NO_CHOICE, RUNTIME, Fault
from ormer.engines.state_machines.outcomes import Done, Goes, Outcome, Waits
from ormer.engines.state_machines.runs import Run
from ormer.stores.state_machines.flows import ENDED, Flow

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
CONCURRENCY_DEFAULT = 40


def begin(run: Run, flow: Flow) -> Outcome:
    """Begin an attempt of the flow's state. Raises Fault."""
    return BEGINNINGS[run.state(flow)["Type"]](run, flow)


def look(run: Run, flow: Flow) -> Outcome:
    """What has become of a state that waits. Raises Fault."""
    return LOOKS[run.state(flow)["Type"]](run, flow)


# -- states that wait for nothing ---------------------------------------------------------------------------------


def _pass(run: Run, flow: Flow) -> Outcome:
    state = run.state(flow)
    if "Result" in state:
        return Done(state["Result"])
    return Done(flow.data["input"] if run.language(flow) == JSONATA else data.arguments(run, flow))


def _succeed(run: Run, flow: Flow) -> Outcome:
    return Done(data.effective(run, flow))


def _fail(run: Run, flow: Flow) -> Outcome:
    state = run.state(flow)
    if run.language(flow) == JSONATA:
        told = [data.evaluated(run, flow, name) if name in state else "" for name in ("Error", "Cause")]
        raise Fault(*map(str, told))
    view = run.view(flow, flow.data["input"])
    told = [
        templates.value(state[f"{name}Path"], view) if state.get(f"{name}Path") else state.get(name, "")
        for name in ("Error", "Cause")
    ]
    if not all(isinstance(each, str) for each in told):
        raise Fault(RUNTIME, "ErrorPath and CausePath must lead to texts.")
    raise Fault(*told)


def _choice(run: Run, flow: Flow) -> Outcome:
    state = run.state(flow)
    for rule in state["Choices"]:
        if _holds(run, flow, rule):
            return Goes(rule["Next"], *data.chosen(run, flow, rule))
    if "Default" not in state:
        raise Fault(NO_CHOICE, "No choice matched, and no default was specified.")
    return Goes(state["Default"], *data.chosen(run, flow, {}))


def _holds(run: Run, flow: Flow, rule: JsonDict) -> bool:
    if run.language(flow) != JSONATA:
        return choices.holds(rule, run.view(flow, data.effective(run, flow)))
    condition = rule["Condition"]
    if not expressions.is_expression(condition):
        return condition is True
    found = data.evaluated(run, flow, "Condition", rule=rule)
    if not isinstance(found, bool):
        raise Fault(
            "States.QueryEvaluationError", f"The condition '{condition}' came out as {found}, neither true nor false."
        )
    return found


# -- waiting ------------------------------------------------------------------------------------------------------


def _wait(run: Run, flow: Flow) -> Outcome:
    moment = data.resolved(run, flow, "Timestamp")
    if moment is not None:
        due = choices.moment(moment)
        if due is None:
            raise Fault(RUNTIME, f"The value of Timestamp is no time in ISO 8601 with a zone: {moment}")
    else:
        due = run.now + data.seconds(data.resolved(run, flow, "Seconds"), "Seconds")
    flow.due = due
    return _waited(run, flow)


def _waited(run: Run, flow: Flow) -> Outcome:
    if flow.due is not None and flow.due > run.now:
        return Waits()
    flow.due = None
    return Done(data.effective(run, flow))


# -- states with flows below them ---------------------------------------------------------------------------------


def _parallel(run: Run, flow: Flow) -> Outcome:
    given = data.arguments(run, flow)
    run.event(flow, "ParallelStateStarted")
    for branch in range(len(run.state(flow)["Branches"])):
        run.spawn(flow, branch, branch, _below(flow, given))
    return Waits()


def _joined(run: Run, flow: Flow) -> Outcome:
    below = run.children(flow)
    if any(each.phase != ENDED for each in below):
        return Waits()
    results = [each.data["output"] for each in below]
    for each in below:
        run.drop(each)
    run.event(flow, "ParallelStateSucceeded")
    return Done(results)


def _map(run: Run, flow: Flow) -> Outcome:
    items = _items(run, flow)
    flow.data = {**flow.data, "items": items, "begun": 0, "results": [None] * len(items)}
    run.event(flow, "MapStateStarted", {"mapStateStartedEventDetails": {"length": len(items)}})
    return _mapped(run, flow)


def _mapped(run: Run, flow: Flow) -> Outcome:
    """Begin as many items as may run at once; what has ended is put in its place."""
    kept, items = flow.data, flow.data["items"]
    running = 0
    for each in run.children(flow):
        if each.phase == ENDED:
            kept["results"][each.position] = each.data["output"]
            run.drop(each)
        else:
            running += 1
    most = _concurrency(run, flow)
    while kept["begun"] < len(items) and running < most:
        _iterate(run, flow, kept["begun"])
        kept["begun"] += 1
        running += 1
    if running:
        return Waits()
    run.event(flow, "MapStateSucceeded")
    results = kept["results"]
    flow.data = {name: value for name, value in kept.items() if name not in ("items", "begun", "results")}
    return Done(results)


def _iterate(run: Run, flow: Flow, index: int) -> None:
    state, item = run.state(flow), flow.data["items"][index]
    item_of = {"Index": index, "Value": item}
    outer = flow.data
    flow.data = {**outer, "map": item_of}
    try:
        given = item
        selector = state.get("ItemSelector")
        if run.language(flow) == JSONATA:
            given = data.evaluated(run, flow, "ItemSelector") if selector is not None else item
        elif selector is not None or "Parameters" in state:
            template = state["Parameters"] if selector is None else selector
            given = templates.filled(template, run.view(flow, data.effective(run, flow)))
    finally:
        flow.data = outer
    details = {"name": flow.state, "index": index}
    started = run.spawn(flow, index, 0, {**_below(flow, given), "map": item_of})
    run.event(started, "MapIterationStarted", {"mapIterationStartedEventDetails": details})
    run.keep(started)


def _items(run: Run, flow: Flow) -> list[Any]:
    state = run.state(flow)
    if run.language(flow) == JSONATA:
        items = data.evaluated(run, flow, "Items") if "Items" in state else flow.data["input"]
    else:
        value = data.effective(run, flow)
        items = templates.value(state["ItemsPath"], run.view(flow, value)) if "ItemsPath" in state else value
    if not isinstance(items, list):
        raise Fault(RUNTIME, f"The items of the Map state '{flow.state}' are no array: {str(items)[:200]}")
    return items


def _concurrency(run: Run, flow: Flow) -> int:
    given = data.resolved(run, flow, "MaxConcurrency")
    return int(given) if isinstance(given, int | float) and given > 0 else CONCURRENCY_DEFAULT


def _below(flow: Flow, given: Any) -> JsonDict:
    """The data of a flow below: its input, and the variables it may read."""
    kept = {name: flow.data[name] for name in ("map",) if name in flow.data}
    return {**kept, "input": given, "variables": dict(flow.data.get("variables") or {})}


BEGINNINGS: dict[str, Callable[[Run, Flow], Outcome]] = {
    "Pass": _pass,
    "Succeed": _succeed,
    "Fail": _fail,
    "Choice": _choice,
    "Wait": _wait,
    "Task": tasks.begin,
    "Parallel": _parallel,
    "Map": _map,
}
LOOKS: dict[str, Callable[[Run, Flow], Outcome]] = {
    "Wait": _waited,
    "Task": tasks.look,
    "Parallel": _joined,
    "Map": _mapped,
}
