"""The load generator where wrk is not installed.

`python -m bench.generator PORT PATH BODY-FILE HEADERS-JSON CONNECTIONS SECONDS` keeps one request under way on each
connection and prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class Connection(asyncio.Protocol):
    """Sends the request, reads the whole answer, and again, until `deadline`; `over` is set with the first mistake."""

    def __init__(self, request: bytes, deadline: float, over: asyncio.Future[None]) -> None:
        self.seconds: list[float] = []
        self._request = request
        self._deadline = deadline
        self._over = over
        self._received = bytearray()
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(HEAD_END)
        if head < 0 or not self._complete(head):
            return
        now = time.perf_counter()
        if self._received[9:10] != b"2":
            self._end(RuntimeError(bytes(self._received[:500]).decode(errors="replace")))
            return
        self.seconds.append(now - self._began)
        self._received.clear()
        if now < self._deadline:
            self._send()
        else:
            self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or RuntimeError("the server closed the connection"))

    def _complete(self, head: int) -> bool:
        names = bytes(self._received[:head]).lower()
        at = names.find(b"content-length:")
        if at < 0:
            return self._received.endswith(LAST_CHUNK)
        length = int(names[at + 15 : names.find(b"\r\n", at) if b"\r\n" in names[at:] else head])
        return len(self._received) >= head + len(HEAD_END) + length

    def _send(self) -> None:
        assert self._transport is not None
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def _end(self, error: Exception | None) -> None:
        if not self._over.done():
            if error is None:
                self._over.set_result(None)
            else:
                self._over.set_exception(error)
        if self._transport is not None:
            self._transport.abort()


async def generate(port: int, request: bytes, connections: int, seconds: float) -> dict[str, float]:
    """Every connection to its end; returns the members of bench.load.Load. Raises for an answer other than 2xx."""
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    ends = [loop.create_future() for _ in range(connections)]
    made = [
        await loop.create_connection(lambda end=end: Connection(request, began + seconds, end), "127.0.0.1", port)
        for end in ends
    ]
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    times = sorted(each for _, connection in made for each in connection.seconds)
    p50, p99 = (times[min(len(times) - 1, int(len(times) * share))] * 1000 for share in (0.5, 0.99))
    return {"requests": len(times), "seconds": took, "p50_ms": p50, "p99_ms": p99}


def request_of(port: int, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """The request as it goes over the wire."""
    all_headers = {"Host": f"127.0.0.1:{port}", **headers, "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def main() -> None:
    port, path, file, headers, connections, seconds = sys.argv[1:]
    request = request_of(int(port), path, Path(file).read_bytes(), json.loads(headers))
    try:
        import uvloop
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    print(json.dumps(run(generate(int(port), request, int(connections), float(seconds)))))


if __name__ == "__main__":
    main()
