"""A model's answer as an event stream: each part of its body is an event as soon as it comes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any

from botocore.model import OperationModel

from ormer.aws.errors import AwsError
from ormer.engines.hosting.exchanges import Answered
from ormer.gateway.protocols import event_stream, faults, json_shapes

Message = MutableMapping[str, Any]
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"


async def send_stream(
    operation: OperationModel,
    answered: Answered,
    parts: AsyncGenerator[bytes, None],
    request_id: str,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Send an answer; a model that breaks off is the stream's last frame, a client that goes away ends it."""
    headers = {
        "content-type": event_stream.CONTENT_TYPE,
        "x-amzn-sagemaker-content-type": answered.content_type,
        "x-amzn-invoked-production-variant": answered.variant,
        "x-amzn-requestid": request_id,
    }
    if answered.custom_attributes:
        headers[ATTRIBUTES] = answered.custom_attributes
    raw = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    # With the body read, the next message is that the client went away.
    gone = asyncio.ensure_future(receive())
    try:
        async for frame in _frames(operation, parts):
            if gone.done():
                return
            await send({"type": "http.response.body", "body": frame, "more_body": True})
    finally:
        gone.cancel()
        await parts.aclose()
    await send({"type": "http.response.body", "body": b""})


async def _frames(operation: OperationModel, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        async for part in parts:
            yield event_stream.event("PayloadPart", part)
    except AwsError as error:
        fault = faults.describe(operation, error)
        yield event_stream.exception(fault.type, json_shapes.dumps(fault.members))
