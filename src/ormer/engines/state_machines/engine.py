"""Moves one execution on as far as it goes: the task "state_machine_execution", whose subject is its ARN."""

from __future__ import annotations

from ormer.engines.state_machines import tasks
from ormer.engines.state_machines.language import definitions
from ormer.engines.state_machines.language.faults import RUNTIME
from ormer.engines.state_machines.runs import Run
from ormer.engines.state_machines.turns import Turn
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.state_machines import executions, flows, history, machines

CAUSE_CHARACTERS_MAX = 32_768


def run(work: Work) -> Again | None:
    """Move the execution on. Returns None when it is over, else when to look again."""
    while True:
        tasks.call_between(work)
        with work.write() as tx:
            state = _loaded(work, tx)
            if state is None:
                work.let_go(tx, None)
                return None
            turn = Turn(state)
            if state.row.status in executions.FINAL:
                _clear(state, turn)
                work.let_go(tx, None)
                return None
            if turn.go() and not tasks.to_be_called(state.flows.values()):
                again = None if state.ended else Again(at=turn.next_due())
                work.let_go(tx, again)
                return again


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail an execution whose task raises again and again; see `work.Ending`."""
    row = resources.get(tx, work.subject)
    if row is None or row.status in executions.FINAL:
        return False
    previous = history.last(tx, row.arn)
    told = {"error": RUNTIME, "cause": reason[:CAUSE_CHARACTERS_MAX]}
    executions.end(tx, row, executions.FAILED, previous, told, work.now)
    return True


def _loaded(work: Work, tx: Tx) -> Run | None:
    row = resources.get(tx, work.subject)
    if row is None:
        return None
    revision = machines.revision(tx, row.facts["revision"])
    machine = definitions.read(revision.definition)
    last = history.last(tx, row.arn)
    return Run(work, tx, row, revision, machine, flows.of(tx, row.arn), last)


def _clear(state: Run, turn: Turn) -> None:
    """Stop what an execution has begun that somebody else has ended."""
    for flow in list(state.flows.values()):
        turn.abort(flow)
        state.drop(flow)
