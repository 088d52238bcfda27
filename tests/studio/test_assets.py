"""The built pages: kept by browsers for good, compressed, and nothing outside their folder."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from ormer.gateway.messages import Request
from ormer.studio.assets import FOLDER, Assets

ROOT = Path(__file__).parents[2]
PACKED_BYTES_MAX, FIRST_BYTES_MAX = 400_000, 150_000


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


def test_all_pages_together_are_at_most_400_kilobytes_packed() -> None:
    static = FOLDER / "static"
    if not static.is_dir():
        pytest.skip("the pages have not been built: make studio")
    sources = [file for file in static.iterdir() if file.suffix in (".js", ".css")]
    packed = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in sources}
    largest = sorted(packed.items(), key=lambda each: -each[1])[:5]
    assert sum(packed.values()) <= PACKED_BYTES_MAX, largest
    # What every page needs first, whichever it is.
    first = re.findall(r'(?:src|href)="/studio/static/([^"]+\.(?:js|css))"', (FOLDER / "index.html").read_text())
    assert sum(packed[name] for name in first) <= FIRST_BYTES_MAX, first


def test_types_of_the_pages_are_checked_strictly() -> None:
    options = json.loads((ROOT / "studio-ui" / "tsconfig.json").read_text())["compilerOptions"]
    assert options["strict"] is True and options["noUncheckedIndexedAccess"] is True
