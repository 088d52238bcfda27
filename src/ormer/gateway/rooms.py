"""What the rooms beside the wire protocols look like to the gateway: S3, git, Studio and the like plug in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ormer.gateway.chunks import Body
from ormer.gateway.identify import Target
from ormer.gateway.messages import Request, Response
from ormer.stores.keys import Key


@dataclass(frozen=True)
class Entrance:
    """One route of a room that authenticates by itself, as the test that knocks at every door sends it."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Room(Protocol):
    """A part of the server with its own paths and its own authentication (git's Basic, Studio's cookie)."""

    def owns(self, request: Request) -> bool:
        """Whether this request is for the room; decided from path and host alone."""
        ...

    def entrances(self) -> Sequence[Entrance]:
        """Every route that needs a caller; a test proves that each refuses a stranger."""
        ...

    async def answer(self, request: Request, body: Body) -> Response:
        """Authenticate the caller and answer. Raises AwsError to refuse."""
        ...


class ObjectRoom(Protocol):
    """S3: gets requests whose signature holds, bodies as streams."""

    async def answer(self, request: Request, target: Target, caller: Key, body: Body) -> Response:
        """Answer one operation; `target.operation` is None for S3 requests that no modelled operation fits."""
        ...

    async def preflight(self, request: Request) -> Response:
        """Answer a browser's OPTIONS, which can never be signed, from the bucket's CORS rules."""
        ...
