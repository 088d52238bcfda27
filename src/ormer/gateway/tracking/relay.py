"""Passes requests on to a tracking server's socket, and its answers back as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from ormer.engines.hosting.model_servers import Connection, ModelServers
from ormer.gateway.messages import Request, Response

# What belongs to one connection, to its own security, or would tell the server of a caller it need not know.
# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
KEPT_BACK_NAMES = """
    host connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade expect
    content-length authorization cookie origin referer x-amz-security-token x-amz-date x-amz-content-sha256
"""
NOT_RELAYED_NAMES = "connection keep-alive transfer-encoding upgrade server date set-cookie"
KEPT_BACK, NOT_RELAYED = frozenset(KEPT_BACK_NAMES.split()), frozenset(NOT_RELAYED_NAMES.split())
ANSWER_SECONDS_MAX = 120.0
# Smaller answers are sent whole, with their length.
WHOLE_BYTES_MAX = 1 << 20


class Relay:
    """Kept connections to tracking servers. For one event loop."""

    def __init__(self) -> None:
        self._servers = ModelServers()

    async def ask(self, socket: Path, request: Request) -> Response:
        """The server's answer. Raises ServerGone when there is none, TimeoutError when it takes too long."""
        method = "GET" if request.method == "HEAD" else request.method
        query = f"?{request.query_string}" if request.query_string else ""
        headers = {name: value for name, value in request.headers.items() if name not in KEPT_BACK}
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            path = request.raw_path + query
            connection, reply = await self._servers.open(socket, path, headers, request.body, method)
            kept = {name: value for name, value in reply.headers.items() if name not in NOT_RELAYED}
            length = reply.headers.get("content-length", "")
            if method != request.method:
                connection.close()
                return Response(reply.status, kept)
            if length.isdecimal() and int(length) <= WHOLE_BYTES_MAX:
                body = await self._whole(socket, connection)
                return Response(reply.status, kept, body)
        return Response(reply.status, kept, self._rest(socket, connection))

    async def _whole(self, socket: Path, connection: Connection) -> bytes:
        try:
            body = await connection.body(WHOLE_BYTES_MAX)
        except BaseException:
            connection.close()
            raise
        self._servers.give_back(socket, connection)
        return body

    async def _rest(self, socket: Path, connection: Connection) -> AsyncGenerator[bytes, None]:
        """The body as it comes; broken off where the server breaks it off, which the client sees by its end."""
        try:
            async for part in connection.parts():
                yield part
        finally:
            self._servers.give_back(socket, connection)
