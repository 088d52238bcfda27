"""Manning: which instances the fleets should have now, and which are to leave. Pure, but for fresh names."""

from __future__ import annotations

import secrets
import time

from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.records import Fleet, Leaver, Member, State, changed
from ormer.engines.hosting.routes import Instance

ID_BYTES = 8


def manned(state: State, crew: Crew) -> State:
    """The state with as many instances as each fleet should have; fleets that are done with are dropped.

    A dead instance whose pause is over gets its next start.
    """
    kept, leaving = [], list(state.leaving)
    for fleet in state.fleets:
        if state.deployment is None and fleet.count == 0 and fleet.share == 0:
            leaving += [Leaver(member, fleet.name) for member in fleet.members]
            _forget(crew, fleet)
            continue
        wanted = crew.wanted(fleet)
        members = [_revived(member, crew) for member in fleet.members]
        while len(members) < wanted:
            members.append(Member(f"i-{secrets.token_hex(ID_BYTES)}"))
        going = _surplus(members, crew, len(members) - wanted)
        leaving += [Leaver(member, fleet.name) for member in going]
        kept.append(changed(fleet, members=tuple(member for member in members if member not in going)))
        for member in going:
            crew.troubles.pop(member.id, None)
            crew.verdicts.pop(member.id, None)
    return changed(state, fleets=tuple(kept), leaving=tuple(leaving))


def ended(state: State) -> State:
    """The state of an endpoint that serves no more: every instance leaves."""
    return changed(state, fleets=tuple(changed(fleet, count=0, share=0.0) for fleet in state.fleets), deployment=None)


def nobody(member: Member) -> Instance:
    """The face of an instance that is in no route and only to end."""
    return Instance(member.id, ())


def _revived(member: Member, crew: Crew) -> Member:
    trouble = crew.troubles.get(member.id)
    if trouble is None or not trouble.down or trouble.retry_at > time.monotonic():
        return member
    trouble.down = False
    return Member(member.id, member.attempt + 1)


def _surplus(members: list[Member], crew: Crew, count: int) -> list[Member]:
    """The instances that go first: those that do not serve, then the youngest."""
    if count <= 0:
        return []

    def worth(member: Member) -> bool:
        process = crew.processes.get(member.id)
        return process is not None and process.ready

    youngest_first = members[::-1]
    return sorted(youngest_first, key=worth)[:count]


def _forget(crew: Crew, fleet: Fleet) -> None:
    crew.forget(fleet.number)
    for member in fleet.members:
        crew.troubles.pop(member.id, None)
        crew.verdicts.pop(member.id, None)
