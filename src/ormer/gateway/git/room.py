"""The room of git clients: /v1/repos/NAME speaks git's smart HTTP protocol, versions 0 to 2, and so do the addresses
of code connections behind which one of these repositories stands.

The first request of a client comes without credentials and is told to bring some. A refusal is plain text, which git
shows to the person. Packs stream through in both directions. A push is entered as a change before git may move a ref,
and its answer ends only when the change has been told.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.gateway.chunks import Body
from ormer.gateway.git import connected, packets
from ormer.gateway.git.callers import Caller, Callers, Unknown
from ormer.gateway.git.transfers import Transfer, contents
from ormer.gateway.messages import Request, Response
from ormer.gateway.rooms import Entrance
from ormer.gateway.sigv4 import Authenticator
from ormer.stores.access import PUSHED_TO, PolicyGate
from ormer.stores.repositories.changes import Change
from ormer.stores.stores import Stores

PREFIX = "/v1/repos/"
ROUTE = re.compile(r"(?P<path>/v1/repos/(?P<name>[\w.-]+))/(?P<what>info/refs|git-upload-pack|git-receive-pack)")
PULL, PUSH = "git-upload-pack", "git-receive-pack"
ACTIONS = {PULL: "codecommit:GitPull", PUSH: "codecommit:GitPush"}
# What a client may say about the protocol's version; git itself reads no more than this.
PROTOCOL = re.compile(r"version=[0-2]")
NO_CACHE = {"expires": "Fri, 01 Jan 1980 00:00:00 GMT", "pragma": "no-cache", "cache-control": "no-cache, max-age=0"}
# Each is a process or two; the next client is asked to come again.
TRANSFERS_MAX = 32
# A client names what it has, 50 bytes a commit: this is more than a million of them.
QUESTION_BYTES_MAX = 64 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True)
class Visit:
    """One request by a caller who may do what it asks. service: git-upload-pack or git-receive-pack.

    connected: whether the address leads through a code connection, whose use was permitted.
    """

    caller: Caller
    name: str
    arn: str
    repository: str
    service: str
    protocol: str
    connected: bool = False


class GitRoom:
    """Answers git clients; `ormer.gateway.rooms.Room` says what the gateway expects of it."""

    def __init__(self, stores: Stores, authenticator: Authenticator, region: str) -> None:
        self._stores = stores
        self._gate = PolicyGate(stores)
        self._callers = Callers(stores, authenticator, region)
        self._transfers: set[Transfer] = set()

    def owns(self, request: Request) -> bool:
        return request.raw_path.startswith(PREFIX) or connected.OURS.fullmatch(request.raw_path) is not None

    def entrances(self) -> Sequence[Entrance]:
        advertised = [Entrance("GET", f"{PREFIX}some/info/refs?service={service}") for service in (PULL, PUSH)]
        through = f"/git-http/{'0' * 12}/us-east-1/some/owner/name.git/info/refs?service={PULL}"
        asked = (Entrance("POST", f"{PREFIX}some/{service}") for service in (PULL, PUSH))
        return (*advertised, *asked, Entrance("GET", through))

    async def answer(self, request: Request, body: Body) -> Response:
        """Authenticate, authorise, and let git answer; what is refused is said in plain text."""
        try:
            visit = await asyncio.to_thread(self._visit, request)
            if request.method == "GET":
                return await self._advertise(visit)
            parts = contents(request, body)
            return await (self._push(visit, parts) if visit.service == PUSH else self._pull(visit, parts))
        except Unknown as stranger:
            return _said(401, str(stranger), {"www-authenticate": 'Basic realm="CodeCommit on ormer"'})
        except AwsError as error:
            return _said(error.status, f"{error.code}: {error.message}")

    # Who and what; in a thread.

    def _visit(self, request: Request) -> Visit:
        """Who asks for what, allowed. Strangers and those who may not learn nothing about what there is."""
        through = connected.ROUTE.fullmatch(request.path)
        route = through or ROUTE.fullmatch(request.path)
        path = route["path"] if route is not None else request.path.removesuffix("/")
        caller = self._callers.of(request, path)
        if route is None:
            raise AwsError("NotFound", "This is where git clones and pushes; there is no page to read.", 404)
        service = _service(request, route["what"])
        region = caller.region
        if through is not None:
            region = through["region"]
            name = connected.repository_name(self._stores, self._gate, caller, through)
        else:
            name = route["name"].removesuffix(".git")
        arn = arns.arn("codecommit", region, caller.identity.account, name)
        if through is None:
            self._gate.permit(caller.identity, region, ACTIONS[service], arn)
        repository = self._stores.repositories.named(caller.identity.account, region, name)
        if repository is None:
            raise AwsError(
                "RepositoryDoesNotExistException",
                f"There is no repository {name} in {region}: "
                f"`aws codecommit create-repository --repository-name {name}` makes it.",
                404,
            )
        if sum(transfer.is_running for transfer in tuple(self._transfers)) >= TRANSFERS_MAX:
            raise AwsError("ThrottlingException", "Too many clones and pushes are under way: try again soon.", 503)
        protocol = request.headers.get("git-protocol", "")
        spoken = protocol if PROTOCOL.fullmatch(protocol) else ""
        return Visit(caller, name, arn, repository, service, spoken, connected=through is not None)

    # What git answers.

    async def _advertise(self, visit: Visit) -> Response:
        """The refs, or the capabilities in version 2."""
        transfer = await self._start(visit, "--advertise-refs")
        answer = b"".join([part async for part in transfer.parts()])
        if await transfer.end():
            raise AwsError("InternalFailure", f"git cannot read the repository {visit.name}; see the log.", 500)
        if visit.service == PUSH or visit.protocol != "version=2":
            answer = packets.packet(f"# service={visit.service}\n".encode()) + packets.FLUSH + answer
        return Response(200, {"content-type": f"application/x-{visit.service}-advertisement", **NO_CACHE}, answer)

    async def _pull(self, visit: Visit, parts: AsyncIterator[bytes]) -> Response:
        """Answer as soon as git does, or when it has the whole question."""
        transfer = await self._start(visit)
        feeding = asyncio.ensure_future(transfer.feed(_short(parts)))
        answers = transfer.parts()
        first = asyncio.ensure_future(anext(answers, b""))
        try:
            await asyncio.wait((feeding, first), return_when=asyncio.FIRST_COMPLETED)
            if feeding.done():
                feeding.result()
        except BaseException:
            transfer.kill()
            feeding.cancel()
            await transfer.end()
            raise
        return _result(visit, self._answers(transfer, feeding, first, answers))

    async def _push(self, visit: Visit, parts: AsyncIterator[bytes]) -> Response:
        opening = await packets.read_opening(parts)
        refused = await asyncio.to_thread(self._refused, visit, opening)
        if refused is not None:
            async for _ in parts:
                pass
            return _result(visit, packets.refusal(opening, *refused))
        everything = _joined(opening.sent, parts)
        if not opening.commands:
            # A client with much to send asks first whether it may.
            return await self._pull(visit, everything)
        identity = visit.caller.identity
        changes = self._stores.repositories.changes
        change = await asyncio.to_thread(changes.enter, visit.repository, identity.arn, opening.commands)
        try:
            transfer = await self._start(visit, keep_open=(change.lock.fileno(),))
            try:
                await transfer.feed(everything)
            except BaseException:
                # The client left in the middle: nothing of it is kept.
                transfer.kill()
                await transfer.end()
                raise
        except BaseException:
            await self._settle(change)
            raise
        return _result(visit, self._told(transfer, change))

    def _refused(self, visit: Visit, opening: packets.Opening) -> tuple[list[str], str] | None:
        """The refs the caller's policies keep from them, and the reason; None when they may move all.

        https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-conditional-branch.html
        """
        if visit.connected:
            return None
        refused, reason = [], ""
        for command in opening.commands:
            reference = {PUSHED_TO: command.ref}
            try:
                self._gate.permit(visit.caller.identity, visit.caller.region, ACTIONS[PUSH], visit.arn, reference)
            except AwsError as error:
                refused.append(command.ref)
                reason = error.message
        return (refused, reason) if refused else None

    async def _start(self, visit: Visit, *options: str, keep_open: Sequence[int] = ()) -> Transfer:
        folder = await asyncio.to_thread(self._stores.repositories.folder, visit.repository)
        command = visit.service.removeprefix("git-")
        words = [command, "--stateless-rpc", *options, "."]
        transfer = await Transfer.start(folder, words, visit.protocol, keep_open)
        self._transfers = {other for other in self._transfers if other.is_running} | {transfer}
        return transfer

    async def _answers(
        self,
        transfer: Transfer,
        feeding: asyncio.Future[None],
        first: asyncio.Future[bytes],
        rest: AsyncIterator[bytes],
    ) -> AsyncIterator[bytes]:
        """Git's answer to a pull, sent while the question may still come; a client that leaves ends git."""
        feeding.add_done_callback(lambda fed: transfer.kill() if not fed.cancelled() and fed.exception() else None)
        try:
            yield await first
            async for part in rest:
                yield part
        except BaseException:
            transfer.kill()
            raise
        finally:
            feeding.cancel()
            await transfer.end()

    async def _told(self, transfer: Transfer, change: Change) -> AsyncIterator[bytes]:
        """Git's answer to a push; it ends when every ref that moved has been told of."""
        try:
            async for part in transfer.parts():
                yield part
        finally:
            await transfer.end()
            await self._settle(change)

    async def _settle(self, change: Change) -> None:
        repositories = self._stores.repositories
        await asyncio.to_thread(lambda: repositories.changes.settle(change, repositories.place(change.repository)))


def _service(request: Request, what: str) -> str:
    """Which of git's two services a request wants."""
    if (request.method == "GET") != (what == "info/refs") or request.method not in ("GET", "POST"):
        raise AwsError(
            "MethodNotAllowed", "Git asks with GET info/refs and POST git-upload-pack or -receive-pack.", 405
        )
    service = request.query_map.get("service", "") if what == "info/refs" else what
    if service not in ACTIONS:
        text = "Only git's smart protocol is spoken here: info/refs?service=git-upload-pack or git-receive-pack."
        raise AwsError("InvalidRequest", text, 403)
    return service


async def _short(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A question of a client that pulls, which is never long."""
    total = 0
    async for part in parts:
        total += len(part)
        if total > QUESTION_BYTES_MAX:
            raise AwsError("RequestEntityTooLarge", f"A pull may ask with {QUESTION_BYTES_MAX} bytes at most.", 413)
        yield part


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for part in rest:
        yield part


def _result(visit: Visit, body: bytes | AsyncIterator[bytes]) -> Response:
    return Response(200, {"content-type": f"application/x-{visit.service}-result", **NO_CACHE}, body)


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(status, {"content-type": "text/plain; charset=utf-8", **(headers or {})}, f"{text}\n".encode())
