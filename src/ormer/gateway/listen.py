"""Both ports of a running gateway: plain HTTP by uvicorn, and the TLS front that feeds the same HTTP server."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future

import uvicorn

from ormer.gateway.asgi import App
from ormer.gateway.certificates import Authority
from ormer.gateway.invoke.protocol import protocol_of
from ormer.gateway.tls import ProxyCheck, TlsFront, bind

LOOPBACK = "127.0.0.1"
# Long enough for SDKs' connection pools, which think for minutes between polls.
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 3
START_SECONDS_MAX = 30


class Listener:
    """Serves an App in a thread of its own, at `port` and `tls_port`.

    http, tls: sockets that listen already (`gateway.tls.bind`); None takes a free port of the loopback.
    may_tunnel: whether a user and password may use the TLS port as a proxy to hosts that are not AWS's.
    upstream: the proxy those hosts are reached through; None takes the environment's, "" means none.
    """

    def __init__(
        self,
        app: App,
        authority: Authority,
        may_tunnel: ProxyCheck,
        http: socket.socket | None = None,
        tls: socket.socket | None = None,
        upstream: str | None = None,
    ) -> None:
        self._http, self._tls = http or bind(LOOPBACK, 0), tls or bind(LOOPBACK, 0)
        self.port, self.tls_port = int(self._http.getsockname()[1]), int(self._tls.getsockname()[1])
        self._app = app
        self._authority = authority
        self._may_tunnel = may_tunnel
        self._upstream = upstream
        config = uvicorn.Config(
            app,
            http=protocol_of(app.lane),
            loop="auto",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._started: Future[None] = Future()

    def start(self) -> None:
        """Answer on both ports."""
        self._thread.start()
        self._started.result(START_SECONDS_MAX)

    def stop(self) -> None:
        """Finish what is under way for a few seconds, then end; both ports are free after it."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(GRACE_SECONDS * 3)
        self._http.close()
        self._tls.close()
        self._app.close()

    def _run(self) -> None:
        config = self._server.config
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            try:
                runner.run(self._serve())
            except BaseException as error:
                # The thread that called start() hears of it; after that there is nobody to tell but the thread's end.
                if self._started.done():
                    raise
                self._started.set_exception(error)

    async def _serve(self) -> None:
        server, config = self._server, self._server.config
        config.load()
        server.lifespan = config.lifespan_class(config)
        sockets = [self._http]
        await self._app.opened()
        await server.startup(sockets)
        front = TlsFront(self._authority, self._protocol, self._may_tunnel, self._upstream)
        front.start(self._tls)
        self._started.set_result(None)
        await server.main_loop()
        await front.stop()
        await server.shutdown(sockets)
        await self._app.closed()

    def _protocol(self) -> asyncio.Protocol:
        """An HTTP protocol for a connection that the TLS front accepted; the same server counts and ends it."""
        server = self._server
        made: asyncio.Protocol = server.config.http_protocol_class(  # type: ignore[call-arg]
            config=server.config, server_state=server.server_state, app_state=server.lifespan.state
        )
        return made
