"""An operation that has succeeded: outputs and exports, and what was asked for is from now on what is in force."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks import scopes
from ormer.engines.stacks.failures import Failure, told
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.standing import Standing
from ormer.stores import tagging
from ormer.stores.database import Tx
from ormer.stores.stacks import exports, members
from ormer.stores.stacks.exports import ExportFault
from ormer.stores.stacks.members import NEW, OLD, STANDS

JsonDict = dict[str, Any]


def commit(state: Standing, tx: Tx) -> JsonDict:
    """Make the operation's result what stands. Returns the change of the stack's document.

    Raises Failure when an output does not come out or an export is in the way.
    """
    assert state.asked is not None
    with told():
        outputs = _outputs(state)
    try:
        exports.put(tx, state.row, {one["ExportName"]: one["OutputValue"] for one in outputs if "ExportName" in one})
    except ExportFault as fault:
        raise Failure(str(fault)) from None
    exports.put_imports(tx, state.row, tuple(sorted(_imported(state))))
    for row in state.rows:
        if row.part == OLD and row.before is not None:
            words = {**row.before["declared"], "replace": row.declared.get("replace", "Delete")}
            members.change(tx, row, declared=words, before=None)
        elif row.part != OLD:
            part = STANDS if row.part == NEW else row.part
            members.change(tx, row, part=part, before=None)
    _retag(state, tx)
    return {**(state.row.facts.get("coming") or {}), "Outputs": outputs}


def in_force(state: Standing) -> JsonDict:
    """The facts that say so."""
    assert state.asked is not None
    return {"in_force": state.asked.id, "asked": None, "coming": None, "cancel": None}


def let_go(state: Standing, tx: Tx, status: str) -> None:
    """What could not be deleted is no longer this stack's, once an update has gone past it."""
    if not status.startswith("UPDATE_"):
        return
    for row in [row for row in state.rows if row.todo == "delete"]:
        members.drop(tx, row)
        state.rows.remove(row)


def _outputs(state: Standing) -> list[JsonDict]:
    scope = state.scope(scopes.current(state.rows))
    found = []
    for name, output in state.template.outputs.items():
        if not scope.holds(output.conditional):
            continue
        value = scope.resolve(output.value)
        if isinstance(value, dict | list):
            raise Failure(f"Template format error: Output {name} is malformed. The Value must be a string.")
        shown: JsonDict = {"OutputKey": name, "OutputValue": text_of(value)}
        if output.description:
            shown["Description"] = output.description
        if output.export is not None:
            shown["ExportName"] = scope.text(output.export, "Export name")
        found.append(shown)
    return found


def _imported(state: Standing) -> set[str]:
    """The exports that the template's resources and outputs take up, found by resolving them once more."""
    scope = state.scope(scopes.current(state.rows))
    for resource in state.template.resources.values():
        if scope.holds(resource.conditional):
            with told():
                scope.resolve(resource.properties)
    return state.imported


def _retag(state: Standing, tx: Tx) -> None:
    assert state.asked is not None
    tagging.remove(tx, state.row.arn, tagging.of(tx, state.row.arn))
    tagging.put(tx, state.row.arn, state.asked.tags)
