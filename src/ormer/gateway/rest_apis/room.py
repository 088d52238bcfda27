"""The room where REST APIs answer: their deployed methods, for everyone or for who signs, as each method says.

A method whose authorization type is NONE answers strangers: whoever deployed it said so.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import structlog

from ormer.aws.clock import WallClock
from ormer.aws.errors import AwsError
from ormer.aws.rest_apis import ANY, find
from ormer.gateway import sigv4
from ormer.gateway.chunks import Body
from ormer.gateway.messages import Request, Response
from ormer.gateway.rest_apis import http_events, http_exchanges, mappings, proxies, refusals
from ormer.gateway.rest_apis.addresses import PREFIX, Address, address_of
from ormer.gateway.rest_apis.backends import Backends
from ormer.gateway.rest_apis.exchanges import Exchange
from ormer.gateway.rest_apis.http_exchanges import HttpExchange
from ormer.gateway.rest_apis.mappings import Outcome
from ormer.gateway.rest_apis.refusals import Refused
from ormer.gateway.rooms import Entrance
from ormer.gateway.sigv4 import Authenticator
from ormer.stores import http_apis, rest_apis
from ormer.stores.access import PolicyGate
from ormer.stores.port import Port

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
BODY_BYTES_MAX = 10 * 1024 * 1024
# Integrations wait for models and functions, and must keep nobody else waiting.
THREADS = 64
INVOKE = "execute-api:Invoke"
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
# What says how a message is carried is the gateway's own matter.
CARRIAGE = frozenset({"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
BODILESS = frozenset({204, 304})
# Under the address that all of ormer has, an API's page is kept from everything else there.
APART = {"content-security-policy": "sandbox allow-scripts allow-forms", "x-content-type-options": "nosniff"}

log = structlog.get_logger("ormer.gateway.rest_apis")


class RestApis:
    """Answers requests to APIs."""

    def __init__(self, port: Port) -> None:
        self._stores = port.stores
        self._authenticator = Authenticator(port.stores.keys, WallClock(), port.stores.clock)
        self._gate = PolicyGate(port.stores)
        self._backends = Backends(port, self._gate)
        self._threads = ThreadPoolExecutor(THREADS, "integration")

    def close(self) -> None:
        """Take no more requests; what runs ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def owns(self, request: Request) -> bool:
        return address_of(request) is not None

    def entrances(self) -> Sequence[Entrance]:
        return (
            Entrance("POST", f"{PREFIX}aaaaaaaaaa/stage/path"),
            Entrance("GET", "/restapis/aaaaaaaaaa/stage/_user_request_/path"),
            Entrance("GET", "/stage/path", {"host": "aaaaaaaaaa.execute-api.us-east-1.amazonaws.com"}),
        )

    async def answer(self, request: Request, body: Body) -> Response:
        """What the method's integration answers, or API Gateway's own refusal."""
        address = address_of(request)
        assert address is not None, "the room owns only what has an address"
        if not address.own_host:
            # Studio's cookies are of this host too.
            request.headers.pop("cookie", None)
        try:
            response = await self._answered(request, address, body)
        except Refused as refused:
            if refused.why:
                log.warning("integration failed", api=address.api, request_id=request.id, why=refused.why)
            response = refused.response
        return _finished(response, request, address)

    async def _answered(self, request: Request, address: Address, body: Body) -> Response:
        asked = await asyncio.to_thread(self._admitted, request, address)
        if isinstance(asked, Response):
            return asked
        request.body = await _whole(body)
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, self._perform, asked)
        try:
            return await asyncio.wait_for(work, asked.seconds)
        except TimeoutError:
            late = refusals.timed_out()
            raise (http_exchanges.refused(late) if isinstance(asked, HttpExchange) else late) from None

    def _admitted(self, request: Request, address: Address) -> Exchange | Response:
        """The method that the request is for, before its body is read; an answer that needs none. Raises Refused."""
        with self._stores.database.read() as tx:
            deployed = rest_apis.deployed(tx, address.api, address.stage, address.region)
            if deployed is None and http_apis.exists(tx, address.api):
                return self._signed(http_exchanges.admitted(tx, request, address))
        if deployed is None or deployed.api.document["disableExecuteApiEndpoint"]:
            raise refusals.forbidden()
        found = find(deployed.deployment.facts["resources"], address.path)
        methods = found.resource["resourceMethods"] if found is not None else {}
        method = methods.get(request.method) or methods.get(ANY)
        if found is None or method is None:
            raise refusals.no_route()
        if method["authorizationType"] != "NONE" and not sigv4.is_signed(request):
            raise refusals.no_route()
        return Exchange(request, address, deployed, found, method)

    def _signed(self, asked: HttpExchange | Response) -> HttpExchange | Response:
        """The same, unless it has to be signed and is not. Raises Refused."""
        if isinstance(asked, Response) or asked.method["authorizationType"] == "NONE":
            return asked
        if not sigv4.is_signed(asked.request):
            raise refusals.forbidden()
        return asked

    def _perform(self, asked: Exchange) -> Response:
        """Ask the integration, once the caller is known where it must be. Raises Refused."""
        if asked.method["authorizationType"] != "NONE":
            self._authenticate(asked)
        if isinstance(asked, HttpExchange):
            return self._performed(asked)
        integration = asked.integration
        if integration["type"] == "MOCK":
            return mappings.response(asked, mappings.mock(asked))
        named = self._backends.named(asked)
        if integration["type"] == "AWS_PROXY":
            event = json.dumps(proxies.event(asked, self._stores.clock.now()))
            answer = self._backends.function(asked, named, event)
            assert answer is not None, "a proxy integration is waited for"
            return proxies.response(asked, answer)
        payload = mappings.payload(asked)
        if named.kind == "endpoint":
            return mappings.response(asked, self._backends.endpoint(asked, named, payload))
        return mappings.response(asked, self._outcome(asked, payload))

    def _performed(self, asked: HttpExchange) -> Response:
        """Ask the function of an HTTP API's route. Raises Refused, in an HTTP API's words."""
        try:
            event = json.dumps(http_events.event(asked, self._stores.clock.now()))
            answer = self._backends.function(asked, self._backends.named(asked), event)
            assert answer is not None, "a proxy integration is waited for"
            return http_events.response(asked, answer)
        except Refused as refused:
            raise http_exchanges.refused(refused) from None

    def _outcome(self, asked: Exchange, payload: bytes) -> Outcome:
        """What a function answers to the body alone, which must be JSON. Raises Refused."""
        try:
            text = payload.decode() or "{}"
            json.loads(text)
        except (ValueError, RecursionError):
            raise refusals.misconfigured("the body is not JSON, which is all that functions take") from None
        answer = self._backends.function(asked, self._backends.named(asked), text)
        if answer is None:
            return Outcome("", b"")
        if answer.code:
            raise refusals.misconfigured(answer.message)
        told = json.loads(answer.payload) if answer.error else None
        error = str(told.get("errorMessage") or answer.error) if isinstance(told, dict) else answer.error
        return Outcome(error, answer.payload.encode())

    def _authenticate(self, asked: Exchange) -> None:
        """Who signed, and that they may. Raises Refused."""
        try:
            identity = self._authenticator.verify(asked.request, "execute-api").key.identity
            if identity.account != asked.account:
                raise AwsError("AccessDeniedException", f"User: {identity.arn} is of another account", 403)
            self._gate.permit(identity, asked.region, INVOKE, asked.arn(unquote(asked.address.path)))
        except AwsError as error:
            raise refusals.denied(error) from None
        asked.identity = identity


async def _whole(body: Body) -> bytes:
    try:
        return await body.read(BODY_BYTES_MAX)
    except AwsError:
        raise refusals.too_long() from None


def _finished(response: Response, request: Request, address: Address) -> Response:
    """The response as it may be sent: no header that carries, none that breaks out of its line."""
    response.headers = {
        name: CONTROLS.sub(" ", value)
        for name, value in response.headers.items()
        if HEADER_NAME.fullmatch(name) and name not in CARRIAGE
    }
    if response.status in BODILESS:
        response.body = b""
    response.headers["x-amzn-requestid"] = request.id
    response.headers["x-amz-apigw-id"] = request.id
    response.cookies = tuple(CONTROLS.sub(" ", cookie) for cookie in response.cookies) if address.own_host else ()
    if not address.own_host:
        response.headers |= APART
    return response
