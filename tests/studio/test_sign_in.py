"""Who gets in: one-time links, sessions, host names, and writes that other sites would like to make."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from ormer.aws.clock import ManualClock
from ormer.config import Config
from ormer.server import Server
from ormer.stores.studio import sessions

from ..conftest import Live
from .conftest import Visitor


def test_a_link_opens_one_session_once(server: Live, visitor: Visitor) -> None:
    token = visitor.token()
    first = visitor.post("/studio/api/sign-in", {"token": token})
    assert first.status_code == 200 and first.json()["arn"] == "arn:aws:iam::123456789012:root"
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/studio" in cookie
    assert str(server.config.port) in cookie.partition("=")[0]
    again = Visitor(server).post("/studio/api/sign-in", {"token": token})
    assert (again.status_code, again.json()["code"]) == (403, "AccessDenied")
    assert visitor.get("/studio/api/ormer/session").json()["account"] == "123456789012"


def test_a_link_is_too_old_after_a_quarter_of_an_hour_and_a_session_after_a_week(tmp_path: Any) -> None:
    clock = ManualClock()
    made = Server(Config(home=tmp_path / "home", port=0, tls_port=0), clock, strict=True)
    made.start()
    try:
        visitor = Visitor(Live(made))
        token = visitor.token()
        clock.advance(15 * 60)
        assert visitor.post("/studio/api/sign-in", {"token": token}).status_code == 403
        visitor.sign_in()
        for _ in range(6):
            clock.advance(sessions.IDLE_SECONDS - 1)
            assert visitor.get("/studio/api/ormer/session").status_code == 200
        clock.advance(sessions.IDLE_SECONDS)
        assert visitor.get("/studio/api/ormer/session").status_code == 401
    finally:
        made.stop()


def test_signing_out_ends_the_session_also_for_whoever_kept_the_cookie(studio: Visitor) -> None:
    kept = dict(studio._session.cookies)
    assert studio.post("/studio/api/sign-out", {}).status_code == 200
    studio._session.cookies.update(kept)
    assert studio.get("/studio/api/ormer/session").status_code == 401


def test_the_database_holds_neither_tokens_nor_cookies(server: Live, studio: Visitor) -> None:
    waiting = studio.token()
    (cookie,) = dict(studio._session.cookies).values()
    with sqlite3.connect(server.config.home / "ormer.db") as database:
        everything = "\n".join(database.iterdump())
    assert "studio_sessions" in everything
    assert waiting not in everything and cookie not in everything


@pytest.mark.parametrize("name", ["evil.example", "studio.localhost", "127.0.0.1.evil.example", ""])
def test_a_name_that_is_not_ours_is_refused_whatever_it_points_to(studio: Visitor, name: str) -> None:
    assert studio.get("/studio/", host=name).status_code in (400, 401, 403)
    assert studio.get("/studio/api/ormer/session", host=name).status_code in (400, 401, 403)


def test_names_that_were_configured_are_ours(tmp_path: Any) -> None:
    made = Server(Config(home=tmp_path / "home", port=0, tls_port=0, studio_hosts="ml.lan, other.lan"), strict=True)
    made.start()
    try:
        visitor = Visitor(Live(made))
        assert visitor.get("/studio", host="ML.lan:4590").status_code == 307
        assert visitor.get("/studio", host="third.lan").status_code == 403
    finally:
        made.stop()


@pytest.mark.parametrize(
    ("drop", "headers"),
    [
        (("origin",), {}),
        (("x-ormer-studio",), {}),
        ((), {"origin": "https://evil.example"}),
        ((), {"origin": "null"}),
        ((), {"sec_fetch_site": "cross-site"}),
        ((), {"sec_fetch_site": "same-site"}),
    ],
)
def test_writes_come_from_our_own_pages_only(studio: Visitor, drop: tuple[str, ...], headers: dict[str, str]) -> None:
    assert studio.call("sagemaker", "ListPipelines") == {"PipelineSummaries": []}
    refused = studio.post("/studio/api/sagemaker/ListPipelines", {}, drop=drop, **headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "AccessDenied")
    assert studio.post("/studio/api/sign-in", {"token": studio.token()}, drop=drop, **headers).status_code == 403


def test_pages_allow_nothing_from_elsewhere_and_are_not_kept(visitor: Visitor) -> None:
    page = visitor.get("/studio/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    refused = visitor.get("/studio/api/ormer/session")
    assert refused.status_code == 401 and refused.headers["cache-control"] == "no-store"


def test_a_browser_at_the_root_is_led_to_studio_and_other_clients_are_not(server: Live, visitor: Visitor) -> None:
    led = visitor.get("/", accept="text/html,application/xhtml+xml")
    assert (led.status_code, led.headers["location"]) == (307, "/studio/")
    assert visitor.get("/", accept="*/*").status_code == 403
    assert server.client("s3").list_buckets()["Buckets"] == []


def test_a_bucket_may_be_called_studio(server: Live, studio: Visitor) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="studio")
    s3.put_object(Bucket="studio", Key="api/ormer/session", Body=b"mine")
    assert s3.get_object(Bucket="studio", Key="api/ormer/session")["Body"].read() == b"mine"
    address = s3.generate_presigned_url("get_object", Params={"Bucket": "studio", "Key": "api/ormer/session"})
    assert studio.get(address.removeprefix(studio.base)).content == b"mine"
    assert studio.get("/studio/api/ormer/session").json()["name"] == "root"
