"""Taking away: resources are deleted, each once nothing that is to go needs it any more."""

from __future__ import annotations

from collections.abc import Iterator

from ormer.aws.errors import AwsError
from ormer.aws.lifecycles import lifecycle
from ormer.engines.stacks.failures import Failure, is_absent, told
from ormer.engines.stacks.raising import TODO, why
from ormer.engines.stacks.standing import Standing
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.stacks import members, stacks
from ormer.stores.stacks.members import Member

CREATIONS = frozenset({stacks.ROLLBACK, stacks.ROLLBACK_CLEANUP})
RETAINS = "Retain"
RETAINS_EXCEPT_ON_CREATE = "RetainExceptOnCreate"


def clear_all(state: Standing) -> bool:
    """Go on as far as it goes; returns whether something is still to be waited for."""
    moved = True
    while moved:
        moved = _settle(state)
        for member in _ready(state):
            _begin(state, member)
            moved = True
    return any(row.waits for row in state.rows)


def failed(state: Standing) -> list[Member]:
    """The resources that could not be deleted."""
    return [row for row in state.rows if row.todo == "delete" and row.status == "DELETE_FAILED"]


def _ready(state: Standing) -> Iterator[Member]:
    """Resources that nothing needs which is still to go."""
    for member in list(reversed(state.rows)):
        if member.todo != "delete" or member.waits or member.status == "DELETE_FAILED":
            continue
        users = [row for row in state.rows if row is not member and (row.todo == "delete" or row.waits)]
        if not any(member.logical_id in row.depends for row in users):
            yield member


def _begin(state: Standing, member: Member) -> None:
    if not member.physical_id:
        with state.write() as tx:
            _gone(state, tx, member)
        return
    if _is_kept(state, member):
        with state.write() as tx:
            state.note(tx, member, "DELETE_SKIPPED", todo="")
            _leave(state, tx, member)
        return
    if member.status != "DELETE_IN_PROGRESS":
        with state.write() as tx:
            state.note(tx, member, "DELETE_IN_PROGRESS")
    try:
        _delete(state, member)
    except Failure as failure:
        with state.write() as tx:
            state.note(tx, member, "DELETE_FAILED", str(failure))


def _is_kept(state: Standing, member: Member) -> bool:
    """Whether a policy of the template keeps the resource, or the request that deletes the stack."""
    if member.logical_id in (state.row.facts.get("retain") or ()):
        return True
    replaced = state.row.status == stacks.CLEANUP and any(
        row.logical_id == member.logical_id and row is not member and not row.todo for row in state.rows
    )
    policy = member.declared.get("replace" if replaced else "deletion", "Delete")
    if state.row.status in CREATIONS and state.row.facts.get("retain_except_on_create"):
        return False
    return policy == RETAINS or (policy == RETAINS_EXCEPT_ON_CREATE and state.row.status not in CREATIONS)


def _delete(state: Standing, member: Member) -> None:
    """Ask for the deletion; what is gone already is as good as deleted."""
    with state.write() as tx:
        try:
            with told(), tx.connection.begin_nested():
                _ask(state, tx, member)
        except _Absent:
            pass
        kind = state.kind(member)
        row = resources.get(tx, member.arn) if kind.waits else None
        if row is None or row.status in kind.gone:
            _gone(state, tx, member)
            return
        members.change(tx, member, waits=True)
        state.watch(tx, member)


class _Absent(Exception):
    """There is no such resource."""


def _ask(state: Standing, tx: Tx, member: Member) -> None:
    try:
        state.kind(member).delete(state.site(tx, member, member.tags), state.held(member))
    except AwsError as error:
        if is_absent(error):
            raise _Absent from None
        raise


def _settle(state: Standing) -> bool:
    """Take in every resource that was waited for and has come to an end."""
    moved = False
    for member in [row for row in state.rows if row.waits]:
        with state.write() as tx:
            row, gone = resources.get(tx, member.arn), state.kind(member).gone
            if row is not None and row.status not in lifecycle(row.kind).final | gone:
                continue
            moved = True
            if member.todo in TODO:
                # It was under way when the stack's deletion was asked for.
                members.change(tx, member, todo="delete", waits=False)
            elif row is None or row.status in gone:
                _gone(state, tx, member)
            else:
                state.note(tx, member, "DELETE_FAILED", why(row), waits=False)
    return moved


def _gone(state: Standing, tx: Tx, member: Member) -> None:
    state.note(tx, member, "DELETE_COMPLETE", waits=False, todo="")
    _leave(state, tx, member)


def _leave(state: Standing, tx: Tx, member: Member) -> None:
    """A stack that goes on forgets what it no longer has; a deleted one goes on showing it."""
    if state.row.status in (stacks.CLEANUP, stacks.ROLLBACK_CLEANUP):
        members.drop(tx, member)
        state.rows.remove(member)
