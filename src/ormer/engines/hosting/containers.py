"""What an instance's containers are asked: all in a row as an inference pipeline, or one that is named.

https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html
https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-direct.html
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from ormer.aws.errors import AwsError
from ormer.engines.hosting import exchanges
from ormer.engines.hosting.exchanges import SUCCESS, Asked
from ormer.engines.hosting.fleets import Turn
from ormer.engines.hosting.model_servers import AnswerTooLong, Connection, ModelServers, Reply, ServerGone
from ormer.engines.hosting.routes import Instance, Route, Variant

# https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-test-endpoints.html
STREAM_SECONDS_MAX = 480.0
PRIMARY, EXPLAINER, PATH = "primary", "explainer", "/invocations"
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
INFERENCE = "X-Amzn-SageMaker-Inference-Id"
TARGET_MODEL = "X-Amzn-SageMaker-Target-Model"
# Tells an explainer where the model answers that it is to explain.
MODEL_PATH = "X-Ormer-Model-Path"


class LoadModel(Protocol):
    """Has an instance of a multi-model variant load a model; the hosting engine brings one.

    Returns the path its invocations go to, such as `/models/<hash>/invoke`. Called from a thread. Raises AwsError: a
    ValidationError when there is no such model, ModelNotReadyException while it is being loaded.
    """

    def __call__(self, route: Route, variant: Variant, instance: Instance, target_model: str) -> str: ...


class Containers:
    """Asks the containers of instances. load_model: None where no multi-model endpoint can be. For one event loop."""

    def __init__(self, load_model: LoadModel | None) -> None:
        self.load_model = load_model
        self._servers = ModelServers()

    def close(self) -> None:
        self._servers.close()

    async def whole(self, turn: Turn, instance: Instance) -> Reply:
        """The last container's whole answer; each gets what the one before it answered.

        Raises ServerGone, and ModelError for answers that are none or not good.
        """
        asked, path = turn.asked, await self._path(turn, instance)
        reply = Reply(200, {"content-type": asked.content_type}, asked.body)
        further = {} if instance.explainer is None else {MODEL_PATH: path}
        for name, socket in _chosen(instance, asked):
            headers, began = _headers(asked, reply.content_type) | further, time.perf_counter()
            try:
                async with asyncio.timeout(turn.deadline - began):
                    there = PATH if further else path
                    reply = await self._servers.ask(socket, there, headers, reply.body, turn.answer_bytes_max)
            except TimeoutError:
                raise _timed_out(turn, name) from None
            except AnswerTooLong:
                text = exchanges.TOO_LONG.format(turn.answer_bytes_max)
                raise exchanges.model_error(turn.route, name, 0, text) from None
            finally:
                turn.seconds_model += time.perf_counter() - began
            _check(turn, name, reply)
        return reply

    async def head(self, turn: Turn, instance: Instance) -> tuple[Reply, AsyncGenerator[bytes, None]]:
        """Like `whole`, but the body of the last container's answer is an iterator: it comes as the container sends it.

        The iterator raises ModelStreamError, and must be closed when it is not read to its end.
        """
        chosen = _chosen(instance, turn.asked)
        if len(chosen) > 1 or instance.explainer is not None:
            reply = await self.whole(turn, instance)
            return reply, single(reply.body)
        ((name, socket),) = chosen
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
            raise _timed_out(turn, name) from None
        turn.seconds_model = time.perf_counter() - began
        _check(turn, name, reply)
        instance.active += 1
        return reply, self._rest(instance, socket, connection, asyncio.get_running_loop().time() + STREAM_SECONDS_MAX)

    async def _rest(
        self, instance: Instance, socket: Path, connection: Connection, deadline: float
    ) -> AsyncGenerator[bytes, None]:
        try:
            async for part in connection.parts(deadline):
                yield part
        except TimeoutError:
            text = "The model did not finish its answer in time."
            raise AwsError("ModelStreamError", text, ErrorCode="ModelInvocationTimeExceeded") from None
        except ServerGone as gone:
            text = "The model closed the connection in the middle of its answer."
            raise AwsError("ModelStreamError", text, ErrorCode="StreamBroken") from gone
        finally:
            instance.active -= 1
            self._servers.give_back(socket, connection)

    async def _path(self, turn: Turn, instance: Instance) -> str:
        if not turn.asked.target_model:
            return PATH
        if self.load_model is None:
            raise AwsError("ValidationError", "No multi-model endpoint can be invoked here.")
        began = time.perf_counter()
        path = await asyncio.to_thread(self.load_model, turn.route, turn.fleet, instance, turn.asked.target_model)
        turn.seconds_setup += time.perf_counter() - began
        return path


async def single(body: bytes) -> AsyncGenerator[bytes, None]:
    """A whole body as a stream of one part."""
    if body:
        yield body


def first_name(instance: Instance, asked: Asked) -> str:
    """What errors call the container that is asked first."""
    return _chosen(instance, asked)[0][0]


def _chosen(instance: Instance, asked: Asked) -> list[tuple[str, Path]]:
    """(name, socket) of the containers that answer, in order.

    Raises ValidationError for a TargetContainerHostname the endpoint does not have.
    """
    if instance.explainer is not None and not asked.target_container:
        return [(EXPLAINER, instance.explainer)]
    if asked.target_container:
        for pair in zip(instance.hostnames, instance.sockets, strict=False):
            if pair[0] == asked.target_container:
                return [pair]
    elif not instance.hostnames:
        names = (f"container-{at}" for at, _ in enumerate(instance.sockets, 1))
        return list(zip(names if len(instance.sockets) > 1 else (PRIMARY,), instance.sockets, strict=False))
    known = f"One of {', '.join(instance.hostnames)} must be named." if instance.hostnames else "There is none."
    text = f"TargetContainerHostname {asked.target_container!r} is no container to be invoked directly. {known}"
    raise AwsError("ValidationError", text)


def _headers(asked: Asked, content_type: str) -> dict[str, str]:
    headers = dict(asked.headers)
    for name, value in (
        ("Content-Type", content_type),
        ("Accept", asked.accept),
        (ATTRIBUTES, asked.custom_attributes),
        (INFERENCE, asked.inference_id),
        (TARGET_MODEL, asked.target_model),
    ):
        if value:
            headers[name] = value
    return headers


def _check(turn: Turn, name: str, reply: Reply) -> None:
    if reply.status not in SUCCESS:
        raise exchanges.model_error(turn.route, name, reply.status, reply.body.decode("utf-8", "replace"))


def _timed_out(turn: Turn, name: str) -> AwsError:
    return exchanges.model_error(turn.route, name, 0, exchanges.TIMED_OUT.format(name))
