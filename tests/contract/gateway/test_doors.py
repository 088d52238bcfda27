"""Every door of the server refuses a stranger, except those on the public list."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from ormer.gateway.asgi import App
from ormer.gateway.routes import PUBLIC, Door, every_door

# Every code AWS refuses an unsigned request with.
REFUSALS = ("AccessDenied", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "ForbiddenException")


async def knock(app: App, door: Door) -> tuple[int, bytes]:
    """Status and whole text (headers and body) of one request, in process."""
    path, _, query = door.path.partition("?")
    scope = {
        "type": "http",
        "method": door.method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in door.headers.items()],
        "scheme": "http",
        "client": ("127.0.0.1", 1),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": door.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    text = b"\n".join(value for _, value in sent[0]["headers"])
    return sent[0]["status"], text + b"".join(message.get("body", b"") for message in sent[1:])


def test_every_door_refuses_an_unsigned_request(gateway: Any) -> None:
    app = App(gateway.desk)
    doors = list(every_door(gateway.desk.models, gateway.desk.rooms))
    services = Counter(door.service for door in doors)
    assert services["sagemaker"] > 400 and services["s3"] > 100 and services["iam"] > 150

    async def all_doors() -> list[str]:
        opened = []
        for door in doors:
            status, body = await knock(app, door)
            refused = status in (401, 403) and (
                door.method == "HEAD" or any(code.encode() in body for code in REFUSALS)
            )
            if not refused:
                opened.append(f"{door.name}: {status} {body[:200]!r}")
        return opened

    assert asyncio.run(all_doors()) == []
    app.close()


def test_the_public_list_is_health_and_metrics_and_the_way_into_studio(gateway: Any) -> None:
    app = App(gateway.desk)
    pages = [("GET", "/studio"), ("GET", "/studio/"), ("POST", "/studio/api/sign-in")]
    assert list(PUBLIC) == [("GET", "/healthz"), ("GET", "/metrics"), *pages]
    for path in ("/healthz", "/metrics"):
        assert asyncio.run(knock(app, Door(path, "GET", path)))[0] == 200
    host = {"host": "localhost:4590"}
    assert asyncio.run(knock(app, Door("page", "GET", "/studio", host)))[0] == 307
    status, page = asyncio.run(knock(app, Door("page", "GET", "/studio/", host)))
    assert status in (200, 503) and b"<!doctype html>" in page.lower()
    # Without a link's token and a page of ours behind it, the way in is shut too.
    assert asyncio.run(knock(app, Door("sign-in", "POST", "/studio/api/sign-in", host, b"{}")))[0] == 403
    for path in (
        "/",
        "/bucket",
        "/bucket/key",
        "/healthz/x",
        "/metrics/",
        "/v1/repos/x/info/refs",
        "/studio-bucket",
        "/studio/events",
        "/studio/api/ormer/session",
        "/favicon.ico",
    ):
        status, _ = asyncio.run(knock(app, Door(path, "GET", path)))
        assert status in (401, 403), path
    app.close()
