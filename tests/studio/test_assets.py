"""The built pages: kept by browsers for good, compressed, and nothing outside their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormer.gateway.messages import Request
from ormer.studio.assets import Assets


def asked(**headers: str) -> Request:
    return Request("GET", "/studio/", "", {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "assets"
    (built / "static").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html>")
    (built / "static" / "index-abc.js").write_text("let a = 1")
    (built / "static" / "index-abc.js.br").write_bytes(b"packed")
    (tmp_path / "secret.key").write_text("secret")
    (built / "link").symlink_to(tmp_path / "secret.key")
    return built


def test_files_with_a_hash_in_their_name_are_kept_and_the_page_is_not(folder: Path) -> None:
    assets = Assets(folder)
    file, page = assets.answer(asked(), "static/index-abc.js"), assets.page(asked())
    assert file is not None
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["content-type"].startswith("text/javascript")
    assert page.headers["cache-control"] == "no-store"


def test_a_browser_that_can_unpack_gets_the_packed_file(folder: Path) -> None:
    packed = Assets(folder).answer(asked(accept_encoding="gzip, deflate, br"), "static/index-abc.js")
    plain = Assets(folder).answer(asked(accept_encoding="identity"), "static/index-abc.js")
    assert packed is not None and plain is not None
    assert (packed.body, packed.headers["content-encoding"]) == (b"packed", "br")
    assert plain.body == b"let a = 1" and "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "name", ["../secret.key", "static/../../secret.key", "/etc/passwd", "link", "static", "", "%2e%2e/secret.key"]
)
def test_nothing_outside_the_folder_is_sent(folder: Path, name: str) -> None:
    assert Assets(folder).answer(asked(), name) is None


def test_without_built_pages_one_is_told_what_to_do(tmp_path: Path) -> None:
    page = Assets(tmp_path / "none").page(asked())
    assert page.status == 503 and isinstance(page.body, bytes) and b"make studio" in page.body
