"""Going forward: resources are made, changed and changed back, each once all it refers to stands.

A resource is announced in one transaction and made in the next, together with its physical id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ormer.aws.lifecycles import lifecycle
from ormer.engines.stacks import comparing, dynamic_references
from ormer.engines.stacks.contracts import Made
from ormer.engines.stacks.failures import Failure, told
from ormer.engines.stacks.standing import Standing
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stacks import members
from ormer.stores.stacks.members import NEW, OLD, STRAY, Member

JsonDict = dict[str, Any]
TODO = frozenset({"decide", "create", "replace", "update", "restore"})
INITIATED = "Resource creation Initiated"
REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
NAMED = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update "
    "the stack again."
)


def raise_all(state: Standing, is_stopped: bool) -> bool:
    """Go on as far as it goes; returns whether something is still to be waited for.

    is_stopped: begin nothing more.
    """
    moved = True
    while moved:
        moved = _settle(state)
        if is_stopped or failed(state):
            continue
        for member in _ready(state):
            _begin(state, member)
            moved = True
            if member.failed:
                break
    return any(row.waits for row in state.rows)


def failed(state: Standing) -> list[Member]:
    """The resources that could not be made or changed."""
    return [row for row in state.rows if row.todo in TODO and row.failed]


def _ready(state: Standing) -> Iterator[Member]:
    """Resources to be begun: all that they need stands as the template has it."""
    for member in list(state.rows):
        if member.todo in TODO and not member.waits and not member.failed:
            unready = {row.logical_id for row in state.rows if row.todo in TODO}
            needed = _needs(member)
            if not needed & unready - {member.logical_id}:
                yield member


def _needs(member: Member) -> set[str]:
    if member.todo == "restore" and member.before is not None:
        return set(member.before["declared"].get("depends", ()))
    return set(member.depends)


# -- beginning ----------------------------------------------------------------------------------------------------


def _begin(state: Standing, member: Member) -> None:
    try:
        if member.todo == "decide":
            _decide(state, member)
        elif member.todo == "restore":
            _restore(state, member)
        else:
            _create(state, member)
    except Failure as failure:
        _fail(state, member, str(failure))


def _fail(state: Standing, member: Member, reason: str) -> None:
    verb = "CREATE" if member.todo == "create" else "UPDATE"
    with state.write() as tx:
        state.note(tx, member, f"{verb}_FAILED", reason, waits=False)


def _create(state: Standing, member: Member) -> None:
    """Make a resource, or the one that replaces another."""
    verb = "CREATE" if member.todo == "create" else "UPDATE"
    if not member.status:
        with state.write() as tx:
            state.note(tx, member, f"{verb}_IN_PROGRESS", _ignored(member) if verb == "CREATE" else REPLACING)
    with state.write() as tx:
        with told():
            properties, tags = state.wanted(member)
            with tx.connection.begin_nested():
                site = state.site(tx, member, tags)
                made = state.kind(member).create(site, dynamic_references.resolved(site.api, properties))
        members.change(tx, member, properties=properties, tags=tags)
        _take_in(state, tx, member, made, [])
        state.note(tx, member, f"{verb}_IN_PROGRESS", INITIATED)
        _wait_or_end(state, tx, member, made, verb)


def _ignored(member: Member) -> str:
    """What of the declaration has no effect, in words."""
    names = member.declared.get("ignored")
    return f"Without effect here: {', '.join(names)}." if names else ""


def _decide(state: Standing, member: Member) -> None:
    """Compare a standing resource with the template: leave it, change it, or make another in its place."""
    with told():
        properties, tags = state.wanted(member)
    kind = state.kind(member)
    differing = comparing.changed(kind, member.properties, properties)
    if any(one.replaces for one in differing):
        _replace(state, member, properties)
    elif differing or member.tags != tags or kind.always:
        _update(state, member, properties, tags)
    else:
        with state.write() as tx:
            members.change(tx, member, todo="")


def _replace(state: Standing, member: Member, properties: JsonDict) -> None:
    """Put a new row beside the one that is to go."""
    named_by = state.kind(member).named_by
    if named_by and named_by in properties and properties[named_by] == member.attributes.get(named_by):
        raise Failure(NAMED.format(name=properties[named_by]))
    with state.write() as tx:
        coming = Member(
            member.stack_arn, member.logical_id, member.type, member.position, state.work.now, part=NEW, todo="replace"
        )
        coming.declared = member.declared
        members.change(tx, member, part=STRAY if member.part == NEW else OLD, todo="")
        state.rows.append(members.add(tx, coming))


def _update(state: Standing, member: Member, properties: JsonDict, tags: list[dict[str, str]]) -> None:
    if member.status != "UPDATE_IN_PROGRESS":
        with state.write() as tx:
            state.note(tx, member, "UPDATE_IN_PROGRESS")
    with state.write() as tx:
        made = _updated(state, tx, member, properties, tags)
        before = None if member.before is None else {**member.before, "touched": True}
        members.change(tx, member, todo="update", properties=properties, tags=tags, before=before)
        _wait_or_end(state, tx, member, made, "UPDATE")


def _restore(state: Standing, member: Member) -> None:
    """Change a resource back to what it was before the update."""
    before = member.before
    assert before is not None, "only what was touched is restored"
    if member.status != "UPDATE_IN_PROGRESS":
        with state.write() as tx:
            state.note(tx, member, "UPDATE_IN_PROGRESS")
    with state.write() as tx:
        made = _updated(state, tx, member, before["properties"], before["tags"])
        kept = {name: before[name] for name in ("properties", "tags", "declared", "position")}
        members.change(tx, member, **kept)
        _wait_or_end(state, tx, member, made, "UPDATE")


def _updated(state: Standing, tx: Tx, member: Member, properties: JsonDict, tags: list[dict[str, str]]) -> Made:
    """Change a resource within the transaction; only its tags where nothing else differs."""
    kind = state.kind(member)
    made = Made(member.physical_id, member.attributes, member.arn, done=True)
    if kind.update is not None and (kind.always or comparing.changed(kind, member.properties, properties)):
        with told(), tx.connection.begin_nested():
            site = state.site(tx, member, tags)
            made = kind.update(site, state.held(member), dynamic_references.resolved(site.api, properties))
    _take_in(state, tx, member, made, member.tags, tags)
    return made


def _take_in(
    state: Standing,
    tx: Tx,
    member: Member,
    made: Made,
    before: list[dict[str, str]],
    tags: list[dict[str, str]] | None = None,
) -> None:
    members.change(tx, member, physical_id=made.physical_id, arn=made.arn, attributes=made.attributes)
    state.stamp(tx, member, member.tags if tags is None else tags, before)


# -- waiting ------------------------------------------------------------------------------------------------------


def _wait_or_end(state: Standing, tx: Tx, member: Member, made: Made, verb: str) -> None:
    slow = state.kind(member).waits and not made.done
    row = resources.get(tx, member.arn) if slow else None
    if row is None or _is_settled(row):
        try:
            _end(state, tx, member, row, verb)
        except Failure as failure:
            state.note(tx, member, f"{verb}_FAILED", str(failure), waits=False)
        return
    members.change(tx, member, waits=True)
    state.watch(tx, member)


def _is_settled(row: Row) -> bool:
    life = lifecycle(row.kind)
    return not life.member or not row.status or row.status in life.final


def _settle(state: Standing) -> bool:
    """Take in every resource that was waited for and has come to an end."""
    moved = False
    for member in [row for row in state.rows if row.waits and row.todo in TODO]:
        with state.write() as tx:
            row = resources.get(tx, member.arn)
            if row is not None and not _is_settled(row):
                continue
            verb = "CREATE" if member.todo == "create" else "UPDATE"
            try:
                if row is None:
                    raise Failure(f"{member.physical_id} was deleted while it was waited for.")
                _end(state, tx, member, row, verb)
            except Failure as failure:
                state.note(tx, member, f"{verb}_FAILED", str(failure), waits=False)
            moved = True
    return moved


def _end(state: Standing, tx: Tx, member: Member, row: Row | None, verb: str) -> None:
    """A resource has become what was wanted; raises Failure when its status says that it has not."""
    kind = state.kind(member)
    if row is not None and row.status in kind.failed:
        raise Failure(why(row))
    if kind.settled is not None and row is not None:
        with told(), tx.connection.begin_nested():
            made = kind.settled(state.site(tx, member, member.tags), state.held(member), member.properties)
        _take_over(state, tx, member, made)
    before = None if member.todo == "restore" else member.before
    state.note(tx, member, f"{verb}_COMPLETE", waits=False, todo="", before=before)


def _take_over(state: Standing, tx: Tx, member: Member, made: Made) -> None:
    """What a resource turned out to be; what it left behind becomes a row of its own, to be deleted in the end."""
    for row in [row for row in state.rows if row.part == STRAY and row.logical_id == member.logical_id]:
        if row.physical_id == made.physical_id:
            # It has come back, as what it was before the update.
            members.drop(tx, row)
            state.rows.remove(row)
            resources.delete(tx, row.arn)
    if made.left is not None:
        before = member.before or {}
        stray = Member(member.stack_arn, member.logical_id, member.type, member.position, state.work.now, part=STRAY)
        stray.physical_id, stray.arn, stray.attributes = made.left.physical_id, made.left.arn, made.left.attributes
        stray.properties, stray.tags = before.get("properties", member.properties), member.tags
        stray.declared, stray.status = member.declared, "UPDATE_COMPLETE"
        state.rows.append(members.add(tx, stray))
    members.change(tx, member, physical_id=made.physical_id, attributes=made.attributes)


def why(row: Row) -> str:
    """Why a resource that was waited for has failed, in its own words where it has any."""
    said = row.document.get("ResourceStatusReason")
    if said:
        return str(said)
    reason = row.document.get("FailureReason") or row.document.get("StackStatusReason") or ""
    return f"{row.name} is in status {row.status}. {reason}".rstrip()
