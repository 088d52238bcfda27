"""What the house takes from this room: a thread that matches, and the functions of three kinds of tasks."""

from __future__ import annotations

from collections.abc import Mapping

from ormer.engines.events import delivering, replays
from ormer.engines.events.delivering import Deliveries
from ormer.engines.events.engine import EventsEngine
from ormer.engines.events.ticks import Ticks
from ormer.engines.events.webhooks import Webhooks
from ormer.engines.worker import Ending, Function
from ormer.stores.rules import deliveries, targets
from ormer.stores.stores import Stores


def functions(stores: Stores, hosts: frozenset[str]) -> Mapping[str, Function]:
    """{kind of task: function}. hosts: see `Webhooks`."""
    return {
        deliveries.TASK: Deliveries(Webhooks(hosts)).run,
        targets.TICK_TASK: Ticks(stores.clock).run,
        targets.REPLAY_TASK: replays.run,
    }


ENDINGS: Mapping[str, Ending] = {deliveries.TASK: delivering.give_up, targets.REPLAY_TASK: replays.give_up}

__all__ = ["ENDINGS", "EventsEngine", "functions"]
