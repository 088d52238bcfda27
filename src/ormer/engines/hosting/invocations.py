"""Invocations: a request finds its variant and instance, is answered, counted and captured.

Everything here runs in one event loop, the gateway's; nothing is durable. What an evaluator answers never leaves the
calling function (`at_once`); everything else waits for a model server (`invoke`, `stream`).

A model server that is gone before it answered one byte has done nothing that was seen: the request goes to another
instance, or waits a while for the engine to bring one. The second server that ends over it is the model's error.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog

from ormer.aws.errors import AwsError
from ormer.engines.hosting import containers, exchanges, fleets, tallies
from ormer.engines.hosting.captures import Captures
from ormer.engines.hosting.containers import PRIMARY, Containers, LoadModel
from ormer.engines.hosting.exchanges import SUCCESS, Answered, Asked
from ormer.engines.hosting.fleets import Finder, Turn
from ormer.engines.hosting.model_servers import Reply, ServerGone
from ormer.engines.hosting.routes import Answer, Evaluator, Instance, Route, Routes, Variant
from ormer.engines.hosting.tallies import Tallies, Tally
from ormer.stores.stores import Stores

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
SECONDS_MAX = 60.0
ANSWER_BYTES_MAX = 25 << 20
# Longer bodies are evaluated in a thread, so that they keep no one waiting.
LOOP_BODY_BYTES_MAX = 64 << 10
COUNTS_SECONDS = 5.0
# A request that ended so many model servers is not sent to another one: it may be what ends them.
DEATHS_MAX = 2
SHADOWS_WAITING_MAX = 64

log = structlog.get_logger("ormer.invocations")
T = TypeVar("T")


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
        self.containers = Containers(load_model)
        self.loop: asyncio.AbstractEventLoop | None = None
        self._stores = stores
        self._write_capture, self._capture = captures.write, captures.offer
        self._chance = chance
        self._finder = Finder(routes)
        self._under_way: dict[tuple[str, str], int] = {}
        self._background: set[asyncio.Future[None]] = set()
        self._shadows = 0
        self._unlisten: Callable[[], None] = lambda: None

    # Beginning and end, in the loop.

    def open(self) -> None:
        """Begin to answer, in the running loop."""
        loop = self.loop = asyncio.get_running_loop()
        self._unlisten = self.routes.changed.listen(lambda: _tell(loop, self._finder.announce))
        self._keep(self._count_for_ever())

    async def close(self) -> None:
        """Write the last counts and let every connection go."""
        self._unlisten()
        self.loop = None
        for task in tuple(self._background):
            task.cancel()
        self.containers.close()
        await self._write_counts()

    # One invocation.

    def at_once(self, route: Route, asked: Asked) -> Answered | Variant:
        """The answer of the variant's evaluator; the chosen variant where something has to be waited for.

        Raises AwsError as AWS answers, ModelError among them.
        """
        started = time.perf_counter()
        fleet = fleets.choose(route, asked, self._chance)
        evaluator = _evaluator(fleet, asked)
        if evaluator is None or len(asked.body) > LOOP_BODY_BYTES_MAX:
            return fleet
        answer = evaluator.answer(asked.body, asked.content_type, asked.accept)
        if answer is None:
            return fleet
        return self._evaluated(route, fleet, asked, answer, started, time.perf_counter() - started)

    async def invoke(
        self, route: Route, asked: Asked, seconds_max: float = SECONDS_MAX, answer_bytes_max: int = ANSWER_BYTES_MAX
    ) -> Answered:
        """The answer, whoever gives it. Raises AwsError."""
        found = self.at_once(route, asked)
        if isinstance(found, Answered):
            return found
        return await self.finish(route, asked, found, seconds_max, answer_bytes_max)

    async def finish(
        self,
        route: Route,
        asked: Asked,
        fleet: Variant,
        seconds_max: float = SECONDS_MAX,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
    ) -> Answered:
        """The answer of the variant that `at_once` chose and could not answer for. Raises AwsError."""
        started = time.perf_counter()
        if len(asked.body) > LOOP_BODY_BYTES_MAX:
            answered = await self._evaluate_beside(route, asked, fleet)
            if answered is not None:
                return answered
        turn = Turn(route, fleet, asked, started, started + seconds_max, answer_bytes_max)
        with self._counted(turn):
            reply = await self._with_an_instance(turn, self.containers.whole)
        self._served(turn, reply)
        return exchanges.answered(fleet.name, reply.status, reply.headers, reply.body)

    async def stream(self, route: Route, asked: Asked) -> tuple[Answered, AsyncGenerator[bytes, None]]:
        """The answer's head, and its body as it comes. Raises AwsError before the first part.

        The iterator raises ModelStreamError when the model breaks off; close it when it is not read to its end.
        Differs: streamed answers of model servers are not captured.
        """
        found = self.at_once(route, asked)
        if isinstance(found, Answered):
            return found, containers.single(found.body)
        started = time.perf_counter()
        turn = Turn(route, found, asked, started, started + SECONDS_MAX, ANSWER_BYTES_MAX)
        with self._counted(turn):
            reply, parts = await self._with_an_instance(turn, self.containers.head)
        return exchanges.answered(found.name, reply.status, reply.headers, reply.body), parts

    async def _evaluate_beside(self, route: Route, asked: Asked, fleet: Variant) -> Answered | None:
        """The evaluator's answer, made in a thread; None where only a server can tell."""
        started, evaluator = time.perf_counter(), _evaluator(fleet, asked)
        if evaluator is None:
            return None
        answer = await asyncio.to_thread(evaluator.answer, asked.body, asked.content_type, asked.accept)
        if answer is None:
            return None
        return self._evaluated(route, fleet, asked, answer, started, time.perf_counter() - started)

    async def _with_an_instance(self, turn: Turn, ask: Callable[[Turn, Instance], Awaitable[T]]) -> T:
        """What an instance answers; one that is gone before it answered is replaced by another."""
        while True:
            instance = await self._finder.instance(turn)
            instance.active += 1
            try:
                return await ask(turn, instance)
            except ServerGone as gone:
                turn.deaths += gone.heard
                if gone.answered or turn.deaths == DEATHS_MAX:
                    name = containers.first_name(instance, turn.asked)
                    raise exchanges.model_error(turn.route, name, 0, exchanges.VANISHED) from gone
                turn.refused.append(instance)
                turn.lost_at = turn.lost_at or time.perf_counter()
            finally:
                instance.active -= 1

    # What is counted and kept.

    @contextmanager
    def _counted(self, turn: Turn) -> Iterator[None]:
        """Count a request, and hold a serverless variant to its concurrency."""
        route, fleet = turn.route, turn.fleet
        key = (route.arn, fleet.name)
        under_way = self._under_way.get(key, 0)
        if fleet.concurrency_max is not None and under_way >= fleet.concurrency_max:
            self.tallies.of(route, fleet.name).note("ThrottledInvocations")
            raise exchanges.throttled(route, fleet.name, fleet.concurrency_max)
        self._under_way[key] = under_way + 1
        try:
            yield
        except AwsError as error:
            self.tallies.of(route, fleet.name).failed(error)
            raise
        finally:
            self._under_way[key] -= 1
            tally = self.tallies.of(route, fleet.name)
            tally.served(time.perf_counter() - turn.started, turn.seconds_model, turn.seconds_setup, turn.instances)

    def _evaluated(
        self, route: Route, fleet: Variant, asked: Asked, answer: Answer, started: float, seconds: float
    ) -> Answered:
        error = None
        if answer.status not in SUCCESS:
            error = exchanges.model_error(route, PRIMARY, answer.status, answer.body.decode("utf-8", "replace"))
        elif route.capture is not None and not self._write_capture(
            route, fleet.name, asked, answer.content_type, answer.body
        ):
            self._capture(route, fleet.name, asked, answer.content_type, answer.body)
        if route.shadows:
            self._cast(route, fleet, asked)
        tally = self.tallies.of(route, fleet.name)
        tally.evaluated(time.perf_counter() - started, seconds, len(fleet.instances) or 1)
        if error is not None:
            tally.failed(error)
            raise error
        return Answered(answer.status, answer.body, answer.content_type, fleet.name)

    def _served(self, turn: Turn, reply: Reply) -> None:
        route = turn.route
        if route.capture is not None:
            self._capture(route, turn.fleet.name, turn.asked, reply.content_type, reply.body)
        if route.shadows:
            self._cast(route, turn.fleet, turn.asked)

    def _cast(self, route: Route, fleet: Variant, asked: Asked) -> None:
        """Send copies to shadow variants, by weight relative to production's; nobody waits for them.

        https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
        """
        if any(fleet.name == shadow.name for shadow in route.shadows):
            return
        production = sum(variant.weight for variant in route.variants) or 1.0
        for shadow in route.shadows:
            if self._chance() * production >= shadow.weight:
                continue
            if self._shadows >= SHADOWS_WAITING_MAX:
                self.tallies.of(route, shadow.name).note("ShadowsDropped")
                continue
            self._shadows += 1
            self._keep(self._shadow(route, shadow, asked))

    async def _shadow(self, route: Route, shadow: Variant, asked: Asked) -> None:
        try:
            if len(asked.body) > LOOP_BODY_BYTES_MAX or not await self._evaluate_beside(route, asked, shadow):
                await self.finish(route, asked, shadow)
        except AwsError as error:
            log.info("a shadow variant failed", endpoint=route.name, variant=shadow.name, code=error.code)
        finally:
            self._shadows -= 1

    # The background.

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

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


def _evaluator(fleet: Variant, asked: Asked) -> Evaluator | None:
    """The variant's evaluator, unless the request names a model or container that only a server has."""
    return None if asked.target_model or asked.target_container else fleet.evaluator


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Call back in the loop, unless it has ended meanwhile."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
