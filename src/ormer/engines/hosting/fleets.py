"""Where a request goes: its variant, by name or by weight, and an instance of it, the least busy one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ormer.aws.errors import AwsError
from ormer.engines.hosting import exchanges
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.routes import Instance, Route, Routes, Variant

# How long a request waits for an instance where none answers and none can be woken.
PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.5


@dataclass
class Turn:
    """One request on its way. fleet: the variant as it was chosen. started, deadline: seconds of perf_counter.

    seconds_model: what the containers took of its time. seconds_setup: how long it waited for an instance or a model.
    instances: how many the variant has. refused: those that were gone when this request came to them. lost_at: when the
    first one was. deaths: how many ended while they had it.
    """

    route: Route
    fleet: Variant
    asked: Asked
    started: float
    deadline: float
    answer_bytes_max: int
    seconds_model: float = 0.0
    seconds_setup: float = 0.0
    instances: int = 1
    refused: list[Instance] = field(default_factory=list)
    lost_at: float | None = None
    deaths: int = 0


def choose(route: Route, asked: Asked, chance: Callable[[], float] = random.random) -> Variant:
    """The variant that is asked for, else one by weight. Raises ValidationError for one that is not there."""
    fleets = route.variants
    if asked.target_variant:
        fleets = tuple(fleet for fleet in fleets if fleet.name == asked.target_variant)
        if not fleets:
            raise exchanges.no_variant(route, asked.target_variant)
    if not fleets:
        raise exchanges.no_endpoint(route.account, route.name)
    fleet = fleets[0] if len(fleets) == 1 else _weighted(fleets, chance)
    if asked.target_model and not fleet.multi_model:
        raise AwsError("ValidationError", f"Endpoint {route.name} serves one model; leave TargetModel out.")
    if fleet.multi_model and not asked.target_model:
        raise AwsError("ValidationError", f"Endpoint {route.name} serves many models; name one by TargetModel.")
    return fleet


class Finder:
    """Finds instances by the routes as they are now, and waits for news of them. For one event loop."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._changed = asyncio.Event()

    def announce(self) -> None:
        """The routes changed; called in the loop."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def instance(self, turn: Turn) -> Instance:
        """The least busy instance; waits for one where there is none. Raises ServiceUnavailable."""
        began = time.perf_counter()
        give_up, waits = turn.deadline, False
        patient_until = (turn.lost_at or began) + PATIENCE_SECONDS
        while True:
            fleets = self._fleets(turn)
            turn.instances = max(1, sum(len(fleet.instances) for fleet in fleets))
            ready = _ready(turn, fleets)
            if ready:
                turn.seconds_setup += time.perf_counter() - began if waits else 0.0
                return min(ready, key=lambda instance: instance.active)
            wakers = [fleet.wake for fleet in fleets if fleet.wake is not None]
            for wake in wakers:
                wake()
            if not wakers:
                give_up = min(give_up, patient_until)
            left = give_up - time.perf_counter()
            if left <= 0:
                raise exchanges.unavailable(turn.route, turn.fleet.name)
            waits = True
            await self._news(min(left, LOOK_SECONDS))
            # One that was gone may be back under its old name.
            turn.refused.clear()

    def _fleets(self, turn: Turn) -> list[Variant]:
        """The variant's fleets as they are now."""
        route = self._routes.find(turn.route.account, turn.route.region, turn.route.name)
        if route is None:
            raise exchanges.no_endpoint(turn.route.account, turn.route.name)
        fleets = [fleet for fleet in (*route.variants, *route.shadows) if fleet.name == turn.fleet.name]
        if not fleets:
            raise exchanges.no_variant(route, turn.fleet.name)
        return fleets

    async def _news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return


def _weighted(fleets: tuple[Variant, ...], chance: Callable[[], float]) -> Variant:
    left = chance() * sum(fleet.weight for fleet in fleets)
    for fleet in fleets:
        left -= fleet.weight
        if left < 0:
            return fleet
    return fleets[-1]


def _ready(turn: Turn, fleets: list[Variant]) -> list[Instance]:
    """Instances that have not failed this request: of the fleet that was chosen, else of any of the variant's.

    While traffic moves from one fleet to another both stand in the route, and their weights are to hold.
    """
    own = [instance for fleet in fleets if fleet is turn.fleet for instance in fleet.instances]
    every = [instance for fleet in fleets for instance in fleet.instances]
    for instances in (own, every):
        ready = [instance for instance in instances if instance not in turn.refused]
        if ready:
            return ready
    return []
