"""The TLS port: looks at the first byte of a connection and serves TLS, plain HTTP or HTTP CONNECT on one number.

CONNECT to an AWS host is answered here, by TLS with our own authority, so that host names that SDKs hard-code work.
CONNECT to any other host is tunnelled for clients that present a proxy credential (our jobs), through the upstream
proxy where the machine has one; everyone else is refused, because an open proxy is a gift to strangers. Hosts of AWS's
managed applications other than MLflow are refused too: a job would wait there for an answer that cannot come.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import socket
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import structlog

from ormer.gateway.certificates import Authority, is_aws_host

TLS_HANDSHAKE_BYTE = 0x16
CONNECT = b"CONNECT "
HEAD_BYTES_MAX = 16 * 1024
OPENING_SECONDS_MAX = 30.0
PEEK_PAUSE_SECONDS = 0.01
# Clients that keep connections in a pool never answer the goodbye; the end of the server must not wait for them.
TLS_GOODBYE_SECONDS_MAX = 0.5
COPY_BYTES = 256 * 1024
HTTPS_PORT = 443
# Where AWS has applications of SageMaker that ormer has not, such as partners'. Nobody there knows ormer's keys.
MANAGED = re.compile(r"(.+\.)?sagemaker\.(.+\.)?aws", re.IGNORECASE)
NOT_MANAGED = "501 ormer has no applications of SageMaker but managed MLflow: nothing answers at this host"
BACKLOG = 256

ProtocolFactory = Callable[[], asyncio.Protocol]
# Whether a user name and password may use the tunnel.
ProxyCheck = Callable[[str, str], bool]

log = structlog.get_logger("ormer.gateway.tls")


@dataclass(frozen=True)
class Connect:
    """A CONNECT request's head."""

    host: str
    port: int
    user: str = ""
    password: str = ""


class TlsFront:
    """Accepts connections on the TLS port.

    protocols: makes the HTTP protocol that serves a connection (uvicorn's). may_tunnel: checks proxy credentials.
    upstream: the proxy that other hosts are reached through; "" for none.
    """

    def __init__(
        self, authority: Authority, protocols: ProtocolFactory, may_tunnel: ProxyCheck, upstream: str | None = None
    ) -> None:
        self._authority = authority
        self._protocols = protocols
        self._may_tunnel = may_tunnel
        self._upstream = urllib.request.getproxies().get("https", "") if upstream is None else upstream
        self._server_context = authority.server_context()
        self._connections: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None
        self._listener: socket.socket | None = None

    def start(self, listener: socket.socket) -> None:
        """Accept what comes to a socket of `bind`; it is closed by `stop`."""
        self._listener = listener
        self._accepting = asyncio.create_task(self._accept(listener))

    async def stop(self) -> None:
        """Stop listening and drop the tunnels; connections that HTTP serves end with the HTTP server."""
        tasks = [task for task in (self._accepting, *self._connections) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as error:
                # Out of file descriptors, or the client is gone already: neither may end the listening.
                log.warning("accept failed", error=str(error))
                await asyncio.sleep(PEEK_PAUSE_SECONDS)
                continue
            connection.setblocking(False)
            task = loop.create_task(self._serve(connection))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, connection: socket.socket) -> None:
        """Find out what the client speaks, and hand the connection on."""
        handed_on = False
        try:
            async with asyncio.timeout(OPENING_SECONDS_MAX):
                first = await _peek(connection)
                if first[:1] == bytes([TLS_HANDSHAKE_BYTE]):
                    handed_on = await self._speak_tls(connection, "")
                elif first == CONNECT:
                    head = await _read_head(connection)
                    request = parse_connect(head)
                elif first:
                    handed_on = await self._speak_plain(connection)
            if first == CONNECT:
                handed_on = await self._connect(connection, request)
        except (OSError, TimeoutError, ValueError) as error:
            log.info("connection refused", error=str(error) or type(error).__name__)
        finally:
            if not handed_on:
                connection.close()

    async def _speak_plain(self, connection: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(self._protocols, connection)
        return True

    async def _speak_tls(self, connection: socket.socket, host: str) -> bool:
        """Serve HTTP under TLS; `host` is the one a CONNECT named, used when the client names none itself."""
        loop = asyncio.get_running_loop()
        context = self._authority.context_for(host) if host else self._server_context
        await loop.connect_accepted_socket(
            self._protocols, connection, ssl=context, ssl_shutdown_timeout=TLS_GOODBYE_SECONDS_MAX
        )
        return True

    async def _connect(self, connection: socket.socket, request: Connect) -> bool:
        """Answer a CONNECT; True when the connection was handed on."""
        if is_aws_host(request.host):
            await _reply(connection, "200 Connection established")
            return await self._speak_tls(connection, request.host)
        if not request.user:
            await _reply(connection, "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="ormer"\r\n')
            return False
        if not self._may_tunnel(request.user, request.password):
            await _reply(connection, "403 Forbidden")
            return False
        if MANAGED.fullmatch(request.host):
            await _reply(connection, NOT_MANAGED)
            return False
        try:
            reader, writer = await open_upstream(request, self._upstream)
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            log.info("tunnel failed", host=request.host, error=str(error))
            await _reply(connection, "502 Bad Gateway")
            return False
        await _reply(connection, "200 Connection established")
        await _copy_both_ways(connection, reader, writer)
        return False


def bind(host: str, port: int) -> socket.socket:
    """A listening socket that no child process inherits, or a job would keep the port when the server is gone."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def parse_connect(head: bytes) -> Connect:
    """Host, port and Basic credential of a CONNECT; ValueError when it is none."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[0] != "CONNECT":
        raise ValueError(f"not a CONNECT request: {lines[0]!r}")
    url = urlsplit(f"//{words[1]}")
    if not url.hostname:
        raise ValueError(f"CONNECT names no host: {words[1]!r}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    user, password = _basic(headers.get("proxy-authorization", ""))
    return Connect(url.hostname, url.port or HTTPS_PORT, user, password)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(user), unquote(password)


async def open_upstream(request: Connect, upstream: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the host itself, or through a proxy by another CONNECT. OSError when there is none."""
    if not upstream:
        return await asyncio.open_connection(request.host, request.port)
    proxy = urlsplit(upstream if "//" in upstream else f"//{upstream}")
    secure = proxy.scheme == "https"
    reader, writer = await asyncio.open_connection(
        proxy.hostname, proxy.port or (HTTPS_PORT if secure else 80), ssl=secure or None
    )
    host = f"[{request.host}]" if ":" in request.host else request.host
    lines = [f"CONNECT {host}:{request.port} HTTP/1.1", f"Host: {host}:{request.port}"]
    if proxy.username:
        credential = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(credential.encode()).decode()}")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0] + b" ":
        writer.close()
        raise OSError(f"the upstream proxy answered {head.splitlines()[0].decode('latin-1')!r}")
    return reader, writer


async def _peek(connection: socket.socket) -> bytes:
    """The first bytes without taking them: eight when they may be a CONNECT, else one or more; b"" at the end."""
    while True:
        await _readable(connection)
        try:
            first = connection.recv(len(CONNECT), socket.MSG_PEEK)
        except BlockingIOError:
            continue
        if len(first) == len(CONNECT) or not CONNECT.startswith(first) or not first:
            return first
        await asyncio.sleep(PEEK_PAUSE_SECONDS)


async def _readable(connection: socket.socket) -> None:
    """Wait until something can be read; takes nothing."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(connection, tell)
    try:
        await ready
    finally:
        loop.remove_reader(connection)


async def _read_head(connection: socket.socket) -> bytes:
    """The request's head, byte for byte and no further: what follows belongs to TLS."""
    loop = asyncio.get_running_loop()
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        if len(head) >= HEAD_BYTES_MAX:
            raise ValueError("the CONNECT request's head is too long")
        await _readable(connection)
        waiting = connection.recv(HEAD_BYTES_MAX, socket.MSG_PEEK)
        if not waiting:
            raise ConnectionResetError("the client left within its CONNECT request")
        end = (bytes(head[-3:]) + waiting).find(b"\r\n\r\n")
        take = len(waiting) if end < 0 else end + 4 - len(head[-3:])
        head += await loop.sock_recv(connection, take)
    return bytes(head)


async def _reply(connection: socket.socket, status: str, headers: str = "") -> None:
    loop = asyncio.get_running_loop()
    ending = "" if status.startswith("200") else "Content-Length: 0\r\nConnection: close\r\n"
    await loop.sock_sendall(connection, f"HTTP/1.1 {status}\r\n{headers}{ending}\r\n".encode())


async def _copy_both_ways(
    connection: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Carry bytes until either side ends."""
    loop = asyncio.get_running_loop()

    async def up() -> None:
        while data := await loop.sock_recv(connection, COPY_BYTES):
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()

    async def down() -> None:
        while data := await reader.read(COPY_BYTES):
            await loop.sock_sendall(connection, data)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)

    try:
        await asyncio.gather(up(), down())
    finally:
        writer.close()
