"""A browser for measurements: this machine's Chromium, steered by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.peers import PeerMissing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-sync")


@contextmanager
def opened() -> Iterator[Browser]:
    """Chromium for the block. Raises PeerMissing where there is none."""
    from playwright.sync_api import sync_playwright

    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise PeerMissing(f"none of {', '.join(NAMES)} is installed")
    # A sandbox of its own is nothing root can have.
    rights = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIET, *rights])
        yield browser
        browser.close()
