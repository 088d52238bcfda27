"""Where invocations go: what the invoke lane knows of every endpoint, in memory, rebuilt from rows by the engine.

The engine writes, the lane reads. A Route never changes; the engine replaces it as a whole, so a request sees one
consistent endpoint. Nothing here is durable.

A variant may stand in a route more than once, under the same name: its old and its new fleet while traffic moves from
one to the other, each with its part of the variant's weight.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from ormer.stores.signals import Signal


class Answer(msgspec.Struct, frozen=True):
    """What a model answered: HTTP status, body and its content type."""

    status: int
    body: bytes
    content_type: str


class Evaluator(Protocol):
    """A model that answers in this process, without a server behind it."""

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        """The very bytes the variant's own server would answer; None when only that server can tell.

        Called from the gateway's loop for short bodies and from threads for long ones; it never raises for bad input.
        """
        ...


class Instance:
    """One running instance of a variant.

    sockets: where its containers listen, in the order of the inference pipeline: paths that are short enough for a
    socket's address, and good in this process only. log_stream: where its output goes.
    hostnames: the containers' ContainerHostnames in the same order where they are invoked one by one
    (InferenceExecutionConfig Direct), else empty. explainer: the socket of the container that asks all others and
    explains what they answer, None without one.
    active: requests under way; only the lane's loop counts it. An instance that is in no route any more and has
    nothing under way may be stopped. requests: how many there were so far, counted with `active`.
    """

    def __init__(
        self,
        name: str,
        sockets: tuple[Path, ...],
        log_stream: str = "",
        active: int = 0,
        hostnames: tuple[str, ...] = (),
        explainer: Path | None = None,
    ) -> None:
        self.name = name
        self.sockets = sockets
        self.log_stream = log_stream
        self.hostnames = hostnames
        self.explainer = explainer
        self.requests = 0
        self._active = active

    @property
    def every_socket(self) -> tuple[Path, ...]:
        return self.sockets if self.explainer is None else (*self.sockets, self.explainer)

    @property
    def active(self) -> int:
        return self._active

    @active.setter
    def active(self, count: int) -> None:
        self.requests += max(0, count - self._active)
        self._active = count


@dataclass(frozen=True)
class Variant:
    """A fleet of a variant.

    weight: its part of the endpoint's traffic, relative to the others'. instances: those that answer pings now.
    evaluator: answers what it can before any instance is asked. multi_model: TargetModel chooses the model.
    wake: asks the engine for an instance where there is none (a serverless variant that sleeps, a standby server).
    concurrency_max: requests at once (serverless MaxConcurrency), None for no limit.
    """

    name: str
    weight: float
    instances: tuple[Instance, ...] = ()
    evaluator: Evaluator | None = None
    model_name: str = ""
    multi_model: bool = False
    wake: Callable[[], None] | None = None
    concurrency_max: int | None = None


@dataclass(frozen=True)
class Capture:
    """A DataCaptureConfig that is switched on. percentage: 0 to 100. The content types are lower case."""

    destination_uri: str
    percentage: int
    inputs: bool
    outputs: bool
    csv_types: frozenset[str]
    json_types: frozenset[str]
    kms_key_id: str = ""


@dataclass(frozen=True)
class AsyncOutput:
    """An AsyncInferenceConfig: where answers go, who hears of them, and how many run at once on an instance."""

    output_uri: str
    failure_uri: str = ""
    success_topic: str = ""
    error_topic: str = ""
    topics_with_response: frozenset[str] = frozenset()
    concurrency_max: int | None = None
    kms_key_id: str = ""


@dataclass(frozen=True)
class Route:
    """One endpoint that can be invoked. role_arn: the execution role of the first variant's model, "" without one."""

    arn: str
    account: str
    region: str
    name: str
    config_name: str
    variants: tuple[Variant, ...]
    shadows: tuple[Variant, ...] = ()
    capture: Capture | None = None
    async_output: AsyncOutput | None = None
    role_arn: str = ""


class Routes:
    """Every endpoint's route. `changed` is sent after each change, in the thread that made it."""

    def __init__(self) -> None:
        self.changed = Signal()
        self._lock = threading.Lock()
        self._routes: dict[tuple[str, str, str], Route] = {}

    def find(self, account: str, region: str, name: str) -> Route | None:
        """The route of an endpoint's name, or None."""
        return self._routes.get((account, region, name))

    def put(self, route: Route) -> None:
        """Publish a route in place of the endpoint's earlier one."""
        with self._lock:
            self._routes = {**self._routes, (route.account, route.region, route.name): route}
        self.changed.send()

    def drop(self, account: str, region: str, name: str) -> None:
        """Forget an endpoint: it cannot be invoked any more."""
        with self._lock:
            self._routes = {key: route for key, route in self._routes.items() if key != (account, region, name)}
        self.changed.send()

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())
