"""Studio's room in the gateway: which requests are a browser's, and who answers them.

    /                                   redirects a browser to Studio
    /studio/...                         the pages; any address below is the same document
    /studio/static/...                  what they load
    /studio/api/sign-in                 opens a session by a link's token
    /studio/api/{service}/{Operation}   any operation, as whoever is signed in
    /studio/api/ormer/...               the few questions that AWS's wire has no operation for
    /studio/events                      what changes, as it changes; for who asks for HTML, the page about events

A request is Studio's only when it bears no signature: S3's clients may call a bucket `studio` and never notice.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
import structlog

from ormer import __version__
from ormer.aws.errors import AwsError
from ormer.config import Config
from ormer.gateway import sigv4
from ormer.gateway.chunks import Body
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import json_shapes
from ormer.gateway.rooms import Entrance
from ormer.gateway.virtual_hosts import bucket_of_host
from ormer.stores.port import Port
from ormer.stores.stores import Stores
from ormer.stores.studio.sessions import SESSION_SECONDS
from ormer.studio import previews
from ormer.studio.answers import NO_STORE, answer, refusal
from ormer.studio.assets import Assets
from ormer.studio.endpoint_views import EndpointViews
from ormer.studio.event_views import EventViews
from ormer.studio.feed import Feed
from ormer.studio.guards import HEADERS, Guards
from ormer.studio.operations import Operations
from ormer.studio.project_views import ProjectViews
from ormer.studio.setting_views import SettingViews
from ormer.studio.version_views import VersionViews
from ormer.studio.visitors import Visitor, Visitors, cookie

ROOT, PREFIX = "/studio", "/studio/"
SIGN_IN, SIGN_OUT = "/studio/api/sign-in", "/studio/api/sign-out"
SESSION, EVENTS, OBJECT = "/studio/api/ormer/session", "/studio/events", "/studio/api/ormer/object"
OPERATION = re.compile(r"/studio/api/(?P<service>[a-z0-9-]+)/(?P<name>[A-Za-z0-9]+)")
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
# Payloads of endpoints are the longest that pages send.
BODY_BYTES_MAX = 8 << 20
# Invocations wait for models; they must not keep a Describe waiting.
THREADS, WAITING_THREADS = 8, 8
WAITING = frozenset({"sagemaker-runtime"})

T = TypeVar("T")
log = structlog.get_logger("ormer.studio")


class StudioRoom:
    """Answers browsers; `ormer.gateway.rooms.Room` says what the gateway expects of it."""

    def __init__(self, stores: Stores, port: Port, config: Config, assets: Assets | None = None) -> None:
        self._config = config
        self._guards = Guards({config.host, *config.allowed_studio_hosts})
        self._visitors = Visitors(stores, config.account)
        self._operations = Operations(port)
        self._event_views = EventViews(stores, port)
        settings = SettingViews(stores, port, config)
        views = (
            *(ProjectViews(stores, port), VersionViews(stores, port), EndpointViews(stores, port)),
            *(self._event_views, settings),
        )
        self._reads = {path: read for each in views for path, read in each.reads.items()}
        self._questions = {**self._event_views.questions, **settings.questions}
        self._port = port
        self._assets = assets or Assets()
        self._feed = Feed(stores)
        self._threads = ThreadPoolExecutor(THREADS, "studio")
        self._waiting = ThreadPoolExecutor(WAITING_THREADS, "studio-invocation")

    def close(self) -> None:
        """End the streams of events; what else is under way ends by itself."""
        self._feed.close()
        for threads in (self._threads, self._waiting):
            threads.shutdown(wait=False, cancel_futures=True)

    def owns(self, request: Request) -> bool:
        if sigv4.is_signed(request) or bucket_of_host(request.host):
            return False
        if request.raw_path == "/":
            return (
                _reads(request) and "text/html" in request.headers.get("accept", "") and self._guards.is_ours(request)
            )
        return request.raw_path == ROOT or request.raw_path.startswith(PREFIX)

    def entrances(self) -> Sequence[Entrance]:
        host = {"host": f"localhost:{self._config.port}"}
        operations = ("/studio/api/sagemaker/ListPipelines", "/studio/api/sagemaker/CreatePipeline")
        writes = (*operations, SIGN_OUT, *self._questions)
        reads = (SESSION, f"{OBJECT}?bucket=some&key=some", EVENTS, *self._reads)
        return (
            *(Entrance("POST", path, host) for path in writes),
            *(Entrance("GET", path, host) for path in reads),
        )

    async def answer(self, request: Request, body: Body) -> Response:
        """The page, a file, or what an operation answers; what is refused is refused in JSON."""
        try:
            self._guards.check_host(request)
            return await self._answer(request, body)
        except AwsError as error:
            return refusal(error)

    async def _answer(self, request: Request, body: Body) -> Response:
        path = request.raw_path
        if path in ("/", ROOT) and _reads(request):
            return Response(307, {**HEADERS, **NO_STORE, "location": PREFIX})
        if path.startswith("/studio/api/"):
            return await self._api(request, body)
        if not _reads(request):
            raise AwsError("MethodNotAllowed", "Pages are read with GET.", 405)
        if path == EVENTS and "text/html" not in request.headers.get("accept", ""):
            return await self._events(request)
        name = path.removeprefix(PREFIX)
        found = await self._in_thread(self._assets.answer, request, name)
        if found is None and name.startswith("static/"):
            raise AwsError("NotFound", "There is no such file; load the page again.", 404)
        return found or await self._in_thread(self._assets.page, request)

    async def _api(self, request: Request, body: Body) -> Response:
        if request.method == "POST":
            return await self._write(request, body)
        if not _reads(request):
            raise AwsError("MethodNotAllowed", "Operations are called with POST.", 405)
        visitor = await self._in_thread(self._visitors.of, request)
        if request.raw_path == SESSION:
            return answer(self._session(visitor))
        if request.raw_path == OBJECT:
            return await self._in_thread(previews.answer, self._port, visitor.identity, self._region(request), request)
        view = self._reads.get(request.raw_path)
        if view is not None:
            asked = request.query_map
            return answer(await self._in_thread(view, visitor.identity, self._region(request), asked))
        raise AwsError("NotFound", "There is nothing to read here.", 404)

    async def _write(self, request: Request, body: Body) -> Response:
        if request.raw_path == SIGN_IN:
            self._guards.check_origin(request)
            return await self._sign_in(request, await body.read(BODY_BYTES_MAX))
        visitor = await self._in_thread(self._visitors.of, request)
        self._guards.check_origin(request)
        if request.raw_path == SIGN_OUT:
            await self._in_thread(self._visitors.sign_out, visitor)
            return answer({}, set_cookie=cookie(request, "", 0))
        question = self._questions.get(request.raw_path)
        if question is not None:
            asked = _object(await body.read(BODY_BYTES_MAX))
            return answer(await self._in_thread(question, visitor.identity, self._region(request), asked))
        named = OPERATION.fullmatch(request.raw_path)
        if named is None:
            raise AwsError("UnknownOperationException", f"No operation is called by {request.raw_path}.", 404)
        sent = await body.read(BODY_BYTES_MAX)
        threads = self._waiting if named["service"] in WAITING else self._threads
        call = (visitor, self._region(request), named["service"], named["name"], sent)
        loop = asyncio.get_running_loop()
        return answer(await loop.run_in_executor(threads, self._operations.call, *call))

    async def _sign_in(self, request: Request, sent: bytes) -> Response:
        visitor = await self._in_thread(self._visitors.sign_in, _token(sent))
        log.info("signed in", caller=visitor.identity.arn)
        return answer(self._session(visitor), set_cookie=cookie(request, visitor.token, SESSION_SECONDS))

    def _session(self, visitor: Visitor) -> dict[str, Any]:
        """What pages show of who looks at them, and at what."""
        identity = visitor.identity
        return {
            "account": identity.account,
            "arn": identity.arn,
            "name": identity.name,
            "region": self._config.region,
            "endpoint": self._config.endpoint,
            "version": __version__,
        }

    async def _events(self, request: Request) -> Response:
        visitor = await self._in_thread(self._visitors.of, request)
        await self._in_thread(self._event_views.watch, visitor.identity, self._config.region)
        last = request.headers.get("last-event-id") or request.query_map.get("after", "")

        async def still_signed_in() -> bool:
            try:
                await self._in_thread(self._visitors.of, request)
            except AwsError:
                return False
            return True

        stream = self._feed.stream(visitor.identity.account, int(last) if last.isdecimal() else None, still_signed_in)
        headers = {**HEADERS, **NO_STORE, "content-type": "text/event-stream", "x-accel-buffering": "no"}
        return Response(200, headers, stream, live=True)

    def _region(self, request: Request) -> str:
        region = request.headers.get("x-ormer-region", "")
        return region if REGION.fullmatch(region) else self._config.region

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def _reads(request: Request) -> bool:
    return request.method in ("GET", "HEAD")


def _object(sent: bytes) -> dict[str, Any]:
    """The JSON object a page sent. Raises SerializationException."""
    found = json_shapes.loads(sent)
    if not isinstance(found, dict):
        raise AwsError("SerializationException", "The request must be a JSON object.")
    return found


def _token(sent: bytes) -> str:
    try:
        found = msgspec.json.decode(sent, type=dict[str, str]).get("token", "")
    except msgspec.MsgspecError:
        found = ""
    return found
