"""A person who walks through the chapter: a browser, a shell with git, and programs that ask an endpoint.

They do everything by these three alone, and know of the project what they have read on its pages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from ..conftest import Live
from .browser import Window

KEPT = ("PATH", "LANG", "LC_ALL", "TZ")
AUTHOR = {"NAME": "Ada", "EMAIL": "ada@ormer.invalid"}
SHELL_SECONDS = 120
# Notes how each node of a graph looks, and every turn it takes.
TURNS = """
window.turns = {};
const note = () => {
  for (const node of document.querySelectorAll('.node')) {
    const looks = (window.turns[node.querySelector('.node__name').textContent] ??= []);
    if (looks.at(-1) !== node.dataset.look) looks.push(node.dataset.look);
  }
};
new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
note();
"""


@dataclass
class Walker:
    """One person, from the first link to the last page.

    id: the project's, read on its portal. setup: what a shell needs, read in the dialog that tells how to clone.
    failed: the test under way, or the one that failed.
    """

    live: Live
    browser: Browser
    folder: Path
    name: str = "abalone"
    id: str = ""
    setup: str = ""
    failed: str = ""

    def __post_init__(self) -> None:
        context = self.browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce"
        )
        self.window = Window(context, self.live.config.endpoint)
        self.page: Page = self.window.page

    @property
    def group(self) -> str:
        """The project's SageMaker pipeline, and its group of models."""
        return f"{self.name}-{self.id}"

    def delivery(self, word: str) -> str:
        """The delivery, and the repository, of a word like `modelbuild`."""
        return f"sagemaker-{self.name}-{self.id}-{word}"

    def go(self, path: str) -> Page:
        return self.window.go(path)

    def sign_in(self) -> None:
        """Open the link that `ormer studio` prints."""
        self.page.goto(self.shell("ormer studio").strip())
        self.page.wait_for_selector("nav.side")

    def shell(self, script: str) -> str:
        """What a shell prints that runs a script in the person's home folder; `ormer` is on its path."""
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        roles = ("AUTHOR", "COMMITTER")
        environment |= {f"GIT_{role}_{name}": value for role in roles for name, value in AUTHOR.items()}
        environment |= {
            "HOME": str(self.folder),
            "ORMER_HOME": str(self.live.config.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_TERMINAL_PROMPT": "0",
        }
        ran = subprocess.run(
            ["sh", "-ec", script],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SHELL_SECONDS,
        )
        assert ran.returncode == 0, f"{script}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def ask(self, endpoint: str, rows: Iterable[str]) -> list[float]:
        """An endpoint's answers to rows of CSV, each asked for by a request of its own."""
        runtime = self.live.client("sagemaker-runtime")
        return [float(_asked(runtime, endpoint, row)) for row in rows]

    def node(self, name: str) -> Locator:
        """A step in the graph on the page."""
        return self.page.locator(".node", has=self.page.locator(".node__name", has_text=re.compile(f"^{name}$")))

    def watch_nodes(self) -> None:
        """From now on, note what becomes of the graph on the page: see `turns`."""
        self.page.evaluate(TURNS)

    def turns(self) -> dict[str, list[str]]:
        """{step: how its node looked, one after the other} since it is watched."""
        found: dict[str, list[str]] = self.page.evaluate("window.turns")
        return found

    def stage(self, name: str) -> Locator:
        """How a stage of the delivery on the page stands."""
        return self.page.get_by_role("region", name=f"Stage {name}").locator(".stage__head .status")

    def status(self) -> Locator:
        """The status beside the page's title."""
        return self.page.locator("h1 .status")


def _asked(runtime: Any, endpoint: str, row: str) -> str:
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=row.encode())
    return str(answer["Body"].read().decode())
