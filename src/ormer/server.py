"""The server: one process that listens, answers and moves. Only one lives in a home at a time."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace

from ormer import homes
from ormer.app import House, build
from ormer.aws.clock import Clock, WallClock
from ormer.config import Config
from ormer.gateway.asgi import App
from ormer.gateway.certificates import Authority
from ormer.gateway.confirmations import Confirmations
from ormer.gateway.credentials import JobCredentials
from ormer.gateway.custom_resources import CustomResourceAnswers
from ormer.gateway.git.room import GitRoom
from ormer.gateway.handlers import Desk
from ormer.gateway.identify import Identifier
from ormer.gateway.invoke.admission import Admission
from ormer.gateway.invoke.collectors import InvocationCounts
from ormer.gateway.invoke.lane import InvokeLane
from ormer.gateway.listen import Listener
from ormer.gateway.metrics import Metrics, TaskCounts
from ormer.gateway.proxy_passwords import ProxyPasswords
from ormer.gateway.rest_apis.room import RestApis
from ormer.gateway.s3.app import ObjectGateway
from ormer.gateway.sigv4 import Authenticator
from ormer.gateway.tls import bind
from ormer.gateway.tracking.room import TrackingRoom
from ormer.stores.access import PolicyGate
from ormer.stores.changes import Changes, Decisions
from ormer.studio.room import StudioRoom


class PortInUse(RuntimeError):
    """Another program listens where the server should."""


class Server:
    """Starts and stops everything. `port` 0 in the configuration picks a free one; `config` then tells which."""

    def __init__(self, config: Config, clock: Clock | None = None, strict: bool = False) -> None:
        config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = homes.lock(config.home)
        # Jobs are told the endpoint, so both ports are taken before anything is put together, and kept: a port that is
        # let go again may be another program's a moment later.
        http, tls = _listening(config.host, config.port), _listening(config.host, config.tls_port)
        self.config = replace(config, port=_port(http), tls_port=_port(tls))
        # The CA bundle must lie there before the first job asks for it.
        authority = Authority(self.config.home / "tls", (self.config.host,))
        self.house: House = build(self.config, clock, strict)
        self._objects = ObjectGateway(self.house.port)
        self._studio = studio_of(self.house)
        self._apis = RestApis(self.house.port)
        self._listener = Listener(
            App(desk_of(self.house, self._objects, self._studio, self._apis)),
            authority,
            ProxyPasswords(self.house.stores.keys),
            http,
            tls,
        )

    def start(self) -> None:
        """Listen, answer and move; returns when requests are answered."""
        self.house.start()
        # Told before anybody is answered: who is, can look it up. Whoever looks earlier waits in the sockets' backlog.
        state = homes.Running(os.getpid(), self.config.host, self._listener.port, self._listener.tls_port, time.time())
        homes.enter(self.config.home, state)
        self._listener.start()

    def stop(self) -> None:
        """Answer nothing more and let go; running jobs go on and are found again at the next start."""
        self._studio.close()
        self.house.stores.database.signals.end_waits()
        self._listener.stop()
        self._objects.close()
        self._apis.close()
        self.house.stop()
        homes.leave(self.config.home)
        self._lock.close()


def studio_of(house: House) -> StudioRoom:
    """What answers browsers."""
    return StudioRoom(house.stores, house.port, house.config)


def desk_of(
    house: House, objects: ObjectGateway, studio: StudioRoom | None = None, apis: RestApis | None = None
) -> Desk:
    """What the gateway's handlers work with."""
    stores = house.stores
    authenticator = Authenticator(stores.keys, WallClock(), stores.clock)
    metrics = Metrics()
    metrics.registry.register(InvocationCounts(house.invocations.tallies))
    metrics.registry.register(TaskCounts(house.worker.troubles))
    return Desk(
        port=house.port,
        models=house.port.models,
        identifier=Identifier(house.port.models, house.config.region),
        authenticator=authenticator,
        metrics=metrics,
        # An API's own host comes first: whatever its paths are.
        rooms=(
            apis or RestApis(house.port),
            JobCredentials(stores),
            Confirmations(stores),
            CustomResourceAnswers(stores),
            TrackingRoom(stores, authenticator, house.tracking_doors),
            GitRoom(stores, authenticator, house.config.region),
            studio or studio_of(house),
        ),
        objects=objects,
        lane=InvokeLane(house.invocations, _admission(house), house.port.models),
    )


def _admission(house: House) -> Admission:
    stores = house.stores
    decisions = Decisions(Changes(stores.database))
    return Admission(house.port, PolicyGate(stores), decisions, stores.keys, WallClock())


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket, on a free port for 0; PortInUse when somebody listens there."""
    try:
        return bind(host, port)
    except OSError as error:
        raise PortInUse(
            f"Cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}). "
            "Choose others: `ormer up --port N --tls-port M`."
        ) from None


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])
