"""A state's input and output, by the query language that it speaks.

JSONPath: InputPath, Parameters, ResultSelector, ResultPath, OutputPath. JSONata: Arguments, Assign, Output.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.state_machines.language import expressions, paths, templates
from ormer.engines.state_machines.language.definitions import JSONATA
from ormer.engines.state_machines.language.faults import RUNTIME, Fault
from ormer.engines.state_machines.runs import Run
from ormer.stores.state_machines.flows import Flow

JsonDict = dict[str, Any]
# Whose result is more than its input.
RESULTING = frozenset(("Task", "Parallel", "Map"))


def effective(run: Run, flow: Flow) -> Any:
    """What a state works on: its input, cut by InputPath."""
    value, state = flow.data["input"], run.state(flow)
    if run.language(flow) == JSONATA or "InputPath" not in state:
        return value
    if state["InputPath"] is None:
        return {}
    return paths.read(state["InputPath"], run.view(flow, value))


def arguments(run: Run, flow: Flow) -> Any:
    """What a state hands to what it asks: Parameters or Arguments, or its input where neither stands."""
    state = run.state(flow)
    if run.language(flow) == JSONATA:
        return evaluated(run, flow, "Arguments") if "Arguments" in state else flow.data["input"]
    value = effective(run, flow)
    return templates.filled(state["Parameters"], run.view(flow, value)) if "Parameters" in state else value


def evaluated(run: Run, flow: Flow, member: str, more: JsonDict | None = None, rule: JsonDict | None = None) -> Any:
    """A member of a JSONata state (or of one of its rules) with its expressions evaluated. more: of `$states`."""
    states = {"input": flow.data["input"], "context": run.context(flow), **(more or {})}
    template = (run.state(flow) if rule is None else rule)[member]
    return expressions.filled(template, states, flow.data.get("variables") or {}, f"{flow.state}/{member}")


def resolved(run: Run, flow: Flow, member: str) -> Any:
    """A member that is written as it is, as `…Path`, or as an expression; None where it is not."""
    state = run.state(flow)
    if run.language(flow) == JSONATA:
        return evaluated(run, flow, member) if member in state else None
    if state.get(f"{member}Path"):
        return templates.value(state[f"{member}Path"], run.view(flow, effective(run, flow)))
    return state.get(member)


def output(run: Run, flow: Flow, result: Any) -> tuple[Any, JsonDict]:
    """(a state's output, the variables it assigns) of its result."""
    state = run.state(flow)
    has_result = state["Type"] in RESULTING
    if run.language(flow) == JSONATA:
        more = {"result": result} if has_result else {}
        assigned = evaluated(run, flow, "Assign", more) if "Assign" in state else {}
        return (evaluated(run, flow, "Output", more) if "Output" in state else result), assigned
    if has_result and "ResultSelector" in state:
        result = templates.filled(state["ResultSelector"], run.view(flow, result))
    assigned = templates.filled(state["Assign"], run.view(flow, result)) if "Assign" in state else {}
    combined = result
    if "ResultPath" in state and (has_result or state["Type"] == "Pass"):
        where = state["ResultPath"]
        combined = flow.data["input"] if where is None else paths.placed(where, flow.data["input"], result)
    return _cut(run, flow, state, combined), assigned


def caught(run: Run, flow: Flow, rule: JsonDict, fault: Fault) -> tuple[Any, JsonDict]:
    """(what the state that catches an error gets, the variables that are assigned)."""
    told = {"Error": fault.error, "Cause": fault.cause}
    if run.language(flow) == JSONATA:
        more = {"errorOutput": told}
        assigned = evaluated(run, flow, "Assign", more, rule) if "Assign" in rule else {}
        return (evaluated(run, flow, "Output", more, rule) if "Output" in rule else told), assigned
    assigned = templates.filled(rule["Assign"], run.view(flow, told)) if "Assign" in rule else {}
    where = rule.get("ResultPath", "$")
    given = flow.data["input"]
    return (given if where is None else paths.placed(where, given, told)), assigned


def chosen(run: Run, flow: Flow, rule: JsonDict) -> tuple[Any, JsonDict]:
    """(a choice's output, the variables that it assigns), by its rule or, where none held, by its own members."""
    state = run.state(flow)
    of = rule if rule else state
    if run.language(flow) == JSONATA:
        assigned = evaluated(run, flow, "Assign", rule=of) if "Assign" in of else {}
        shape = rule if "Output" in rule else state
        return (evaluated(run, flow, "Output", rule=shape) if "Output" in shape else flow.data["input"]), assigned
    value = effective(run, flow)
    assigned = templates.filled(of["Assign"], run.view(flow, value)) if "Assign" in of else {}
    return _cut(run, flow, state, value), assigned


def seconds(value: Any, what: str) -> float:
    """A number of seconds. Raises Fault for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Fault(RUNTIME, f"The value of {what} is no number of seconds: {value}")
    return float(value)


def _cut(run: Run, flow: Flow, state: JsonDict, value: Any) -> Any:
    if "OutputPath" not in state:
        return value
    return {} if state["OutputPath"] is None else paths.read(state["OutputPath"], run.view(flow, value))
