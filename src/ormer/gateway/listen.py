"""Both ports of a running gateway: plain HTTP by uvicorn, and the TLS front that feeds the same HTTP server."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import uvicorn

from ormer.gateway.asgi import App
from ormer.gateway.certificates import Authority
from ormer.gateway.invoke.protocol import protocol_of
from ormer.gateway.tls import ProxyCheck, TlsFront, bind

# Long enough for SDKs' connection pools, which think for minutes between polls.
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 3
START_SECONDS_MAX = 30


class Listener:
    """Serves an App in a thread of its own; `port` and `tls_port` are known once `start` returns.

    may_tunnel: whether a user and password may use the TLS port as a proxy to hosts that are not AWS's.
    upstream: the proxy those hosts are reached through; None takes the environment's, "" means none.
    """

    def __init__(
        self,
        app: App,
        authority: Authority,
        may_tunnel: ProxyCheck,
        host: str = "127.0.0.1",
        port: int = 0,
        tls_port: int = 0,
        upstream: str | None = None,
    ) -> None:
        self.port, self.tls_port = port, tls_port
        self._host = host
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
        self._started: Future[tuple[int, int]] = Future()

    def start(self) -> None:
        """Listen on both ports; raises OSError when one is taken."""
        self._thread.start()
        self.port, self.tls_port = self._started.result(START_SECONDS_MAX)

    def stop(self) -> None:
        """Finish what is under way for a few seconds, then end."""
        self._server.should_exit = True
        self._thread.join(GRACE_SECONDS * 3)
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
        sockets = [bind(self._host, self.port)]
        await self._app.opened()
        await server.startup(sockets)
        front = TlsFront(self._authority, self._protocol, self._may_tunnel, self._upstream)
        tls_port = await front.start(self._host, self.tls_port)
        self._started.set_result((sockets[0].getsockname()[1], tls_port))
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
