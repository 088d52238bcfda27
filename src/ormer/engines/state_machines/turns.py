"""A turn: flows that are due move on, state by state, until all wait or the turn has done its share."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from ormer.aws.lifecycles import lifecycle
from ormer.engines.state_machines import data, states, tasks
from ormer.engines.state_machines.language import faults
from ormer.engines.state_machines.language.faults import Fault
from ormer.engines.state_machines.outcomes import Calls, Done, Goes, Outcome, Waits
from ormer.engines.state_machines.runs import WHOLE, Run, text_of
from ormer.stores import resources
from ormer.stores.state_machines import executions
from ormer.stores.state_machines.flows import AGAIN, CALLING, ENDED, OUTCOME, READY, WAITING, Flow

JsonDict = dict[str, Any]
# What one turn does at most; others may write in between.
MOVES_MAX = 50
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
INTERVAL_SECONDS, ATTEMPTS, BACKOFF = 1, 3, 2.0
# What a flow's data keeps from one state to the next.
LASTING = ("variables", "map")


class Turn:
    """Moves a run's flows on."""

    def __init__(self, run: Run) -> None:
        self.run = run
        # Whether what is watched has ended, as this turn found it: what ends later wakes the execution again.
        self._over: dict[str, bool] = {}

    def go(self) -> bool:
        """Move on what is due. Returns whether nothing is left to be done now."""
        if self._is_late():
            return True
        for _ in range(MOVES_MAX):
            flow = next(self._due(), None)
            if flow is None:
                return True
            self._move(flow)
            if self.run.ended:
                return True
        return False

    def next_due(self) -> float | None:
        """The calendar's time of whatever comes due first; None where nothing does."""
        dues = [flow.due for flow in self.run.flows.values() if flow.due is not None]
        limit = self._limit()
        return min([*dues, *([limit] if limit is not None else [])], default=None)

    # -- what is due ----------------------------------------------------------------------------------------------

    def _due(self) -> Iterator[Flow]:
        return (flow for flow in list(self.run.flows.values()) if self._is_due(flow))

    def _is_due(self, flow: Flow) -> bool:
        late = flow.due is not None and flow.due <= self.run.now
        if flow.phase == READY or OUTCOME in flow.data:
            return flow.phase in (READY, WAITING, CALLING)
        if flow.phase == AGAIN:
            return flow.due is None or late
        if flow.phase != WAITING:
            return False
        return late or self._has_ended(flow) or flow.data.get("joins", False)

    def _has_ended(self, flow: Flow) -> bool:
        if flow.watched is None:
            return False
        if flow.watched not in self._over:
            row = resources.get(self.run.tx, flow.watched)
            self._over[flow.watched] = row is None or row.status in lifecycle(row.kind).final
        return self._over[flow.watched]

    def _limit(self) -> float | None:
        given = self.run.machine.get("TimeoutSeconds")
        return None if given is None else float(self.run.row.document["startDate"]) + float(given)

    def _is_late(self) -> bool:
        limit = self._limit()
        if limit is None or self.run.now < limit:
            return False
        self._end(executions.TIMED_OUT, self.run.flows[0], {})
        return True

    # -- moving ---------------------------------------------------------------------------------------------------

    def _move(self, flow: Flow) -> None:
        try:
            if flow.phase == READY:
                self._enter(flow)
                outcome = states.begin(self.run, flow)
            elif flow.phase == AGAIN:
                flow.due = None
                outcome = states.begin(self.run, flow)
            else:
                flow.data = {name: value for name, value in flow.data.items() if name != "joins"}
                outcome = states.look(self.run, flow)
            self._settle(flow, outcome)
        except Fault as fault:
            self._fail(flow, fault)

    def _enter(self, flow: Flow) -> None:
        if flow.number == 0 and flow.event == 1:
            flow.data = {"input": json.loads(self.run.row.document["input"])}
        kept = {name: flow.data[name] for name in LASTING if name in flow.data}
        flow.data = {**kept, "input": flow.data["input"], "entered": self.run.now}
        details = {"name": flow.state, "input": text_of(flow.data["input"]), "inputDetails": WHOLE}
        kind = self.run.state(flow)["Type"]
        self.run.event(flow, f"{kind}StateEntered", {"stateEnteredEventDetails": details})

    def _settle(self, flow: Flow, outcome: Outcome) -> None:
        if isinstance(outcome, Waits | Calls):
            flow.phase = CALLING if isinstance(outcome, Calls) else WAITING
            if flow.watched is not None:
                resources.watch(self.run.tx, flow.watched, self.run.work.task.kind, self.run.row.arn)
            self.run.keep(flow)
            return
        self._let_go(flow)
        if isinstance(outcome, Done):
            output, assigned = data.output(self.run, flow, outcome.result)
            state = self.run.state(flow)
            self._leave(flow, output, assigned, None if state.get("End") else state.get("Next"))
        else:
            assert isinstance(outcome, Goes)
            self._leave(flow, outcome.output, outcome.assigned, outcome.to)

    def _leave(self, flow: Flow, output: Any, assigned: JsonDict, to: str | None) -> None:
        """Exit the flow's state, to another one or to the flow's end."""
        kind = self.run.state(flow)["Type"]
        details: JsonDict = {"name": flow.state, "output": text_of(output), "outputDetails": WHOLE}
        if assigned:
            shown = {name: text_of(value) for name, value in assigned.items()}
            details |= {"assignedVariables": shown, "assignedVariablesDetails": WHOLE}
        self.run.event(flow, f"{kind}StateExited", {"stateExitedEventDetails": details})
        variables = {**(flow.data.get("variables") or {}), **assigned}
        kept = {name: flow.data[name] for name in LASTING if name in flow.data}
        if to is not None:
            flow.state, flow.phase = to, READY
            flow.data = {**kept, "variables": variables, "input": output}
            self.run.keep(flow)
        elif flow.parent is None:
            self._end(executions.SUCCEEDED, flow, {"output": text_of(output)})
        else:
            self._end_below(flow, output)

    def _end_below(self, flow: Flow, output: Any) -> None:
        """A branch or an item has come to its end: the state above looks whether it was the last."""
        assert flow.parent is not None
        above = self.run.flows[flow.parent]
        if self.run.state(above)["Type"] == "Map":
            details = {"name": above.state, "index": flow.position}
            self.run.event(flow, "MapIterationSucceeded", {"mapIterationSucceededEventDetails": details})
        flow.phase, flow.data = ENDED, {"output": output}
        self.run.keep(flow)
        # Its events come behind those of what it waited for.
        above.event = flow.event
        above.data = {**above.data, "joins": True}
        self.run.keep(above)

    # -- failing --------------------------------------------------------------------------------------------------

    def _fail(self, flow: Flow, fault: Fault) -> None:
        """A state has failed: it is tried again, its error is caught, or what it belongs to fails."""
        self._abort_below(flow)
        self._let_go(flow)
        state = self.run.state(flow)
        try:
            if self._retried(flow, state, fault):
                return
            for rule in state.get("Catch", ()):
                if faults.matches(rule["ErrorEquals"], fault.error):
                    output, assigned = data.caught(self.run, flow, rule, fault)
                    self._leave(flow, output, assigned, rule["Next"])
                    return
        except Fault as another:
            fault = another
        self._propagate(flow, fault)

    def _retried(self, flow: Flow, state: JsonDict, fault: Fault) -> bool:
        for index, rule in enumerate(state.get("Retry", ())):
            if not faults.matches(rule["ErrorEquals"], fault.error):
                continue
            counts: JsonDict = flow.data.get("retries") or {}
            count = counts.get(str(index), 0)
            if count >= rule.get("MaxAttempts", ATTEMPTS):
                return False
            pause = rule.get("IntervalSeconds", INTERVAL_SECONDS) * rule.get("BackoffRate", BACKOFF) ** count
            pause = min(pause, rule.get("MaxDelaySeconds", pause))
            if rule.get("JitterStrategy") == "FULL":
                pause = random.uniform(0, pause)
            retried = flow.data.get("retried", 0) + 1
            flow.data = {**flow.data, "retries": {**counts, str(index): count + 1}, "retried": retried}
            flow.phase, flow.due = AGAIN, self.run.now + pause
            self.run.keep(flow)
            return True
        return False

    def _propagate(self, flow: Flow, fault: Fault) -> None:
        if flow.parent is None:
            self._end(executions.FAILED, flow, {"error": fault.error or None, "cause": fault.cause or None})
            return
        above = self.run.flows[flow.parent]
        if self.run.state(above)["Type"] == "Map":
            details = {"name": above.state, "index": flow.position}
            self.run.event(flow, "MapIterationFailed", {"mapIterationFailedEventDetails": details})
            above.event = flow.event
            self.run.event(above, "MapStateFailed")
        else:
            above.event = flow.event
            self.run.event(above, "ParallelStateFailed")
        self._fail(above, fault)

    def _abort_below(self, flow: Flow) -> None:
        for each in self.run.children(flow):
            self._abort_below(each)
            self.abort(each)
            self.run.drop(each)

    def abort(self, flow: Flow) -> None:
        """Stop what a flow's state has begun."""
        if flow.phase == WAITING and self.run.state(flow)["Type"] == "Task":
            tasks.stop(self.run, flow)

    def _let_go(self, flow: Flow) -> None:
        """The flow waits for nothing any more."""
        flow.due = flow.watched = flow.token = None
        flow.data = {
            name: value for name, value in flow.data.items() if name not in (OUTCOME, "task", "beat", "limit", "joins")
        }

    # -- the end --------------------------------------------------------------------------------------------------

    def _end(self, status: str, flow: Flow, details: JsonDict) -> None:
        """End the execution; what runs below is stopped."""
        for each in list(self.run.flows.values()):
            self.abort(each)
            self.run.drop(each)
        executions.end(self.run.tx, self.run.row, status, flow.event, details, self.run.now)
        self.run.ended = True
