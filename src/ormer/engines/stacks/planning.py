"""The rows of an operation: what is to be made, looked at, kept for a rollback, brought back or taken away.

Each function runs once at the beginning of a stack's status, in the transaction that notes it has run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ormer.engines.stacks.language import references
from ormer.engines.stacks.language.declarations import Declared
from ormer.engines.stacks.language.functions import Scope
from ormer.engines.stacks.standing import Standing
from ormer.stores.database import Tx
from ormer.stores.stacks import members, stacks
from ormer.stores.stacks.members import NEW, OLD, STANDS, STRAY, Member

JsonDict = dict[str, Any]
ENDED = ("DELETE_COMPLETE", "DELETE_SKIPPED")


def prepare(state: Standing) -> None:
    """Make the rows ready for the stack's status, once in each operation."""
    begun = [state.row.status, state.row.facts.get("operation", "")]
    if state.row.facts.get("prepared") == begun:
        return
    with state.write() as tx:
        PREPARATIONS[state.row.status](state, tx)
        state.remember(tx, prepared=begun)


# -- forward ------------------------------------------------------------------------------------------------------


def _towards_template(state: Standing, tx: Tx) -> None:
    """Every resource of the asked template gets a row to be made or looked at; the others are to go."""
    scope = state.scope({})
    wanted = {name: each for name, each in state.template.resources.items() if scope.holds(each.conditional)}
    kept = _kept(state, tx, wanted)
    for position, (name, declared) in enumerate(wanted.items()):
        words = _words(declared, state, scope)
        if name in kept:
            _look_at(tx, kept[name], words, position)
        else:
            row = Member(state.row.arn, name, declared.type, position, state.work.now, part=NEW, todo="create")
            row.declared = words
            state.rows.append(members.add(tx, row))


def _kept(state: Standing, tx: Tx, wanted: Mapping[str, Declared]) -> dict[str, Member]:
    """Rows that already stand for wanted resources; marks those that are to go."""
    kept: dict[str, Member] = {}
    for row in list(state.rows):
        if row.part == NEW and not row.physical_id:
            # What an earlier operation could not make is begun anew.
            members.drop(tx, row)
            state.rows.remove(row)
        elif row.part == NEW and row.logical_id in wanted:
            kept[row.logical_id] = row
        elif row.part == NEW:
            members.change(tx, row, part=STRAY, todo="")
        elif row.part == STANDS and row.logical_id in wanted:
            kept.setdefault(row.logical_id, row)
        elif row.part == STANDS:
            members.change(tx, row, part=OLD, todo="")
    for row in state.rows:
        if row.part == OLD and row.logical_id in wanted and row.logical_id not in kept:
            members.change(tx, row, part=STANDS)
            kept[row.logical_id] = row
    return kept


def _look_at(tx: Tx, row: Member, words: JsonDict, position: int) -> None:
    """Let a standing resource be compared with the template; what it was is kept for a rollback."""
    before = row.before
    if before is None and row.part == STANDS:
        before = {"properties": row.properties, "tags": row.tags, "declared": row.declared, "position": row.position}
    members.change(tx, row, todo="decide", declared=words, position=position, before=before)


def _words(declared: Declared, state: Standing, scope: Scope) -> JsonDict:
    return {
        "depends": list(references.needs(declared, state.template, scope)),
        "deletion": declared.deletion_policy,
        "replace": declared.replace_policy,
        "metadata": declared.metadata,
        "ignored": list(declared.ignored),
    }


# -- back ---------------------------------------------------------------------------------------------------------


def _back_to_nothing(state: Standing, tx: Tx) -> None:
    """A failed creation: everything that was begun goes."""
    for row in list(state.rows):
        if row.status:
            # What is under way is waited for before it is deleted.
            members.change(tx, row, todo=row.todo if row.waits else "delete")
        else:
            members.drop(tx, row)
            state.rows.remove(row)


def _back_to_before(state: Standing, tx: Tx) -> None:
    """A failed update: what was there stands again, what was changed is to be changed back, what is new waits to go."""
    skipped = state.row.facts.get("skip") or []
    for row in list(state.rows):
        if row.part in (NEW, STRAY):
            if not row.status:
                members.drop(tx, row)
                state.rows.remove(row)
            else:
                members.change(tx, row, todo="")
            continue
        before = row.before or {}
        if not before.get("touched") or row.logical_id in skipped:
            _put_back(state, tx, row)
        else:
            # A restoring that failed before begins anew.
            members.change(tx, row, part=STANDS, todo="restore", waits=False, status="UPDATE_COMPLETE")


def _put_back(state: Standing, tx: Tx, row: Member) -> None:
    """The row as it was before the operation; the resource itself was not touched."""
    before = row.before or {}
    kept = {name: before[name] for name in ("declared", "position") if name in before}
    begun = row.failed or row.status.endswith("_IN_PROGRESS")
    members.change(tx, row, part=STANDS, todo="", waits=False, before=None, **kept)
    if begun:
        state.note(tx, row, "UPDATE_COMPLETE")


# -- away ---------------------------------------------------------------------------------------------------------


def _old_goes(state: Standing, tx: Tx) -> None:
    for row in state.rows:
        if row.part in (OLD, STRAY):
            members.change(tx, row, todo="delete", waits=False)


def _new_goes(state: Standing, tx: Tx) -> None:
    for row in state.rows:
        if row.part in (NEW, STRAY):
            members.change(tx, row, todo="delete", waits=False)


def _all_go(state: Standing, tx: Tx) -> None:
    """The stack is deleted; what an operation had under way is waited for first."""
    for row in list(state.rows):
        if not row.status:
            members.drop(tx, row)
            state.rows.remove(row)
        elif row.status not in ENDED:
            # What is under way is waited for before it is deleted; what could not be deleted is tried again.
            status = "CREATE_COMPLETE" if row.status == "DELETE_FAILED" else row.status
            members.change(tx, row, part=STANDS, todo=row.todo if row.waits else "delete", status=status)


PREPARATIONS: Mapping[str, Callable[[Standing, Tx], None]] = {
    stacks.CREATE: _towards_template,
    stacks.UPDATE: _towards_template,
    stacks.ROLLBACK: _back_to_nothing,
    stacks.UPDATE_ROLLBACK: _back_to_before,
    stacks.CLEANUP: _old_goes,
    stacks.ROLLBACK_CLEANUP: _new_goes,
    stacks.DELETE: _all_go,
}
