"""Servers and browsers for Studio's tests; and a browser's requests without one: cookies, the headers that Studio's own
pages send, the event stream."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.server import Server
from ormer.stores.studio import links

from ..conftest import Live, end_instances
from . import browser as browsers
from .browser import PATIENCE_MS, Window


@contextmanager
def served(home: Path, runtimes: Path | None = None) -> Iterator[Live]:
    """A server in a new home, with runtimes that others have built where jobs are to run."""
    home.mkdir(mode=0o700)
    if runtimes is not None:
        (home / "runtimes").symlink_to(runtimes)
    server = Server(Config(home=home, port=0, tls_port=0), strict=True)
    server.start()
    try:
        yield Live(server)
    finally:
        # Playwright keeps a loop of its own running in this thread, and the server ends one.
        ending = threading.Thread(target=server.stop)
        ending.start()
        ending.join()
        end_instances(home)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps one number for all modules of a run.
    expect.set_options(timeout=PATIENCE_MS)
    with browsers.opened() as found:
        yield found


def signed_in(live: Live, browser: Browser, arn: str | None = None) -> Window:
    """A new person's tab, signed in by a link."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce")
    found = Window(context, live.config.endpoint)
    found.page.goto(f"{found.base}/studio/#sign-in={Visitor(live).token(arn)}")
    found.page.wait_for_selector("nav.side")
    return found


@pytest.fixture
def window(live: Live, browser: Browser) -> Iterator[Window]:
    """A browser that is signed in as root; nothing may go wrong in it unseen."""
    found = signed_in(live, browser)
    yield found
    found.page.context.close()
    assert found.wrong == []


class Visitor:
    """One browser. Requests carry what a page of Studio sends, unless told otherwise."""

    def __init__(self, live: Live) -> None:
        self.base = live.config.endpoint
        self._live = live
        self._session = requests.Session()

    def token(self, arn: str | None = None, seconds: float = links.LINK_SECONDS) -> str:
        stores = self._live.house.stores
        with stores.database.write() as tx:
            return links.make(tx, arn or root_identity(self._live.config.account).arn, stores.clock.now(), seconds)

    def sign_in(self, arn: str | None = None) -> requests.Response:
        return self.post("/studio/api/sign-in", {"token": self.token(arn)})

    def call(self, service: str, operation: str, params: dict[str, Any] | None = None, **headers: str) -> Any:
        """An operation's answer; fails when it is refused."""
        answer = self.post(f"/studio/api/{service}/{operation}", params or {}, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, drop: tuple[str, ...] = (), **headers: str) -> requests.Response:
        sent = {"origin": self.base, "x-ormer-studio": "1", "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if name not in drop}
        return self._session.post(self.base + path, json.dumps(body), headers=sent, timeout=30)

    def get(self, path: str, **headers: str) -> requests.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.get(self.base + path, headers=sent, timeout=30, allow_redirects=False)

    def listen(self, **headers: str) -> Stream:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return Stream(self._session.get(f"{self.base}/studio/events", headers=sent, timeout=30, stream=True))


class Stream:
    """Server-sent events as they come."""

    def __init__(self, answer: requests.Response) -> None:
        assert answer.status_code == 200, answer.text
        self.answer = answer
        self._lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        # From its first line on, a stream tells of everything.
        assert next(self._lines).startswith("retry")

    def __iter__(self) -> Iterator[tuple[str, str, Any]]:
        """(name, id, data) of each event."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and "data" in fields:
                yield fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"])
                fields = {}
            name, colon, value = line.partition(": ")
            if colon and name:
                fields[name] = value

    def until(self, name: str, **told: str) -> tuple[str, Any]:
        """(id, data) of the first event of this name whose data holds what is told."""
        for found, number, data in self:
            if found == name and all(str(data.get(key)) == value for key, value in told.items()):
                return number, data
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self.answer.close()


@pytest.fixture
def visitor(server: Live) -> Visitor:
    """A browser that nobody has signed in with."""
    return Visitor(server)


@pytest.fixture
def studio(visitor: Visitor) -> Visitor:
    """A browser that is signed in as root."""
    assert visitor.sign_in().status_code == 200
    return visitor
