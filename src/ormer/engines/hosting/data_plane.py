"""The data plane for callers inside this process, and for requests that the invoke lane leaves to the ordinary way.

They come in threads; what they ask for is done in the loop, where all invocations run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Iterator
from typing import Any, TypeVar

from ormer.aws.errors import AwsError
from ormer.engines.hosting import exchanges
from ormer.engines.hosting.async_inferences import AsyncInferences
from ormer.engines.hosting.exchanges import Answered, Asked
from ormer.engines.hosting.fleets import PATIENCE_SECONDS
from ormer.engines.hosting.invocations import Invocations
from ormer.engines.hosting.routes import Route
from ormer.stores import resources
from ormer.stores.port import Call

JsonDict = dict[str, Any]
T = TypeVar("T")
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
BODY_BYTES_MAX = 25 << 20
# Statuses in which an endpoint answers.
SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack")
LOOK_SECONDS = 0.02
# Members that are passed on to the container as they are.
PASSED_ON = {
    "SessionId": "X-Amzn-SageMaker-Session-Id",
    "EnableExplanations": "X-Amzn-SageMaker-Enable-Explanations",
}


class HostedModels:
    """`ormer.stores.port.DataPlane`."""

    def __init__(self, invocations: Invocations, queues: AsyncInferences) -> None:
        self._invocations = invocations
        self._queues = queues

    def invoke(self, call: Call, request: JsonDict) -> JsonDict:
        """InvokeEndpoint."""
        route = self._route(call, request["EndpointName"])
        if route.async_output is not None:
            text = f"Endpoint {route.name} is asynchronous: invoke it by InvokeEndpointAsync."
            raise AwsError("ValidationError", text)
        answered = self._in_loop(self._invocations.invoke(route, _asked(request)))
        return {"Body": answered.body, **_members(answered)}

    def stream(self, call: Call, request: JsonDict) -> JsonDict:
        """InvokeEndpointWithResponseStream."""
        route = self._route(call, request["EndpointName"])
        answered, parts = self._in_loop(self._invocations.stream(route, _asked(request)))
        return {"Body": self._events(parts), **_members(answered)}

    def invoke_later(self, call: Call, request: JsonDict) -> JsonDict:
        """InvokeEndpointAsync."""
        route = self._route(call, request["EndpointName"])
        return self._queues.accept(call, route, request)

    def _route(self, call: Call, name: str) -> Route:
        """Where the endpoint's requests go. Raises ValidationError, which tells its status when it has one."""
        route = self._invocations.routes.find(call.account, call.region, name)
        if route is not None:
            return route
        with call.read() as tx:
            row = resources.find(tx, call.account, call.region, "sagemaker", "Endpoint", name)
        if row is not None and row.status in SERVING:
            return self._awaited(call, name)
        hint = f" It is {row.status}; it can be invoked once it is InService." if row is not None else ""
        raise exchanges.no_endpoint(call.account, name, hint)

    def _awaited(self, call: Call, name: str) -> Route:
        """The route of an endpoint that serves: a server that has just started takes endpoints up one by one.

        Raises ServiceUnavailable when it takes long.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            route = self._invocations.routes.find(call.account, call.region, name)
            if route is not None:
                return route
            time.sleep(LOOK_SECONDS)
        raise AwsError("ServiceUnavailable", f"Endpoint {name} is being taken up again. Try again later.", 503)

    def _events(self, parts: AsyncGenerator[bytes, None]) -> Iterator[JsonDict]:
        try:
            while (part := self._in_loop(_next(parts))) is not None:
                yield {"PayloadPart": {"Bytes": part}}
        finally:
            self._in_loop(_close(parts))

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        loop = self._invocations.loop
        if loop is None:
            work.close()
            raise AwsError("ServiceUnavailable", "The server does not answer invocations yet. Try again.", 503)
        return asyncio.run_coroutine_threadsafe(work, loop).result()


async def _next(parts: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(parts, None)


async def _close(parts: AsyncGenerator[bytes, None]) -> None:
    await parts.aclose()


def _asked(request: JsonDict) -> Asked:
    body = bytes(request["Body"])
    if len(body) > BODY_BYTES_MAX:
        raise AwsError("413", f"HTTP content length exceeded {BODY_BYTES_MAX} bytes.", 413)
    return Asked(
        body,
        request.get("ContentType", ""),
        request.get("Accept", ""),
        request.get("CustomAttributes", ""),
        request.get("TargetVariant", ""),
        request.get("TargetModel", ""),
        request.get("TargetContainerHostname", ""),
        request.get("InferenceId", ""),
        {header: request[name] for name, header in PASSED_ON.items() if name in request},
    )


def _members(answered: Answered) -> JsonDict:
    members = {
        "ContentType": answered.content_type,
        "InvokedProductionVariant": answered.variant,
        "CustomAttributes": answered.custom_attributes or None,
        "NewSessionId": answered.headers.get("x-amzn-sagemaker-new-session-id"),
        "ClosedSessionId": answered.headers.get("x-amzn-sagemaker-closed-session-id"),
    }
    return {name: value for name, value in members.items() if value is not None}
