"""Studio in a real browser on a home with a crowd in it: how soon pages stand, and how soon they follow a hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import crowd
from bench.browsers import opened
from bench.figures import Figure, Result
from bench.peers import Peers
from bench.servers import ACCOUNT, Served, fresh_home, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROUNDS = 5
REST_SECONDS = 20.0
SETTLE_MS, BETWEEN_MS = 1_500, 200
PAINT, INTERACTION, FRAMES = "≤ 1 s", "≤ 100 ms", "≤ 17 ms"
SIZE = {"width": 1280, "height": 900}
ROW = "main.content tbody tr:not([aria-hidden])"
# Notes when the first row (or node) stands on the page, and what goes wrong there.
WATCH = """
window.stood = 0;
new MutationObserver((_, observer) => {
  if (!document.querySelector('SELECTOR')) return;
  window.stood = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
# From an event until the frame that shows what came of it has been painted.
ACT = """async ([selector, what, value]) => {
  const found = document.querySelector(selector);
  const before = performance.now();
  if (what === 'type') {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(found, value);
    found.dispatchEvent(new Event('input', { bubbles: true }));
  } else found.click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - before;
}"""
# The heading of this text, for the next click.
MARK = """(text) => [...document.querySelectorAll('th button')].find((one) => one.textContent === text)
  .setAttribute('data-measured', '')"""
DRAGGED = """async () => {
  const times = [];
  window.dragging = true;
  let last = performance.now();
  while (window.dragging) {
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times.slice(2);
}"""


@dataclass(frozen=True)
class List:
    """A page with a table. word: what is typed into its search. sort: a column's heading. tab: another tab's name."""

    title: str
    path: str
    word: str = ""
    sort: str = ""
    tab: str = ""


LISTS = (
    List(f"{crowd.EXECUTIONS:,} executions", f"/pipelines/{crowd.PIPELINE}", "execution-7", "Status", "Graph"),
    List(f"{crowd.VERSIONS:,} versions", f"/models/{crowd.GROUP}", "Rejected", "Approval", "Settings"),
    List("model groups", "/models", "crowd", "Group"),
    List(f"{crowd.ENDPOINTS} endpoints", "/endpoints", "crowd-07", "Name"),
    List("pipelines", "/pipelines", "large", "Name"),
    List(f"{crowd.RUNS:,} runs", f"/experiments/{crowd.EXPERIMENT}?tab=all", "", "Status", "Measured"),
)


def measure(peers: Peers) -> list[Result]:
    """Fill a home, serve it, and look at its pages."""
    with fresh_home() as home:
        crowd.fill(home)
        with served(home) as server, opened() as browser:
            context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
            page = context.new_page()
            page.goto(_link(server))
            page.wait_for_selector("nav.side")
            found = [figure for each in LISTS for figure in _list(server, page, each)]
            found.append(_search(server, page))
            found += _graph(server, page)
            found.append(_rest(server, page))
            context.close()
    return found


def _list(server: Served, page: Page, each: List) -> Iterator[Result]:
    standing = [_stood(server, page, each.path, ROW) for _ in range(ROUNDS)]
    yield Figure(f"{each.title}: first rows", "s", standing, "from the address until rows stand, cold page", PAINT)
    page.wait_for_timeout(SETTLE_MS)
    if each.word:
        typed = [each.word[:end] for end in range(1, len(each.word) + 1)]
        samples = [_acted(page, "input[type=search]", "type", text) for text in (*typed, "")]
        yield Figure(f"{each.title}: typing", "ms", samples, "from the event to the painted frame", INTERACTION)
    if each.sort:
        samples = []
        for _ in range(ROUNDS):
            page.evaluate(MARK, each.sort)
            samples.append(_acted(page, "th button[data-measured]", "click"))
        yield Figure(f"{each.title}: sorting", "ms", samples, "from the click to the painted frame", INTERACTION)
    if each.tab:
        yield _tabs(page, each)


def _tabs(page: Page, each: List) -> Figure:
    samples = [_acted(page, "[role=tab][aria-selected=false]", "click") for _ in range(2 * ROUNDS)]
    return Figure(f"{each.title}: another tab", "ms", samples, "from the click to the painted frame", INTERACTION)


def _acted(page: Page, selector: str, what: str, value: str = "") -> float:
    """Milliseconds from an event until what came of it is painted."""
    taken = float(page.evaluate(ACT, [selector, what, value]))
    page.wait_for_timeout(BETWEEN_MS)
    return taken


def _search(server: Served, page: Page) -> Figure:
    """One run among all of them, by its name."""
    samples = []
    for round_ in range(ROUNDS):
        _stood(server, page, f"/experiments/{crowd.EXPERIMENT}?tab=all", ROW)
        wanted = f"Attempt {17_321 + 9_973 * round_}"
        began = time.perf_counter()
        page.locator("input[type=search]").first.fill(wanted)
        page.locator(ROW).filter(has_text=wanted).first.wait_for(timeout=20_000)
        samples.append(time.perf_counter() - began)
    return Figure(f"{crowd.RUNS:,} runs: found by name", "s", samples, "typed at once, until its row stands", PAINT)


def _graph(server: Served, page: Page) -> Iterator[Result]:
    client = server.client("sagemaker")
    arn = client.start_pipeline_execution(PipelineName=crowd.LARGE, ClientRequestToken="g" * 40)["PipelineExecutionArn"]
    while client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Executing":
        time.sleep(0.2)
    path = f"/pipelines/{crowd.LARGE}/executions/{arn.rpartition('/')[2]}"
    standing = [_stood(server, page, path, ".node") for _ in range(ROUNDS)]
    steps = crowd.WIDTH * crowd.DEPTH
    yield Figure(f"graph of {steps:,} steps: first nodes", "s", standing, "from the address until nodes stand", PAINT)
    page.wait_for_timeout(SETTLE_MS)
    frames = _frames(page)
    yield Figure(f"graph of {steps:,} steps: a frame while dragged", "ms", frames, "dragged to and fro", FRAMES)
    opened_ = []
    for round_ in range(ROUNDS):
        page.evaluate(f"[...document.querySelectorAll('.node')][{round_}].setAttribute('data-measured', '')")
        opened_.append(_acted(page, ".node[data-measured]", "click"))
        page.evaluate("document.querySelector('.node[data-measured]')?.removeAttribute('data-measured')")
    yield Figure(f"graph of {steps:,} steps: a step opened", "ms", opened_, "click to the painted frame", INTERACTION)


def _frames(page: Page) -> list[float]:
    """Milliseconds between frames while the graph is dragged."""
    pane = page.locator(".react-flow__pane").bounding_box()
    assert pane is not None, "the graph stands"
    x, y = pane["x"] + pane["width"] - 40, pane["y"] + pane["height"] / 2
    page.evaluate(f"window.frames_ = ({DRAGGED})(); 0")
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(120):
        page.mouse.move(x - 4 * abs(60 - step), y - 3 * abs(60 - step))
    page.mouse.up()
    page.evaluate("window.dragging = false")
    return [float(each) for each in page.evaluate("window.frames_")]


def _rest(server: Served, page: Page) -> Figure:
    """Requests while nobody does anything; the stream of events was opened before."""
    page.goto(f"{server.endpoint}/studio/pipelines/{crowd.PIPELINE}")
    page.wait_for_selector(ROW)
    page.wait_for_timeout(4 * SETTLE_MS)
    with _requests(page) as seen:
        page.wait_for_timeout(REST_SECONDS * 1000)
    how = f"{REST_SECONDS:.0f} s on the page of {crowd.EXECUTIONS:,} executions"
    return Figure("requests at rest", "requests", [float(len(seen))], how, "0")


@contextmanager
def _requests(page: Page) -> Iterator[list[str]]:
    seen: list[str] = []

    def heard(request: Any) -> None:
        seen.append(request.url)

    page.on("request", heard)
    yield seen
    page.remove_listener("request", heard)


def _stood(server: Served, page: Page, path: str, selector: str) -> float:
    """Seconds from the address until something stands on the page."""
    context = page.context
    fresh = context.new_page()
    fresh.add_init_script(WATCH.replace("SELECTOR", selector))
    fresh.goto(f"{server.endpoint}/studio{path}")
    fresh.locator(selector).first.wait_for(state="attached")
    seconds = float(fresh.evaluate("window.stood")) / 1000
    fresh.close()
    page.goto(f"{server.endpoint}/studio{path}")
    page.wait_for_selector(selector)
    return seconds


def _link(server: Served) -> str:
    from ormer.aws.clock import WallClock
    from ormer.aws.identities import root_identity
    from ormer.config import load
    from ormer.stores.stores import open_stores
    from ormer.stores.studio import links

    config = load(home=server.home)
    stores = open_stores(config.home, config.database_url, WallClock())
    with stores.database.write() as tx:
        token = links.make(tx, root_identity(ACCOUNT).arn, stores.clock.now())
    stores.close()
    return f"{server.endpoint}/studio/#sign-in={token}"
