"""What the engine keeps of an endpoint: its fleets, the instances in them, and the deployment under way.

All of it is one fact of the endpoint's row (`hosting`), written in the transactions that change it. A fleet keeps
copies of its variant and containers: configurations and models may be deleted while an endpoint serves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeVar

import msgspec

from ormer.engines.jobs.servers import Container
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
Phase = Literal["growing", "baking", "holding"]
S = TypeVar("S", bound=msgspec.Struct)


class Member(msgspec.Struct, frozen=True):
    """One instance of a fleet. attempt: how often its program was started; each start has a folder of its own."""

    id: str
    attempt: int = 1


class Leaver(msgspec.Struct, frozen=True):
    """An instance that no longer serves and is to end."""

    member: Member
    variant: str


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Equal instances of one variant.

    number: its own in the endpoint, never used again. variant: the ProductionVariant. count: instances it should have.
    weight: the variant's. share: the part of the variant's traffic that comes here, 0 to 1.
    evaluates: whether the model answers without a server; None while nobody knows. resolved: when its images were.
    """

    number: int
    variant: JsonDict
    containers: tuple[Container, ...]
    weight: float
    count: int
    resolved: float
    role_arn: str = ""
    isolated: bool = False
    direct: bool = False
    shadow: bool = False
    share: float = 0.0
    members: tuple[Member, ...] = ()
    evaluates: bool | None = None

    @property
    def name(self) -> str:
        return str(self.variant["VariantName"])

    @property
    def serverless(self) -> JsonDict | None:
        return self.variant.get("ServerlessConfig")

    @property
    def multi_model(self) -> bool:
        return any(container.multi_model for container in self.containers)

    @property
    def models(self) -> tuple[Container, ...]:
        """The model's own containers: all but one that explains what they say."""
        return tuple(container for container in self.containers if container.explains is None)

    @property
    def explained(self) -> bool:
        return len(self.models) < len(self.containers)


class Target(msgspec.Struct, frozen=True):
    """What a stage makes of a fleet. awaited: whether its instances must answer before traffic moves."""

    fleet: int
    count: int
    share: float
    awaited: bool = True


class Stage(msgspec.Struct, frozen=True):
    """One step of a deployment. wait: seconds to look at alarms; hold: seconds more before old instances go."""

    targets: tuple[Target, ...]
    wait: float = 0.0
    hold: float = 0.0


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A change under way.

    config: the configuration it leads to; None when only counts and weights change. asked: AWS's DeploymentConfig.
    before: the counts and weights of the fleets that served before. fresh: the fleets it made.
    until: the calendar's second at which the phase ends. back: it is being undone, because of `reason`.
    """

    config: JsonDict | None
    asked: JsonDict
    stages: tuple[Stage, ...]
    began: float
    before: dict[str, tuple[int, float]] = {}
    variants_before: dict[str, JsonDict] = {}
    fresh: tuple[int, ...] = ()
    stage: int = 0
    phase: Phase = "growing"
    until: float = 0.0
    back: bool = False
    reason: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Everything kept of one endpoint."""

    config: JsonDict = {}
    fleets: tuple[Fleet, ...] = ()
    leaving: tuple[Leaver, ...] = ()
    next_number: int = 1
    deployment: Deployment | None = None

    def fleet(self, number: int) -> Fleet:
        """The fleet of this number. KeyError when there is none."""
        for fleet in self.fleets:
            if fleet.number == number:
                return fleet
        raise KeyError(number)

    def replacing(self, *fleets: Fleet) -> State:
        """The state with these in place of the fleets of the same numbers."""
        new = {fleet.number: fleet for fleet in fleets}
        return msgspec.structs.replace(self, fleets=tuple(new.get(each.number, each) for each in self.fleets))

    def members(self) -> Iterable[tuple[Fleet, Member]]:
        return ((fleet, member) for fleet in self.fleets for member in fleet.members)


def changed(struct: S, **changes: Any) -> S:
    """A copy with changes."""
    return msgspec.structs.replace(struct, **changes)


def state_of(row: Row) -> State:
    """What the row keeps; an empty state for an endpoint that was just asked for."""
    return msgspec.convert(row.facts.get("hosting") or {}, State)


def facts_of(endpoint_id: str, state: State) -> JsonDict:
    """The row's facts for a state, with the roles its instances may act as."""
    roles = {credentials_id(endpoint_id, fleet): fleet.role_arn for fleet in state.fleets if fleet.role_arn}
    return {"hosting": msgspec.to_builtins(state), "roles": roles}


def credentials_id(endpoint_id: str, fleet: Fleet) -> str:
    """What the fleet's instances are known as where they ask for keys of their role."""
    return f"{endpoint_id}f{fleet.number}"
