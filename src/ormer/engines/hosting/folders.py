"""Where an endpoint's files lie: under the engine's own ids, never under a path a user supplied.

<home>/endpoints/<id>/                 one endpoint:
    logs/<instance>                    what an instance printed, over all its starts
    fleets/<number>/models/<n>/        the model of the fleet's n-th container, shared by its instances
    fleets/<number>/loaded/            models of a multi-model container, one folder each
    fleets/<number>/flat/              the model as it is evaluated without a server
    starts/<attempt>/<instance>/       one start of an instance: its /opt/ml, its socket, its supervisor
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ormer.engines.hosting.records import Fleet, Member
from ormer.engines.jobs.folders import HostFolder

ROOT = "endpoints"
FLAT = "flat"


@dataclass(frozen=True)
class EndpointFolder:
    """One endpoint's folders."""

    path: Path

    def log(self, member_id: str) -> Path:
        return self.path / "logs" / member_id

    def fleet(self, fleet: Fleet) -> Path:
        return self.path / "fleets" / str(fleet.number)

    def model(self, fleet: Fleet, number: int) -> Path:
        return self.fleet(fleet) / "models" / str(number)

    def loaded(self, fleet: Fleet) -> Path:
        return self.fleet(fleet) / "loaded"

    def flat(self, fleet: Fleet) -> Path:
        return self.fleet(fleet) / FLAT

    def start(self, member: Member) -> HostFolder:
        """The folder of an instance's present start; its name is the instance's."""
        return HostFolder(self.path / "starts" / str(member.attempt) / member.id)


def endpoint_folder(home: Path, endpoint_id: str) -> EndpointFolder:
    """The folder of one endpoint."""
    assert endpoint_id.isalnum(), f"{endpoint_id!r} is no id of an endpoint"
    return EndpointFolder(home / ROOT / endpoint_id)
