"""A request and a response as the handlers see them, with no server's types in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl, unquote


@dataclass
class Request:
    """One HTTP request.

    raw_path: the path exactly as sent, still percent-encoded, without the query; signatures are made over it.
    route_path: the path operations are found by; differs from raw_path when the bucket stands in the host name.
    headers: names in lower case; repeated headers are joined by a comma.
    body: the whole body for the buffered protocols.
    """

    method: str
    raw_path: str
    query_string: str
    headers: dict[str, str]
    id: str = ""
    scheme: str = "http"
    remote: str = ""
    body: bytes = b""
    route_path: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        self.route_path = self.route_path or self.raw_path

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query; names without a value have ""."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    @cached_property
    def query_map(self) -> dict[str, str]:
        """The query with the first value of each name."""
        return dict(reversed(self.query))

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def path(self) -> str:
        return unquote(self.route_path)


@dataclass
class Response:
    """One HTTP answer; `body` is bytes, or an iterator (async or plain) for answers that are streamed.

    live: an async body without an end of its own, which ends when the client leaves.
    cookies: what is sent as Set-Cookie, a header each.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] | Iterator[bytes] = b""
    live: bool = False
    cookies: tuple[str, ...] = ()
