"""The room of tracking servers: MLflow's clients, which sign every request, and browsers that a presigned URL let in.

    x-mlflow-sm-tracking-server-arn, x-sm-mlflow-app-arn     the server a signed request is for, whatever host it names
    https://<region>.experiments.sagemaker.aws               where clients find tracking servers
    https://mlflow.sagemaker.<region>.app.aws                where they find apps
    http://t-<id>.mlflow.localhost:4590                      a server's pages: a site of its own to a browser

What is allowed goes on to the server as it is; https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow.html
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.engines.hosting.model_servers import ServerGone
from ormer.engines.tracking.doors import Doors
from ormer.gateway import claims, refusals, sigv4
from ormer.gateway.certificates import is_mlflow_host
from ormer.gateway.chunks import Body
from ormer.gateway.messages import Request, Response
from ormer.gateway.rooms import Entrance
from ormer.gateway.sigv4 import Authenticator
from ormer.gateway.tracking import actions, browsers, places
from ormer.gateway.tracking.registrations import Registrations
from ormer.gateway.tracking.relay import Relay
from ormer.stores import resources
from ormer.stores.access import PolicyGate
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tracking import servers

JsonDict = dict[str, Any]
T = TypeVar("T")
# {the header that names the server: (its kind, what requests to it are signed for)}
SIGNED = {
    "x-mlflow-sm-tracking-server-arn": (servers.SERVER, "sagemaker-mlflow"),
    "x-sm-mlflow-app-arn": (servers.APP, "sagemaker"),
}
# MLflow's clients send a thousand metrics at a time, a megabyte at most; traces may be longer.
BODY_BYTES_MAX = 32 << 20
# A server that sleeps, or ended a moment ago, takes some seconds to answer again.
COMING_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.05
FAMILY = refusals.JSON
# AWS's codes in MLflow's words, which its clients read; what is not here is INTERNAL_ERROR or what the status says.
# https://github.com/mlflow/mlflow/blob/master/mlflow/protos/databricks.proto
CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
}
BUSY, CODE_BUSY = 503, "TEMPORARILY_UNAVAILABLE"


class TrackingRoom:
    """Answers for tracking servers; `ormer.gateway.rooms.Room` says what the gateway expects of it."""

    def __init__(self, stores: Stores, authenticator: Authenticator, doors: Doors) -> None:
        self._stores = stores
        self._authenticator = authenticator
        self._gate = PolicyGate(stores)
        self._doors = doors
        self._relay = Relay()
        self._browsers = browsers.Browsers(stores)
        self._registrations = Registrations(stores)

    def owns(self, request: Request) -> bool:
        if any(name in request.headers for name in SIGNED) or is_mlflow_host(_name(request)):
            return True
        return servers.HOST.fullmatch(request.host) is not None and not sigv4.is_signed(request)

    def entrances(self) -> Sequence[Entrance]:
        server = "arn:aws:sagemaker:us-east-1:000000000000:mlflow-tracking-server/some"
        app = "arn:aws:sagemaker:us-east-1:000000000000:mlflow-app/app-SOME"
        pages = {"host": "t-000000000000.mlflow.localhost:4590"}
        return (
            Entrance("POST", "/api/2.0/mlflow/runs/create", {"x-mlflow-sm-tracking-server-arn": server}),
            Entrance("POST", "/api/2.0/mlflow/runs/create", {"x-sm-mlflow-app-arn": app}),
            Entrance("GET", "/api/2.0/mlflow/experiments/search", {"host": "us-east-1.experiments.sagemaker.aws"}),
            Entrance("GET", "/api/2.0/mlflow/experiments/search", {"host": "mlflow.sagemaker.us-east-1.app.aws"}),
            Entrance("GET", "/", pages),
            Entrance("GET", "/auth?authToken=some", pages),
            Entrance("POST", "/ajax-api/2.0/mlflow/runs/create", pages),
        )

    async def answer(self, request: Request, body: Body) -> Response:
        """The server's own answer, or a refusal in MLflow's words (a page for browsers)."""
        visited = servers.HOST.fullmatch(request.host)
        try:
            if visited is not None:
                return await self._visit(request, visited["id"], body)
            return await self._signed(request, body)
        except AwsError as error:
            return browsers.refusal(error) if visited is not None else refusal(error)

    async def _signed(self, request: Request, body: Body) -> Response:
        if not sigv4.is_signed(request):
            raise FAMILY.missing()
        named = next((name for name in SIGNED if name in request.headers), "")
        if not named:
            raise AwsError("ValidationException", f"One of {', '.join(SIGNED)} must name the server to be asked.")
        kind, scope = SIGNED[named]
        request.body = await body.read(BODY_BYTES_MAX)
        identity, row = await _in_thread(self._admit, request, named, kind, scope)
        return await self._ask(request, row, identity)

    def _admit(self, request: Request, named: str, kind: str, scope: str) -> tuple[Identity, Row]:
        """Who signed the request and which server it is for. Raises AwsError unless that caller may send it there."""
        signed = self._authenticator.verify(request, "sagemaker", scope=scope)
        if named not in _signed_headers(request):
            raise FAMILY.unsigned_headers([named])
        identity, arn = signed.key.identity, request.headers[named]
        self._permit(identity, kind, arn, request)
        with self._stores.database.read() as tx:
            row = resources.get(tx, arn)
        if row is None or row.kind != kind or row.account != identity.account:
            raise AwsError("ResourceNotFound", f"{arn} does not exist.", 404)
        return identity, row

    def _permit(self, identity: Identity, kind: str, arn: str, request: Request) -> None:
        action = actions.APP_ACTION if kind == servers.APP else actions.needed(request.method, request.path)
        region = arns.parse(arn).region if arns.is_arn(arn) else ""
        self._gate.permit(identity, region, action, arn)

    async def _visit(self, request: Request, server_id: str, body: Body) -> Response:
        """A browser: its cookie says who it is; a presigned URL gives it one."""
        row = await _in_thread(self._by_id, server_id)
        if row is None:
            raise browsers.stranger()
        if request.raw_path == browsers.ENTRANCE:
            return await _in_thread(self._browsers.enter, request, row)
        identity = await _in_thread(self._browsers.visitor, request, row)
        browsers.check_origin(request)
        request.body = await body.read(BODY_BYTES_MAX)
        await _in_thread(self._permit, identity, row.kind, row.arn, request)
        response = await self._ask(request, row, identity)
        response.headers.update(browsers.headers_for(request.raw_path))
        return response

    def _by_id(self, server_id: str) -> Row | None:
        with self._stores.database.read() as tx:
            found = resources.select(tx, table.c.kind.in_(servers.KINDS))
        return next((row for row in found if row.facts["id"] == server_id), None)

    async def _ask(self, request: Request, row: Row, identity: Identity) -> Response:
        """What the server answers. A connection that ends before its answer is tried once more where that is safe."""
        places.check(request)
        for last in (False, True):
            socket = await self._socket(row)
            try:
                response = await self._relay.ask(socket, request)
                await self._registrations.after(request, row, response, partial(self._relay.ask, socket))
                return response
            except ServerGone as gone:
                if last or gone.answered or (gone.heard and request.method not in ("GET", "HEAD")):
                    text = f"{servers.label(row)} ended while it was asked; it is being started again."
                    raise AwsError("ServiceUnavailable", text, BUSY) from gone
                await asyncio.sleep(LOOK_SECONDS)
            except TimeoutError as error:
                raise AwsError("ServiceUnavailable", f"{servers.label(row)} does not answer.", BUSY) from error
        raise AssertionError("unreachable")

    async def _socket(self, row: Row) -> Path:
        """Where the server listens; waits for one that is coming. Raises AwsError for one that is not."""
        deadline = time.monotonic() + COMING_SECONDS_MAX
        while (found := self._doors.at(row.arn)) is None:
            if row.status not in servers.UP and row.status not in servers.COMING:
                why = row.facts.get("reason", "") if row.status.endswith("Failed") else "Start it, or make another."
                text = f"{servers.label(row)} is in state {row.status} and answers nothing. {why}"
                raise AwsError("ConflictException", text)
            if time.monotonic() > deadline:
                raise AwsError("ServiceUnavailable", f"{servers.label(row)} is not up yet.", BUSY)
            await asyncio.sleep(LOOK_SECONDS)
            row = await _in_thread(self._fresh, row)
        return found

    def _fresh(self, row: Row) -> Row:
        with self._stores.database.read() as tx:
            found = resources.get(tx, row.arn)
        if found is None:
            raise AwsError("ResourceNotFound", f"{row.arn} does not exist.", 404)
        return found


def refusal(error: AwsError) -> Response:
    """A refusal as MLflow's clients read it; AWS's own code stands beside."""
    code = CODE_BUSY if error.status == BUSY else CODES.get(error.status, "INTERNAL_ERROR")
    told = {"error_code": code, "message": error.message, "__type": error.code}
    headers = {"content-type": "application/json", "x-amzn-errortype": error.code}
    return Response(error.status, headers, json.dumps(told).encode())


def _signed_headers(request: Request) -> Sequence[str]:
    return claims.read(request, FAMILY).signed_headers


def _name(request: Request) -> str:
    return request.host.partition(":")[0].lower()


async def _in_thread(function: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.to_thread(function, *arguments)
