"""A crew: what this server knows of one endpoint besides its row. All of it is made anew after a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from ormer.engines.hosting.instances import Process
from ormer.engines.hosting.laying import CannotServe, Laid
from ormer.engines.hosting.pulse import Patience
from ormer.engines.hosting.records import Fleet
from ormer.engines.hosting.routes import Evaluator

DOWNLOAD_TIMEOUT = "ModelDataDownloadTimeoutInSeconds"
TOO_SLOW = "The model data for production variant {variant} was not there within {seconds} seconds. Allow more time."


@dataclass
class Trouble:
    """An instance that ended: how often since it last served steadily, and when it may be started again."""

    ends: int = 0
    retry_at: float = 0.0
    down: bool = False


@dataclass(eq=False)
class Crew:
    """processes, troubles, verdicts: by the instance's id. layings, evaluators, asked: by the fleet's number.

    verdicts: why a new instance will not come up. asked: when an instance that is kept on demand was last
    wanted, in monotonic seconds. proven: instances that have answered pings at some time. unflat: fleets whose model
    only its own server can evaluate. laid_from: when the laying of a fleet's files began, in monotonic seconds.
    """

    arn: str
    patience: Patience
    processes: dict[str, Process] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    layings: dict[int, Future[Laid]] = field(default_factory=dict)
    laid_from: dict[int, float] = field(default_factory=dict)
    evaluators: dict[int, Evaluator] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    asked: dict[int, float] = field(default_factory=dict)
    requests: dict[int, int] = field(default_factory=dict)
    wakes: dict[int, Callable[[], None]] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    unflat: set[int] = field(default_factory=set)

    # What a deployment looks at.

    def ready(self, fleet: Fleet) -> int:
        """How many of the fleet's instances could serve: all of them where the model needs no server now."""
        if fleet.number in self.evaluators or (fleet.serverless and not provisioned(fleet)):
            return fleet.count if self.laid(fleet) is not None or fleet.number in self.evaluators else 0
        return len(self.serving(fleet))

    def problem(self, fleet: Fleet) -> str:
        """Why the fleet will not come up, "" while there is hope."""
        laying = self.layings.get(fleet.number)
        if laying is not None and laying.done() and (error := laying.exception()) is not None:
            return str(error) if isinstance(error, CannotServe) else f"InternalServerError: {error}"
        deadline = self.laying_deadline(fleet)
        if deadline is not None and time.monotonic() >= deadline:
            return TOO_SLOW.format(variant=fleet.name, seconds=fleet.variant[DOWNLOAD_TIMEOUT])
        return next((self.verdicts[member.id] for member in fleet.members if member.id in self.verdicts), "")

    def laying_deadline(self, fleet: Fleet) -> float | None:
        """When the fleet's files must be there, in monotonic seconds; None when nothing is said, or they are."""
        laying, seconds = self.layings.get(fleet.number), fleet.variant.get(DOWNLOAD_TIMEOUT)
        if seconds is None or laying is None or laying.done():
            return None
        return self.laid_from[fleet.number] + float(seconds)

    def laying_retry_at(self, fleet: Fleet) -> float | None:
        """When files that could not be laid are tried again, in monotonic seconds; None when they are there."""
        laying = self.layings.get(fleet.number)
        if laying is None or not laying.done() or laying.exception() is None:
            return None
        return self.laid_from[fleet.number] + self.patience.retry_max

    def laid(self, fleet: Fleet) -> Laid | None:
        """What the fleet starts from, once its files are there."""
        laying = self.layings.get(fleet.number)
        if laying is None or not laying.done() or laying.exception() is not None:
            return None
        return laying.result()

    def serving(self, fleet: Fleet) -> list[Process]:
        """The fleet's processes that answer pings now, in the order of its members."""
        known = [self.processes.get(member.id) for member in fleet.members]
        return [process for process in known if process is not None and process.ready]

    def wanted(self, fleet: Fleet) -> int:
        """How many processes the fleet should have now."""
        if self.laid(fleet) is None:
            return min(fleet.count, len(fleet.members))
        if provisioned(fleet):
            return fleet.count
        if fleet.serverless or fleet.number in self.evaluators:
            return min(fleet.count, 1) if fleet.number in self.asked else 0
        return fleet.count

    # Instances kept on demand.

    def ask(self, number: int) -> None:
        """Somebody wants an instance of this fleet."""
        self.asked[number] = time.monotonic()

    def idle(self, fleet: Fleet) -> bool:
        """Whether the fleet's instance on demand has had nothing to do for long; call it about once a second."""
        if fleet.number not in self.asked:
            return False
        instances = [process.instance for process in self.serving(fleet)]
        requests = sum(instance.requests for instance in instances)
        busy = any(instance.active for instance in instances) or requests != self.requests.get(fleet.number, 0)
        if busy or self._coming(fleet):
            self.requests[fleet.number] = requests
            self.ask(fleet.number)
        return time.monotonic() - self.asked[fleet.number] > self.patience.idle

    def _coming(self, fleet: Fleet) -> bool:
        """Whether an instance is being started that somebody waits for; one that keeps ending is not waited for."""
        if self.serving(fleet):
            return False
        ends = [self.troubles[member.id].ends for member in fleet.members if member.id in self.troubles]
        return max(ends, default=0) < self.patience.hope

    def forget(self, number: int) -> None:
        """The fleet is gone."""
        for known in (self.layings, self.laid_from, self.evaluators, self.asked, self.requests, self.wakes):
            known.pop(number, None)

    def trouble(self, member_id: str) -> Trouble:
        return self.troubles.setdefault(member_id, Trouble())


def provisioned(fleet: Fleet) -> bool:
    """Whether a serverless fleet keeps an instance all the time."""
    return bool(fleet.serverless and fleet.serverless.get("ProvisionedConcurrency"))
