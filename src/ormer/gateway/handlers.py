"""The way of a request through the gateway, in order; the first handler that returns a response ends it.

`ADMISSION` runs in the event loop and decides who takes the request: a public page, a room with its own doors, S3's
streams, or the wire protocols. `OPERATION` runs in one worker thread: authenticate, parse, call, serialize.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.gateway import chunks, refusals, sigv4, virtual_hosts
from ormer.gateway import identify as identifying
from ormer.gateway.chunks import Body
from ormer.gateway.identify import Identifier, Target
from ormer.gateway.invoke.lane import InvokeLane
from ormer.gateway.messages import Request, Response
from ormer.gateway.metrics import CONTENT_TYPE, Metrics
from ormer.gateway.protocols import query, rest_json, rest_xml
from ormer.gateway.rooms import ObjectRoom, Room
from ormer.gateway.sigv4 import Authenticator, Signed
from ormer.stores.port import Port

# The largest body of a buffered operation: InvokeEndpoint takes 25 MB, and base64 grows blobs by a third.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
BODY_BYTES_MAX = 64 * 1024 * 1024
# The largest form: IAM policies and CloudFormation templates stay below a megabyte.
FORM_BYTES_MAX = 4 * 1024 * 1024
QUEUE = "QueueUrl"
HEALTH_PATH, METRICS_PATH = "/healthz", "/metrics"


@dataclass
class Exchange:
    """One request and what the handlers have found out about it."""

    request: Request
    body: Body
    target: Target | None = None
    signed: Signed | None = None
    params: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """What the handlers work with."""

    port: Port
    models: Models
    identifier: Identifier
    authenticator: Authenticator
    metrics: Metrics
    rooms: Sequence[Room] = ()
    objects: ObjectRoom | None = None
    lane: InvokeLane | None = None


async def answer_public_pages(desk: Desk, exchange: Exchange) -> Response | None:
    """Health and metrics: the only two pages for everyone."""
    request = exchange.request
    if request.method not in ("GET", "HEAD") or sigv4.is_signed(request):
        return None
    if request.raw_path == HEALTH_PATH:
        return Response(200, {"content-type": "application/json"}, json.dumps({"status": "ok"}).encode())
    if request.raw_path == METRICS_PATH:
        return Response(200, {"content-type": CONTENT_TYPE}, desk.metrics.text())
    return None


async def enter_a_room(desk: Desk, exchange: Exchange) -> Response | None:
    """Git, Studio and others know their own callers."""
    room = next((room for room in desk.rooms if room.owns(exchange.request)), None)
    return await room.answer(exchange.request, exchange.body) if room is not None else None


async def place_the_bucket(desk: Desk, exchange: Exchange) -> Response | None:
    """A bucket in the host name moves into the path operations are found by."""
    exchange.request.route_path = virtual_hosts.route_path(exchange.request)
    return None


async def answer_preflight(desk: Desk, exchange: Exchange) -> Response | None:
    """Browsers ask before they send; only S3 has rules to answer from."""
    if exchange.request.method != "OPTIONS" or desk.objects is None:
        return None
    return await desk.objects.preflight(exchange.request)


async def read_form(desk: Desk, exchange: Exchange) -> Response | None:
    """A form names its operation in its body, so it is read before anything is known; S3 has no such operations."""
    if exchange.request.method == "POST" and identifying.is_form(exchange.request):
        exchange.request.body = await exchange.body.read(FORM_BYTES_MAX)
    return None


async def identify(desk: Desk, exchange: Exchange) -> Response | None:
    """Service, operation and protocol, all from the request."""
    exchange.target = desk.identifier.identify(exchange.request)
    exchange.request.region = exchange.target.region
    return None


async def refuse_unsigned(desk: Desk, exchange: Exchange) -> Response | None:
    """A stranger is refused before the body is read."""
    if not sigv4.is_signed(exchange.request):
        raise refusals.family(_target(exchange).service).missing()
    return None


async def stream_objects(desk: Desk, exchange: Exchange) -> Response | None:
    """S3's bodies are never held in memory: the signature is checked first, the body while it passes."""
    target = _target(exchange)
    if target.service != "s3" or desk.objects is None:
        return None
    signed = desk.authenticator.verify(exchange.request, "s3")
    exchange.signed = signed
    body = chunks.body_of(exchange.request, signed, exchange.body.source)
    return await desk.objects.answer(exchange.request, target, signed.key, body)


async def read_body(desk: Desk, exchange: Exchange) -> Response | None:
    """Everyone else's body is read whole, up to a limit."""
    exchange.request.body = exchange.request.body or await exchange.body.read(BODY_BYTES_MAX)
    return None


def authenticate(desk: Desk, exchange: Exchange) -> Response | None:
    """The signature must hold for what was sent."""
    target = _target(exchange)
    unsigned_body = target.operation is not None and target.operation.auth_type == "v4-unsigned-body"
    exchange.signed = desk.authenticator.verify(exchange.request, target.service, unsigned_body)
    return None


def refuse_unknown(desk: Desk, exchange: Exchange) -> Response | None:
    """AWS's own answer for an operation that AWS itself does not have."""
    target = _target(exchange)
    if target.operation is not None:
        return None
    if target.protocol is query:
        raise AwsError("InvalidAction", f"The action {target.name} is not valid for this web service.")
    called = f"{target.service}:{target.name}" if target.name else f"{exchange.request.method} of this path"
    raise AwsError("UnknownOperationException", f"{called} is not an operation of {target.service}.", 404)


def parse(desk: Desk, exchange: Exchange) -> Response | None:
    """The body, path, query and headers as parameters in AWS's words."""
    target = _target(exchange)
    assert target.operation is not None
    if target.protocol not in (rest_json, rest_xml):
        _decompress(exchange.request)
    exchange.params = target.protocol.parse(target.operation, exchange.request)
    if target.service == "sqs" and exchange.request.raw_path != "/":
        _name_the_queue(target.operation, exchange)
    return None


def _name_the_queue(operation: OperationModel, exchange: Exchange) -> None:
    """Older clients of SQS send to the queue's own URL, and do not name it in the form again."""
    shape = operation.input_shape
    if shape is not None and QUEUE in shape.members:
        exchange.params.setdefault(QUEUE, exchange.request.raw_path)


def call(desk: Desk, exchange: Exchange) -> Response | None:
    """Checked, authorised and answered behind the port, where the engines call as well."""
    target, signed = _target(exchange), exchange.signed
    assert signed is not None
    exchange.result = desk.port.call(
        signed.key.identity, target.region, target.service, target.name, exchange.params, exchange.request.id
    )
    return None


def serialize(desk: Desk, exchange: Exchange) -> Response | None:
    """The result in the protocol the request came in."""
    target = _target(exchange)
    assert target.operation is not None
    return target.protocol.serialize(target.operation, exchange.result, exchange.request)


ADMISSION: Sequence[Callable[[Desk, Exchange], Awaitable[Response | None]]] = (
    answer_public_pages,
    enter_a_room,
    place_the_bucket,
    answer_preflight,
    read_form,
    identify,
    refuse_unsigned,
    stream_objects,
    read_body,
)
OPERATION: Sequence[Callable[[Desk, Exchange], Response | None]] = (
    authenticate,
    refuse_unknown,
    parse,
    call,
    serialize,
)


def _target(exchange: Exchange) -> Target:
    assert exchange.target is not None, "identify runs first"
    return exchange.target


def _decompress(request: Request) -> None:
    """Large PutMetricData bodies come gzipped, signed as they were sent."""
    if request.headers.get("content-encoding") != "gzip":
        return
    reader = zlib.decompressobj(wbits=31)
    try:
        body = reader.decompress(request.body, BODY_BYTES_MAX)
    except zlib.error as error:
        raise AwsError("SerializationException", f"The body is not gzip: {error}") from None
    if reader.unconsumed_tail:
        raise AwsError("RequestEntityTooLargeException", f"The body may unpack to {BODY_BYTES_MAX} bytes at most.", 413)
    request.body = body
