"""Moves one stack on as far as it goes: the task "stack", whose subject is the stack's id.

Each status that is under way has a direction; the statuses on this page follow each other as CloudFormation's do.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ormer.aws.lifecycles import lifecycle
from ormer.engines.stacks import clearing, outcomes, planning, raising
from ormer.engines.stacks.failures import Failure
from ormer.engines.stacks.standing import Moved, Standing
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stacks import exports, stacks
from ormer.stores.stacks.exports import ExportFault
from ormer.stores.stacks.members import Member

JsonDict = dict[str, Any]
ON_REQUEST = "Rollback requested by user."
# Where a stack comes to that cannot be moved on. What a cleanup leaves is superfluous, not missing.
GIVEN_UP: Mapping[str, str] = {
    stacks.CREATE: "CREATE_FAILED",
    stacks.UPDATE: "UPDATE_FAILED",
    stacks.ROLLBACK: "ROLLBACK_FAILED",
    stacks.UPDATE_ROLLBACK: "UPDATE_ROLLBACK_FAILED",
    stacks.CLEANUP: "UPDATE_COMPLETE",
    stacks.ROLLBACK_CLEANUP: "UPDATE_ROLLBACK_COMPLETE",
    stacks.DELETE: "DELETE_FAILED",
}


def run(work: Work) -> Again | None:
    """Move the stack on. Returns None when its status is final, else when to look again."""
    while True:
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(row.kind).final:
            return None
        try:
            state = Standing(work, row)
            planning.prepare(state)
            waiting = DIRECTIONS[row.status](state)
        except Moved:
            continue
        if waiting:
            return _wait(row)


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail a stack whose task raises again and again; its resources stay as they are. See `work.Ending`."""
    row = resources.get(tx, work.subject)
    if row is None or row.status in lifecycle(row.kind).final:
        return False
    stacks.advance(tx, row, GIVEN_UP[row.status], now=work.now, reason=reason)
    return True


def _wait(row: Row) -> Again:
    """Wait for a resource's change, and no longer than the creation may take."""
    minutes = row.document.get("TimeoutInMinutes")
    return Again(at=row.created + 60 * minutes) if minutes and row.status == stacks.CREATE else Again()


# -- directions: each returns whether something is to be waited for -------------------------------------------------


def _create(state: Standing) -> bool:
    waiting = raising.raise_all(state, _is_late(state))
    if _is_late(state):
        _creation_failed(state, "Stack creation time exceeded the specified timeout. ")
        return False
    if waiting:
        return True
    broken = raising.failed(state)
    if broken:
        _creation_failed(state, f"The following resource(s) failed to create: [{_named(broken)}]. ")
        return False
    try:
        with state.write() as tx:
            change = outcomes.commit(state, tx)
            state.advance(tx, "CREATE_COMPLETE", change=change, **outcomes.in_force(state))
    except Failure as failure:
        _creation_failed(state, f"{failure} ")
    return False


def _is_late(state: Standing) -> bool:
    minutes = state.row.document.get("TimeoutInMinutes")
    return minutes is not None and state.work.now >= state.row.created + 60 * minutes


def _creation_failed(state: Standing, reason: str) -> None:
    """Go the way that OnFailure names."""
    way = state.row.facts.get("on_failure", "ROLLBACK")
    with state.write() as tx:
        if way == "DO_NOTHING":
            state.advance(tx, "CREATE_FAILED", reason.strip())
        elif way == "DELETE":
            state.advance(tx, stacks.DELETE, f"{reason}Delete requested by user.")
        else:
            state.advance(tx, stacks.ROLLBACK, f"{reason}{ON_REQUEST}")


def _update(state: Standing) -> bool:
    cancelled = bool(state.row.facts.get("cancel"))
    if raising.raise_all(state, cancelled):
        return True
    broken = raising.failed(state)
    if cancelled or broken:
        reason = "" if cancelled else _update_reason(broken)
        _update_failed(state, reason)
        return False
    try:
        with state.write() as tx:
            change = outcomes.commit(state, tx)
            facts = outcomes.in_force(state)
            state.advance(tx, stacks.CLEANUP, change={**change, "LastUpdatedTime": state.work.now}, **facts)
    except Failure as failure:
        _update_failed(state, str(failure))
    return False


def _update_reason(broken: Iterable[Member]) -> str:
    made = [row for row in broken if row.status == "CREATE_FAILED"]
    changed = [row for row in broken if row.status != "CREATE_FAILED"]
    parts = [f"The following resource(s) failed to create: [{_named(made)}]."] if made else []
    parts += [f"The following resource(s) failed to update: [{_named(changed)}]."] if changed else []
    return " ".join(parts)


def _update_failed(state: Standing, reason: str) -> None:
    with state.write() as tx:
        if state.row.facts.get("on_failure") == "DO_NOTHING" and not state.row.facts.get("cancel"):
            state.advance(tx, "UPDATE_FAILED", reason)
        else:
            state.advance(tx, stacks.UPDATE_ROLLBACK, reason)


def _rollback(state: Standing) -> bool:
    return _cleared(state, "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


def _update_rollback(state: Standing) -> bool:
    if raising.raise_all(state, is_stopped=False):
        return True
    broken = raising.failed(state)
    with state.write() as tx:
        if broken:
            reason = f"The following resource(s) failed to update: [{_named(broken)}]."
            state.advance(tx, "UPDATE_ROLLBACK_FAILED", reason)
        else:
            state.advance(tx, stacks.ROLLBACK_CLEANUP, asked=None, coming=None, cancel=None, skip=None)
    return False


def _cleanup(state: Standing) -> bool:
    return _cleared(state, "UPDATE_COMPLETE", "UPDATE_COMPLETE")


def _rollback_cleanup(state: Standing) -> bool:
    return _cleared(state, "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


def _delete(state: Standing) -> bool:
    try:
        with state.work.read() as tx:
            exports.check_unused(tx, state.row)
    except ExportFault as fault:
        with state.write() as tx:
            state.advance(tx, "DELETE_FAILED", str(fault))
        return False
    return _cleared(state, stacks.GONE, "DELETE_FAILED")


def _cleared(state: Standing, done: str, undone: str) -> bool:
    """Delete what is to go; the stack comes to `done`, or to `undone` when something could not be deleted."""
    if clearing.clear_all(state):
        return True
    broken = clearing.failed(state)
    with state.write() as tx:
        if broken:
            reason = f"The following resource(s) failed to delete: [{_named(broken)}]. "
            outcomes.let_go(state, tx, undone)
            state.advance(tx, undone, reason)
            return False
        change: JsonDict = {}
        if done == stacks.GONE:
            exports.forget(tx, state.row)
            stacks.drop_change_sets(tx, state.row)
            change = {"DeletionTime": state.work.now}
        state.advance(tx, done, change=change)
        stacks.drop_unasked(tx, state.row)
    return False


def _named(rows: Iterable[Member]) -> str:
    return ", ".join(dict.fromkeys(row.logical_id for row in rows))


DIRECTIONS: Mapping[str, Callable[[Standing], bool]] = {
    stacks.CREATE: _create,
    stacks.UPDATE: _update,
    stacks.ROLLBACK: _rollback,
    stacks.UPDATE_ROLLBACK: _update_rollback,
    stacks.CLEANUP: _cleanup,
    stacks.ROLLBACK_CLEANUP: _rollback_cleanup,
    stacks.DELETE: _delete,
}
