"""One turn's view of an execution: its row, its definition, its flows, and what is written with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ormer.aws import arns
from ormer.aws.clock import iso_seconds
from ormer.aws.identities import session_identity
from ormer.engines.state_machines.language import definitions
from ormer.engines.state_machines.language.faults import DATA_LIMIT, RUNTIME, Fault
from ormer.engines.state_machines.language.paths import Data
from ormer.engines.work import Work
from ormer.stores.database import Tx
from ormer.stores.port import Api
from ormer.stores.resources import Row
from ormer.stores.state_machines import flows, history
from ormer.stores.state_machines.flows import Flow
from ormer.stores.state_machines.machines import Revision

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
EVENTS_MAX, DATA_BYTES_MAX = 25_000, 262_144
SESSION_CHARACTERS_MAX = 64
WHOLE = {"truncated": False}


@dataclass
class Run:
    """Flows in memory are those in the database: every change writes both."""

    work: Work
    tx: Tx
    row: Row
    revision: Revision
    machine: JsonDict
    flows: dict[int, Flow]
    events: int
    ended: bool = False
    _numbers: list[int] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.work.now

    @property
    def api(self) -> Api:
        """The port as the state machine's role."""
        identity = session_identity(self.revision.role_arn, self.row.name[:SESSION_CHARACTERS_MAX])
        return self.work.port.acting_as(identity, arns.parse(self.row.arn).region)

    def call(self, service: str, operation: str, params: JsonDict) -> JsonDict:
        """Call an operation in the turn's transaction; a refused call leaves nothing behind."""
        with self.tx.connection.begin_nested():
            return self.api(service, operation, params)

    # -- flows ----------------------------------------------------------------------------------------------------

    def states(self, flow: Flow) -> JsonDict:
        """The state machine, or the inner one, that a flow goes through."""
        return definitions.scoped(self.machine, flow.scope)

    def state(self, flow: Flow) -> JsonDict:
        found: JsonDict = self.states(flow)["States"][flow.state]
        return found

    def language(self, flow: Flow) -> str:
        return definitions.language_of(self.machine, self.state(flow))

    def children(self, flow: Flow) -> list[Flow]:
        """The flows below a flow, in the order of their branches or items."""
        found = [each for each in self.flows.values() if each.parent == flow.number]
        return sorted(found, key=lambda each: each.position)

    def spawn(self, parent: Flow, position: int, branch: int, data: JsonDict) -> Flow:
        """A new flow below a flow, at the start of one of its state's inner state machines."""
        scope = [*parent.scope, [parent.state, branch]]
        start = definitions.scoped(self.machine, scope)["StartAt"]
        number = max(self.flows) + 1
        flow = Flow(self.row.arn, number, parent.number, position, scope, start, flows.READY, parent.event, data=data)
        flows.insert(self.tx, flow)
        self.flows[number] = flow
        return flow

    def keep(self, flow: Flow) -> None:
        flows.write(self.tx, flow)

    def drop(self, flow: Flow) -> None:
        flows.remove(self.tx, self.row.arn, flow.number)
        self.flows.pop(flow.number, None)

    # -- events ---------------------------------------------------------------------------------------------------

    def event(self, flow: Flow, kind: str, details: JsonDict | None = None) -> int:
        """Append an event behind the flow's last one. Raises Fault when there are too many."""
        if self.events >= EVENTS_MAX - 1:
            raise Fault(RUNTIME, f"The execution reached the maximum number of history events ({EVENTS_MAX}).")
        self.events += 1
        history.write(self.tx, self.row.arn, self.events, flow.event, kind, details or {}, self.now)
        flow.event = self.events
        return self.events

    # -- data -----------------------------------------------------------------------------------------------------

    def context(self, flow: Flow) -> JsonDict:
        """The context object. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
        document, data = self.row.document, flow.data
        found: JsonDict = {
            "Execution": {
                "Id": self.row.arn,
                "Input": json.loads(document["input"]),
                "Name": self.row.name,
                "RoleArn": self.revision.role_arn,
                "StartTime": stamp(document["startDate"]),
                "RedriveCount": document.get("redriveCount", 0),
            },
            "StateMachine": {
                "Id": document["stateMachineArn"],
                "Name": document["stateMachineArn"].rpartition(":")[2],
            },
            "State": {
                "Name": flow.state,
                "EnteredTime": stamp(data.get("entered", self.now)),
                "RetryCount": data.get("retried", 0),
            },
        }
        if data.get("map"):
            found["Map"] = {"Item": data["map"]}
        if flow.token:
            found["Task"] = {"Token": flow.token}
        return found

    def view(self, flow: Flow, value: Any) -> Data:
        """What a JSONPath state's paths lead into."""
        return Data(value, self.context(flow), flow.data.get("variables") or {})


def stamp(seconds: float) -> str:
    """A time as the context object writes it."""
    return f"{iso_seconds(seconds).removesuffix('Z')}.{int(seconds * 1000) % 1000:03d}Z"


def text_of(value: Any) -> str:
    """A value as JSON. Raises Fault for one that is too long to be handed on."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > DATA_BYTES_MAX:
        raise Fault(
            DATA_LIMIT,
            "The state/task returned a result with a size exceeding the maximum number of bytes service limit.",
        )
    return text
