"""A real browser, and what a person does with it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these a browser asks hosts of its maker at every start.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
AXE = Path(__file__).parents[2] / "studio-ui" / "node_modules" / "axe-core" / "axe.min.js"
# Only what fails waits so long: builds and jobs share the processors with whatever else runs.
PATIENCE_MS = 240_000


@contextmanager
def opened() -> Iterator[Browser]:
    """The machine's own Chromium; a run that must not miss anything fails where there is none."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        assert not os.environ.get("CI"), f"none of {', '.join(NAMES)} is installed"
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    # A sandbox of its own is nothing root can have.
    rights = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIET, *rights])
        yield browser
        browser.close()


class Window:
    """One tab. `wrong` gathers what a person would not see: errors of the page, of its policy, refused requests."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.base = base
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("response", self._answered)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def _answered(self, response: Any) -> None:
        # What is not there yet answers 501 and is left out of the page.
        if response.status >= 400 and response.status not in (501,):
            self.wrong.append(f"{response.status} {response.url} {response.request.post_data or ''}")

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.base}/studio{path}")
        self.page.wait_for_selector("main.content")
        self.settle()
        return self.page

    def travel(self, typed: str) -> None:
        """Go where the palette leads for what is typed, once it has found it."""
        self.page.keyboard.press("Control+k")
        self.page.get_by_role("combobox").fill(typed)
        expect(self.page.get_by_role("option")).to_have_count(1)
        self.page.keyboard.press("Enter")

    def settle(self) -> None:
        """Wait until nothing is loading any more."""
        expect(self.page.locator(".skeleton")).to_have_count(0)

    def faults(self) -> list[str]:
        """Serious faults of accessibility on the page, by axe."""
        # Injected past the page's policy, which lets nothing else in.
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{fault['id']}: {fault['help']}: {node['target']}"
            for fault in found["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]
