"""Invocations: a request finds its variant and instance, is answered, counted and captured.

Everything here runs in one event loop, the gateway's; nothing is durable. What an evaluator answers never leaves the
calling function (`at_once`); everything else waits for a model server (`invoke`, `stream`).

A model server that is gone before it answered one byte has done nothing that was seen: the request goes to another
instance, or waits a while for the engine to bring one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from ormer.aws.errors import AwsError
from ormer.engines.hosting import exchanges, tallies
from ormer.engines.hosting.captures import Captures
from ormer.engines.hosting.exchanges import Answered, Asked
from ormer.engines.hosting.model_servers import AnswerTooLong, Connection, ModelServers, Reply, ServerGone
from ormer.engines.hosting.routes import Answer, Instance, Route, Routes, Variant
from ormer.engines.hosting.tallies import Tallies, Tally
from ormer.stores.stores import Stores

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
SECONDS_MAX = 60.0
# https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-test-endpoints.html
STREAM_SECONDS_MAX = 480.0
ANSWER_BYTES_MAX = 25 << 20
# How long a request waits for an instance where none answers.
PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.5
# Longer bodies are evaluated in a thread, so that they keep no one waiting.
LOOP_BODY_BYTES_MAX = 64 << 10
COUNTS_SECONDS = 5.0
SHADOWS_WAITING_MAX = 64
PRIMARY, PATH = "primary", "/invocations"
SUCCESS = range(200, 300)
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
INFERENCE = "X-Amzn-SageMaker-Inference-Id"
TARGET_MODEL = "X-Amzn-SageMaker-Target-Model"
SESSION_HEADERS = ("x-amzn-sagemaker-new-session-id", "x-amzn-sagemaker-closed-session-id")

log = structlog.get_logger("ormer.invocations")
T = TypeVar("T")


class LoadModel(Protocol):
    """Has an instance of a multi-model variant load a model; the hosting engine brings one.

    Returns the path its invocations go to, such as `/models/<hash>/invoke`. Called from a thread. Raises AwsError: a
    ValidationError when there is no such model, ModelNotReadyException while it is being loaded.
    """

    def __call__(self, route: Route, variant: Variant, instance: Instance, target_model: str) -> str: ...


@dataclass
class Turn:
    """One request on its way. fleet: the variant as it was chosen. seconds_model: what the models took of its time."""

    route: Route
    fleet: Variant
    asked: Asked
    started: float
    deadline: float
    answer_bytes_max: int = ANSWER_BYTES_MAX
    seconds_model: float = 0.0
    seconds_setup: float = 0.0
    instances: int = 1
    refused: list[Instance] = field(default_factory=list)


class Invocations:
    """Answers invocations by the routes. load_model: None where no multi-model endpoint can be."""

    def __init__(
        self,
        stores: Stores,
        routes: Routes,
        captures: Captures,
        load_model: LoadModel | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.routes = routes
        self.tallies = Tallies()
        self.load_model = load_model
        self.loop: asyncio.AbstractEventLoop | None = None
        self._stores = stores
        self._captures = captures
        self._chance = chance
        self._servers = ModelServers()
        self._changed = asyncio.Event()
        self._under_way: dict[tuple[str, str], int] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._shadows = 0
        self._unlisten: Callable[[], None] = lambda: None

    # Beginning and end, in the loop.

    def open(self) -> None:
        """Begin to answer, in the running loop."""
        loop = self.loop = asyncio.get_running_loop()
        self._unlisten = self.routes.changed.listen(lambda: _tell(loop, self._announce))
        self._keep(self._count_for_ever())

    async def close(self) -> None:
        """Write the last counts and let every connection go."""
        self._unlisten()
        self.loop = None
        for task in tuple(self._background):
            task.cancel()
        self._servers.close()
        await self._write_counts()

    # One invocation.

    def route_of(self, account: str, region: str, name: str) -> Route:
        """The endpoint's route. Raises ValidationError when there is none."""
        route = self.routes.find(account, region, name)
        if route is None:
            raise exchanges.no_endpoint(account, name)
        return route

    def at_once(self, route: Route, asked: Asked) -> Answered | Variant:
        """The answer of the variant's evaluator; the chosen variant where only a server can tell.

        Raises AwsError as AWS answers, ModelError among them.
        """
        started = time.perf_counter()
        fleet = self._choose(route, asked)
        evaluator = fleet.evaluator
        if evaluator is None or len(asked.body) > LOOP_BODY_BYTES_MAX or asked.target_model or asked.target_container:
            return fleet
        answer = evaluator.answer(asked.body, asked.content_type, asked.accept)
        if answer is None:
            return fleet
        return self._evaluated(route, fleet, asked, answer, started, time.perf_counter() - started)

    async def invoke(
        self,
        route: Route,
        asked: Asked,
        fleet: Variant | None = None,
        seconds_max: float = SECONDS_MAX,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
    ) -> Answered:
        """The answer, whoever gives it. fleet: the variant, when it was chosen already. Raises AwsError."""
        started = time.perf_counter()
        if fleet is None:
            found = self.at_once(route, asked)
            if isinstance(found, Answered):
                return found
            fleet = found
        if fleet.evaluator is not None and len(asked.body) > LOOP_BODY_BYTES_MAX and not asked.target_model:
            answer = await asyncio.to_thread(fleet.evaluator.answer, asked.body, asked.content_type, asked.accept)
            if answer is not None:
                return self._evaluated(route, fleet, asked, answer, started, time.perf_counter() - started)
        turn = Turn(route, fleet, asked, started, started + seconds_max, answer_bytes_max)
        with self._counted(turn):
            reply = await self._with_an_instance(turn, self._whole)
        self._served(turn, reply)
        return _answered(fleet, reply)

    async def stream(self, route: Route, asked: Asked) -> tuple[Answered, AsyncIterator[bytes]]:
        """The answer's head, and its body as it comes. Raises AwsError before the first part.

        The iterator raises AwsError (ModelStreamError) when the model breaks off. Close it when it is not read to its
        end. Differs: streamed answers are not captured.
        """
        found = self.at_once(route, asked)
        if isinstance(found, Answered):
            return found, _single(found.body)
        started = time.perf_counter()
        turn = Turn(route, found, asked, started, started + SECONDS_MAX)
        with self._counted(turn):
            reply, parts = await self._with_an_instance(turn, self._head)
        return _answered(found, reply), parts

    # Where it goes.

    def _choose(self, route: Route, asked: Asked) -> Variant:
        """The variant that is asked for, else one by weight."""
        fleets = route.variants
        if asked.target_variant:
            fleets = tuple(fleet for fleet in fleets if fleet.name == asked.target_variant)
            if not fleets:
                raise exchanges.no_variant(route, asked.target_variant)
        if len(fleets) == 1:
            fleet = fleets[0]
        elif fleets:
            fleet = self._weighted(fleets)
        else:
            raise exchanges.no_endpoint(route.account, route.name)
        if asked.target_model and not fleet.multi_model:
            raise AwsError("ValidationError", f"Endpoint {route.name} serves one model; leave TargetModel out.")
        if fleet.multi_model and not asked.target_model:
            raise AwsError("ValidationError", f"Endpoint {route.name} serves many models; name one by TargetModel.")
        return fleet

    def _weighted(self, fleets: tuple[Variant, ...]) -> Variant:
        total = sum(fleet.weight for fleet in fleets)
        left = self._chance() * total
        for fleet in fleets:
            left -= fleet.weight
            if left < 0:
                return fleet
        return fleets[-1]

    async def _with_an_instance(self, turn: Turn, ask: Callable[[Turn, Instance], Awaitable[T]]) -> T:
        """What an instance answers; one that is gone before it answered is replaced by another."""
        while True:
            instance = await self._instance(turn)
            instance.active += 1
            try:
                return await ask(turn, instance)
            except ServerGone as gone:
                if gone.answered:
                    container = _containers(instance, turn.asked)[0][0]
                    raise exchanges.model_error(turn.route, container, 0, exchanges.VANISHED) from gone
                turn.refused.append(instance)
            finally:
                instance.active -= 1

    async def _instance(self, turn: Turn) -> Instance:
        """The least busy instance of the variant; waits for one where none is. Raises ServiceUnavailable."""
        began = time.perf_counter()
        give_up = turn.deadline
        while True:
            fleets, ready = self._ready(turn)
            turn.instances = max(1, sum(len(fleet.instances) for fleet in fleets))
            if ready:
                waited = time.perf_counter() - began
                if waited > LOOK_SECONDS:
                    turn.seconds_setup += waited
                return min(ready, key=lambda instance: instance.active)
            wakers = [fleet.wake for fleet in fleets if fleet.wake is not None]
            for wake in wakers:
                wake()
            if not wakers:
                give_up = min(give_up, began + PATIENCE_SECONDS)
            left = give_up - time.perf_counter()
            if left <= 0:
                raise exchanges.unavailable(turn.route, turn.fleet.name)
            await self._news(min(left, LOOK_SECONDS))
            # One that was gone may be back under its old name.
            turn.refused.clear()

    def _ready(self, turn: Turn) -> tuple[list[Variant], list[Instance]]:
        """The variant's fleets as they are now, and their instances that have not failed this request."""
        route = self.routes.find(turn.route.account, turn.route.region, turn.route.name)
        if route is None:
            raise exchanges.no_endpoint(turn.route.account, turn.route.name)
        fleets = [fleet for fleet in (*route.variants, *route.shadows) if fleet.name == turn.fleet.name]
        if not fleets:
            raise exchanges.no_variant(route, turn.fleet.name)
        # The very fleet that was chosen, while it stands: weights hold while traffic moves between two.
        chosen = [fleet for fleet in fleets if fleet is turn.fleet] or fleets
        ready = [instance for fleet in chosen for instance in fleet.instances if instance not in turn.refused]
        return fleets, ready or [
            instance for fleet in fleets for instance in fleet.instances if instance not in turn.refused
        ]

    async def _news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    # What an instance is asked.

    async def _whole(self, turn: Turn, instance: Instance) -> Reply:
        """The answer of the last container; each gets what the one before it answered."""
        asked, path = turn.asked, await self._path(turn, instance)
        body, content_type = asked.body, asked.content_type
        reply = Reply(200)
        for name, socket in _containers(instance, asked):
            headers = _headers(asked, content_type)
            began = time.perf_counter()
            try:
                async with asyncio.timeout(turn.deadline - began):
                    reply = await self._servers.ask(socket, path, headers, body, turn.answer_bytes_max)
            except TimeoutError:
                text = exchanges.TIMED_OUT.format(name)
                raise exchanges.model_error(turn.route, name, 0, text) from None
            except AnswerTooLong:
                text = exchanges.TOO_LONG.format(turn.answer_bytes_max)
                raise exchanges.model_error(turn.route, name, 0, text) from None
            finally:
                turn.seconds_model += time.perf_counter() - began
            if reply.status not in SUCCESS:
                raise exchanges.model_error(turn.route, name, reply.status, reply.body.decode("utf-8", "replace"))
            body, content_type = reply.body, reply.content_type
        return reply

    async def _head(self, turn: Turn, instance: Instance) -> tuple[Reply, AsyncIterator[bytes]]:
        """Like `_whole`, but the last container's answer is left to be read."""
        containers = _containers(instance, turn.asked)
        if len(containers) > 1:
            reply = await self._whole(turn, instance)
            return reply, _single(reply.body)
        ((name, socket),) = containers
        path = await self._path(turn, instance)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(turn.deadline - began):
                headers = _headers(turn.asked, turn.asked.content_type)
                connection, reply = await self._servers.open(socket, path, headers, turn.asked.body)
                if reply.status not in SUCCESS:
                    reply.body = await connection.body(turn.answer_bytes_max)
                    self._servers.give_back(socket, connection)
        except TimeoutError:
            raise exchanges.model_error(turn.route, name, 0, exchanges.TIMED_OUT.format(name)) from None
        turn.seconds_model = time.perf_counter() - began
        if reply.status not in SUCCESS:
            raise exchanges.model_error(turn.route, name, reply.status, reply.body.decode("utf-8", "replace"))
        instance.active += 1
        return reply, self._rest(instance, connection, turn.started + STREAM_SECONDS_MAX)

    async def _rest(self, instance: Instance, connection: Connection, deadline: float) -> AsyncIterator[bytes]:
        try:
            async with asyncio.timeout(deadline - time.perf_counter()):
                async for part in connection.parts():
                    yield part
        except TimeoutError:
            text = "The model did not finish its answer in time."
            raise AwsError("ModelStreamError", text, ErrorCode="ModelInvocationTimeExceeded") from None
        except ServerGone as gone:
            text = "The model closed the connection in the middle of its answer."
            raise AwsError("ModelStreamError", text, ErrorCode="StreamBroken") from gone
        finally:
            instance.active -= 1
            self._servers.give_back(instance.sockets[0], connection)

    async def _path(self, turn: Turn, instance: Instance) -> str:
        if not turn.asked.target_model:
            return PATH
        if self.load_model is None:
            raise AwsError("ValidationError", "No multi-model endpoint can be invoked here.")
        began = time.perf_counter()
        path = await asyncio.to_thread(self.load_model, turn.route, turn.fleet, instance, turn.asked.target_model)
        turn.seconds_setup += time.perf_counter() - began
        return path

    # What is counted and kept.

    @contextmanager
    def _counted(self, turn: Turn):  # type: ignore[no-untyped-def]
        """Count a request and hold a serverless variant to its concurrency."""
        route, fleet = turn.route, turn.fleet
        tally, key = self.tallies.of(route, fleet.name), (route.arn, fleet.name)
        under_way = self._under_way.get(key, 0)
        if fleet.concurrency_max is not None and under_way >= fleet.concurrency_max:
            raise exchanges.throttled(route, fleet.name, fleet.concurrency_max)
        self._under_way[key] = under_way + 1
        try:
            yield
        except AwsError as error:
            _count_error(tally, error)
            raise
        finally:
            left = self._under_way[key] - 1
            if left:
                self._under_way[key] = left
            else:
                del self._under_way[key]
            tally.invocations += 1
            tally.per_instance += 1 / turn.instances
            if turn.seconds_model:
                tally.model.add(turn.seconds_model)
                tally.overhead.add(max(0.0, time.perf_counter() - turn.started - turn.seconds_model))
            if turn.seconds_setup:
                tally.setup.add(turn.seconds_setup)

    def _evaluated(
        self, route: Route, fleet: Variant, asked: Asked, answer: Answer, started: float, seconds: float
    ) -> Answered:
        tally = self.tallies.of(route, fleet.name)
        tally.invocations += 1
        tally.fast += 1
        tally.per_instance += 1 / (len(fleet.instances) or 1)
        tally.model.add(seconds)
        if answer.status not in SUCCESS:
            error = exchanges.model_error(route, PRIMARY, answer.status, answer.body.decode("utf-8", "replace"))
            _count_error(tally, error)
            raise error
        if route.capture is not None:
            output = (answer.content_type, answer.body)
            self._captures.offer(route, route.capture, fleet.name, asked, output, self._stores.clock.now())
        if route.shadows:
            self._cast(route, asked)
        tally.overhead.add(time.perf_counter() - started - seconds)
        return Answered(answer.status, answer.body, answer.content_type, fleet.name)

    def _served(self, turn: Turn, reply: Reply) -> None:
        route = turn.route
        if route.capture is not None:
            output = (reply.content_type, reply.body)
            now = self._stores.clock.now()
            self._captures.offer(route, route.capture, turn.fleet.name, turn.asked, output, now)
        if route.shadows and turn.fleet not in route.shadows:
            self._cast(route, turn.asked)

    def _cast(self, route: Route, asked: Asked) -> None:
        """Send copies to shadow variants, by weight relative to production's; nobody waits for them.

        https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
        """
        production = sum(fleet.weight for fleet in route.variants) or 1.0
        for shadow in route.shadows:
            if self._chance() * production >= shadow.weight:
                continue
            if self._shadows >= SHADOWS_WAITING_MAX:
                own = self.tallies.of(route, shadow.name).own
                own["ShadowsDropped"] = own.get("ShadowsDropped", 0) + 1
                continue
            self._shadows += 1
            self._keep(self._shadow(route, shadow, asked))

    async def _shadow(self, route: Route, shadow: Variant, asked: Asked) -> None:
        try:
            await self.invoke(route, asked, shadow)
        except AwsError as error:
            log.info("a shadow variant failed", endpoint=route.name, variant=shadow.name, code=error.code)
        finally:
            self._shadows -= 1

    # The background.

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _count_for_ever(self) -> None:
        while True:
            await asyncio.sleep(COUNTS_SECONDS)
            await self._write_counts()

    async def _write_counts(self) -> None:
        taken = self.tallies.take()
        if not taken:
            return
        try:
            await asyncio.to_thread(self._write, taken)
        except Exception:
            # Counts are lost, invocations go on: a full disk or a locked database must not stop the models.
            log.exception("the counts of invocations could not be written")

    def _write(self, taken: dict[tallies.Series, Tally]) -> None:
        with self._stores.database.write() as tx:
            tallies.write(tx, taken, self._stores.clock.now())


def _count_error(tally: Tally, error: AwsError) -> None:
    original = error.fields.get("OriginalStatusCode")
    status = original or error.status
    if 400 <= status < 500 and (original or error.code != "ModelError"):
        tally.errors_4xx += 1
    else:
        tally.errors_5xx += 1
    if error.code == "ModelError":
        tally.errors_model += 1


def _containers(instance: Instance, asked: Asked) -> list[tuple[str, object]]:
    """(name, socket) of the containers that answer, in order: all of a pipeline, or the one that is asked for.

    Raises ValidationError for a TargetContainerHostname the endpoint does not have.
    """
    if len(instance.sockets) == 1 and not asked.target_container:
        return [(PRIMARY, instance.sockets[0])]
    names = instance.hostnames or tuple(f"container-{at}" for at, _ in enumerate(instance.sockets, 1))
    pairs = list(zip(names, instance.sockets, strict=False))
    if not instance.hostnames and not asked.target_container:
        return pairs
    found = [pair for pair in pairs if pair[0] == asked.target_container]
    if not found or not instance.hostnames:
        known = f" It has {', '.join(instance.hostnames)}." if instance.hostnames else ""
        text = f"TargetContainerHostname {asked.target_container!r} is no container that can be invoked directly.{known}"
        raise AwsError("ValidationError", text)
    return found


def _headers(asked: Asked, content_type: str) -> dict[str, str]:
    headers = dict(asked.headers)
    if content_type:
        headers["Content-Type"] = content_type
    if asked.accept:
        headers["Accept"] = asked.accept
    if asked.custom_attributes:
        headers[ATTRIBUTES] = asked.custom_attributes
    if asked.inference_id:
        headers[INFERENCE] = asked.inference_id
    if asked.target_model:
        headers[TARGET_MODEL] = asked.target_model
    return headers


def _answered(fleet: Variant, reply: Reply) -> Answered:
    further = {name: reply.headers[name] for name in SESSION_HEADERS if name in reply.headers}
    attributes = reply.headers.get(ATTRIBUTES.lower(), "")
    return Answered(reply.status, reply.body, reply.content_type, fleet.name, attributes, further)


async def _single(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Call back in the loop, unless it has ended meanwhile."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
