"""Take the pictures in docs/images from a real server with the tests' story on it: `python scripts/screenshots.py`.

A picture is small: colours are few, so it is kept as a palette PNG where that is possible.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.first_run import root_key
from ormer.server import Server
from ormer.stores.studio import links

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
TESTS = ROOT / "tests" / "studio"
WIDE, PHONE = (1280, 800), (390, 780)
ASKED_TIMES = 300


def main() -> int:
    story, browser = module("story"), module("browser")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, browser.opened() as chromium:
        made = story.Story(clients(server), server.config.account)
        running = tell(made)
        take(server, chromium, made, running)
    return 0


def tell(story: Any) -> str:
    """Two versions, one of them in service, two deliveries, and an execution under way. Returns its ARN."""
    story.furnish()
    story.pipeline()
    first = story.start(**dict.fromkeys(story.first_flags(), "true"))
    assert story.ended(first) == "Succeeded"
    story.approve(1, "Half a ring better than guessing by length.")
    story.endpoint(1, "staging")
    name = story.endpoint(1, "prod")
    for number in range(ASKED_TIMES):
        story.ask(name, story.animals[number % len(story.animals)])
    skip = {flag: "true" for flag in story.first_flags() if flag.startswith("Skip")}
    assert story.ended(story.start(MaxDepth="7", Rounds="70", **skip)) == "Succeeded"
    story.delivery("abalone-modelmonitor", "Watch data quality every hour", story.broken)
    story.delivery("abalone-modeldeploy", "Give staging two instances")
    story.waiting_token("abalone-modeldeploy")
    return str(story.start(**dict.fromkeys(story.first_flags(), "true")))


def take(server: Server, chromium: Any, story: Any, running: str) -> None:
    ended = story.executions()[-1].split("/")[-1]
    pages = {
        "execution-live": (f"/pipelines/abalone/executions/{running.split('/')[-1]}", WIDE, "light"),
        "execution": (f"/pipelines/abalone/executions/{ended}?step=Train&panel=metrics", WIDE, "light"),
        "timeline": (f"/pipelines/abalone/executions/{ended}?tab=timeline&step=Train&panel=logs", WIDE, "dark"),
        "executions": ("/pipelines/abalone", WIDE, "light"),
        "versions": ("/models/abalone", WIDE, "light"),
        "version": ("/models/abalone/2?tab=quality", WIDE, "light"),
        "version-phone": ("/models/abalone/2", PHONE, "light"),
        "data-quality": ("/models/abalone/2?tab=data", WIDE, "dark"),
        "bias": ("/models/abalone/2?tab=bias", WIDE, "light"),
        "lineage": ("/models/abalone/1?tab=lineage", WIDE, "light"),
        "delivery": ("/delivery/abalone-modeldeploy", WIDE, "light"),
        "delivery-phone": ("/delivery/abalone-modeldeploy", PHONE, "dark"),
        "endpoint": ("/endpoints/abalone-prod?tab=metrics", WIDE, "dark"),
        "endpoint-captured": ("/endpoints/abalone-prod?tab=captured", WIDE, "light"),
    }
    for name, (path, (width, height), theme) in pages.items():
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, locale="en-GB", reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(link(server))
        page.wait_for_selector("main.content")
        page.goto(f"{server.config.endpoint}/studio{path}")
        # Charts and graphs are drawn a moment after their data has come.
        page.wait_for_timeout(2500)
        if name == "endpoint-captured":
            page.get_by_role("button", name="ago").first.click(timeout=5000)
            page.wait_for_timeout(500)
        page.screenshot(path=IMAGES / f"{name}.png")
        context.close()
    for image in IMAGES.glob("*.png"):
        shrink(image)


def shrink(image: Path) -> None:
    """Few colours make a small file; without Pillow it stays as it is."""
    with contextlib.suppress(ImportError):
        from PIL import Image

        with Image.open(image) as picture:
            small = picture.convert("RGB").quantize(colors=256, dither=Image.Dither.NONE)
        small.save(image, optimize=True)


def link(server: Server) -> str:
    stores = server.house.stores
    with stores.database.write() as tx:
        token = links.make(tx, root_identity(server.config.account).arn, stores.clock.now())
    return f"{server.config.endpoint}/studio/#sign-in={token}"


def clients(server: Server) -> Any:
    key = root_key(server.house.stores)
    session = boto3.Session(key.access_key_id, key.secret, region_name=server.config.region)
    return lambda service: session.client(service, endpoint_url=server.config.endpoint)


@contextlib.contextmanager
def served(home: Path) -> Iterator[Server]:
    kept = os.environ.get("ORMER_TEST_RUNTIMES")
    if kept:
        (home / "runtimes").symlink_to(Path(kept).absolute())
    server = Server(Config(home=home, port=0, tls_port=0))
    server.start()
    try:
        yield server
    finally:
        # The browser's driver keeps a loop of its own running in this thread, and the server ends one.
        ending = threading.Thread(target=server.stop)
        ending.start()
        ending.join()
        end_instances(home)


def end_instances(home: Path) -> None:
    from ormer.engines.hosting.instances import running_instances

    for handle in running_instances(home):
        handle.kill()
        handle.wait(20)
        handle.close()


def module(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(f"studio_{name}", TESTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
