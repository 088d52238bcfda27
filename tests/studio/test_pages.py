"""What people do in Studio, in a real browser, on a real server with a real pipeline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ormer.aws.studio_roles import ROLES

from ..conftest import Live
from .browser import Window
from .conftest import Visitor, served
from .story import ANIMALS, BROKEN, PIPELINE, Story

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
GROUP = f"/models/{PIPELINE}"


class Studio:
    """A server with the story on it, and a browser."""

    def __init__(self, live: Live, browser: Browser) -> None:
        self.live = live
        self.browser = browser
        self.story = Story(live.client, live.config.account)

    def window(self, arn: str | None = None, width: int = 1280, height: int = 900, dark: bool = False) -> Window:
        """A new person's browser, signed in by a link."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="en-GB"
        )
        window = Window(context, self.live.config.endpoint)
        token = Visitor(self.live).token(arn)
        window.page.goto(f"{window.base}/studio/#sign-in={token}")
        window.page.wait_for_selector("main.content")
        assert "sign-in" not in window.page.url
        return window


@pytest.fixture(scope="module")
def studio(browser: Browser, tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Iterator[Studio]:
    with served(tmp_path_factory.mktemp("studio") / "home", runtimes) as live:
        made = Studio(live, browser)
        made.story.furnish()
        made.story.pipeline()
        yield made


@pytest.fixture(scope="module")
def execution(studio: Studio) -> str:
    """The path of an execution that was started from the form and watched to its end, without a reload."""
    window = studio.window()
    page = window.go(f"/pipelines/{PIPELINE}")
    # However quick the machine: the first step does not end before the page has shown it.
    studio.story.close()
    page.get_by_role("button", name="Start execution").first.click()
    for flag in studio.story.first_flags():
        page.get_by_label(flag, exact=True).check()
    page.get_by_label("Rounds").fill("40")
    expect(page.locator("details pre")).to_contain_text('{"Name": "Rounds", "Value": "40"}')
    page.get_by_role("dialog").get_by_role("button", name="Start execution").click()
    page.wait_for_url("**/executions/*")
    page.evaluate("window.unchanged = true")
    expect(page.locator(".node", has_text="Preprocess")).to_have_attribute("data-look", "run")
    expect(page.locator("h1 .status")).to_have_text("Running")
    studio.story.open()
    expect(page.locator(".node", has_text="Train")).to_have_attribute("data-look", "good")
    expect(page.locator("h1 .status")).to_have_text("Succeeded")
    expect(page.locator(".node", has_text="Register")).to_have_attribute("data-look", "good")
    expect(page.locator(".node", has_text="TooInaccurate")).to_have_attribute("data-look", "skipped")
    assert page.evaluate("window.unchanged") is True
    assert window.wrong == []
    return str(page.url.partition("/studio")[2])


def test_a_step_shows_its_log_its_data_and_its_metrics(studio: Studio, execution: str) -> None:
    window = studio.window()
    page = window.go(execution)
    page.locator(".node", has_text="Train").click()
    panel = page.locator("aside.panel")
    panel.get_by_role("tab", name="Logs").click()
    expect(panel.get_by_role("log")).to_contain_text("[39]")
    panel.get_by_placeholder("Search").fill("train-rmse")
    expect(panel.locator(".logs__count")).to_have_text("1 of 40")
    panel.get_by_role("tab", name="Metrics").click()
    expect(panel).to_contain_text("validation:rmse")
    expect(panel.locator("canvas").first).to_be_visible()
    panel.get_by_role("tab", name="Inputs and outputs").click()
    expect(panel).to_contain_text("num_round")
    panel.get_by_role("button", name="s3://").first.click()
    page.get_by_role("dialog").get_by_role("button", name="train.csv").click()
    expect(page.get_by_role("dialog").get_by_role("region", name="Rows")).to_contain_text("0.455")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("list", name="Timeline of steps").get_by_role("listitem")).to_have_count(12)
    assert "step=Train" in page.url and "panel=data" in page.url
    assert window.wrong == []


def test_runs_are_found_compared_and_followed_to_their_jobs(studio: Studio, execution: str) -> None:
    window = studio.window()
    page = window.go(f"/experiments/{PIPELINE}?tab=all")
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="Train", exact=True)).first
    expect(row).to_contain_text("Training")
    for name in ("Train", "Preprocess"):
        found = page.get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True)).first
        found.get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog").get_by_role("region", name="Comparison")).to_contain_text("max_depth")
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Train", exact=True).click()
    page.locator("aside.panel").get_by_role("link", name="-Train-").click()
    page.wait_for_url("**/jobs/training-job/*")
    expect(page.locator("h1 .status")).to_have_text("Completed")
    page.get_by_role("tab", name="Logs").click()
    expect(page.get_by_role("log")).to_contain_text("[39]")
    window.go("/jobs?f.kind=Training")
    expect(page.get_by_role("table").get_by_role("row").nth(1)).to_contain_text("Training")
    expect(page.locator(".chip")).to_contain_text("Kind: Training")
    assert window.wrong == []


def test_a_version_is_decided_upon_with_its_evidence_in_view(studio: Studio, execution: str) -> None:
    window = studio.window()
    page = window.go(f"{GROUP}/1")
    expect(page.locator("h1 .status")).to_have_text("Pending approval")
    for tab, words in (
        ("Model quality", "Predicted against actual"),
        ("Data quality", "Fractional"),
        ("Bias", "Class Imbalance (CI)"),
        ("Explainability", "Global SHAP values"),
        ("Lineage", "things"),
        ("Artifacts", "model.tar.gz"),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel")).to_contain_text(words)
    page.get_by_role("tab", name="Activity").click()
    page.get_by_role("button", name="Decide").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("rmse")
    expect(dialog).to_contain_text("nothing starts by itself")
    dialog.get_by_label("Comment").fill("Good enough for the market.")
    dialog.get_by_role("button", name="Approve version 1").click()
    expect(page.locator("h1 .status")).to_have_text("Approved")
    expect(page.get_by_role("tabpanel")).to_contain_text("Good enough for the market.")
    expect(page.get_by_role("tabpanel")).to_contain_text("Approved by root")
    found = studio.live.client("sagemaker").describe_model_package(ModelPackageName=studio.story.version(1))
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == "Good enough for the market."
    assert window.wrong == []


def test_an_execution_under_way_is_stopped(studio: Studio, execution: str) -> None:
    studio.story.close()
    try:
        arn = studio.story.start()
        window = studio.window()
        page = window.go(f"/pipelines/{PIPELINE}/executions/{arn.rpartition('/')[2]}")
        expect(page.locator(".node", has_text="Preprocess")).to_have_attribute("data-look", "run")
        page.get_by_role("button", name="Stop execution").click()
        page.get_by_role("dialog").get_by_role("button", name="Stop execution").click()
        expect(page.locator("h1 .status")).to_have_text("Stopped")
        expect(page.locator(".node", has_text="Preprocess")).to_have_attribute("data-look", "stopped")
    finally:
        studio.story.open()
    assert studio.story.ended(arn) == "Stopped"
    assert window.wrong == []


def test_a_delivery_is_reviewed_and_goes_on_before_ones_eyes(studio: Studio) -> None:
    studio.story.delivery("shop-deploy", "Deploy with two instances")
    window = studio.window()
    page = window.go("/delivery/shop-deploy")
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Deploy with two instances")
    expect(dialog).to_contain_text("Approving starts DeployProd")
    dialog.get_by_label("Comment").fill("Staging answers well.")
    dialog.get_by_role("button", name="Approve").click()
    stage = page.get_by_role("region", name="Stage DeployProd")
    expect(stage.locator(".stage__head .status")).to_have_text("Succeeded")
    page.locator(".action", has_text="BuildTemplates").click()
    page.locator("aside.panel").get_by_role("tab", name="Logs").click()
    expect(page.get_by_role("log")).to_contain_text("Approved version is found")
    page.get_by_role("button", name="Close the panel").click()
    page.locator(".action", has_text="ApproveDeployment").click()
    expect(page.locator("aside.panel")).to_contain_text("Staging answers well.")
    assert window.wrong == []


def test_an_execution_is_decided_about_on_its_own_page(studio: Studio) -> None:
    name, story = "shop-review", studio.story
    story.delivery(name, "Ask on the execution's page")
    client = studio.live.client("codepipeline")
    story.waiting_token(name)
    window = studio.window()
    first = f"/delivery/{name}/executions/{_newest(client, name)}"
    page = window.go(first)
    stage, status = page.get_by_role("region", name="Stage DeployStaging"), page.locator("h1 .status")
    expect(status).to_have_text("Waiting for approval")
    _review(page, "Not before Monday.", "Reject")
    expect(stage.locator(".stage__head .status")).to_have_text("Failed")
    expect(status).to_have_text("Failed")
    expect(stage.get_by_role("button", name="Retry failed actions")).to_be_visible()
    client.start_pipeline_execution(name=name)
    # What is asked in the stage now is another execution's question.
    expect(stage.get_by_role("button", name="Retry failed actions")).to_have_count(0)
    story.waiting_token(name)
    page.reload()
    window.settle()
    expect(stage.locator(".stage__head .status")).to_have_text("Failed")
    expect(page.get_by_role("button", name="Review")).to_have_count(0)
    window.go(f"/delivery/{name}?tab=history")
    page.get_by_role("row").filter(has_text="Waiting for approval").get_by_role("link").click()
    page.wait_for_url("**/executions/*")
    _review(page, "Monday has come.", "Approve")
    expect(status).to_have_text("Succeeded")
    page.locator(".action", has_text="ApproveDeployment").click()
    expect(page.locator("aside.panel")).to_contain_text("Monday has come.")
    assert page.url.rpartition("/")[2] != first.rpartition("/")[2]
    assert window.wrong == []


def _newest(client: Any, delivery: str) -> str:
    """The id of a delivery's newest execution."""
    found = client.list_pipeline_executions(pipelineName=delivery)["pipelineExecutionSummaries"]
    return str(found[0]["pipelineExecutionId"])


def _review(page: Page, comment: str, decision: str) -> None:
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Ask on the execution's page")
    expect(dialog).to_contain_text("Approving starts DeployProd")
    dialog.get_by_label("Comment").fill(comment)
    dialog.get_by_role("button", name=decision).click()


def test_a_stage_that_failed_says_why_and_is_retried(studio: Studio) -> None:
    story, gate = studio.story, "build"
    story.open(gate)
    story.delivery("shop-monitor", "Watch the data", story.waiting_at(gate, BROKEN))
    window = studio.window()
    page = window.go("/delivery/shop-monitor")
    stage = page.get_by_role("region", name="Stage Build")
    expect(stage.locator(".stage__head .status")).to_have_text("Failed")
    page.locator(".action", has_text="BuildTemplates").click()
    expect(page.locator("aside.panel")).to_contain_text("exit 1")
    before = studio.live.client("codebuild").list_builds()["ids"]
    story.close(gate)
    stage.get_by_role("button", name="Retry failed actions").click()
    expect(stage.locator(".stage__head .status")).to_have_text("In progress")
    story.open(gate)
    expect(stage.locator(".stage__head .status")).to_have_text("Failed")
    assert len(studio.live.client("codebuild").list_builds()["ids"]) == len(before) + 1
    assert window.wrong == []


def test_an_endpoint_answers_in_the_page_as_it_answers_boto3(studio: Studio, execution: str) -> None:
    name = studio.story.endpoint(1, "staging")
    wanted = studio.story.ask(name, ANIMALS[0])
    # Captured lines become an object when traffic pauses; the page looks for them once.
    studio.story.captured(name)
    window = studio.window()
    page = window.go(f"/endpoints/{name}?tab=test")
    # What was captured last stands there first.
    expect(page.get_by_label("Payload")).to_have_value(ANIMALS[0])
    page.get_by_label("Payload").fill(ANIMALS[0])
    page.get_by_role("button", name="Send request").click()
    expect(page.locator(".snippet pre").last).to_contain_text(str(wanted)[:6])
    page.get_by_role("tab", name="Captured").click()
    expect(page.get_by_role("tabpanel")).to_contain_text(ANIMALS[0])
    window.go(f"{GROUP}/1")
    expect(page.get_by_role("list", name="Story of version 1")).to_contain_text(name)
    assert window.wrong == []


def test_everything_is_a_key_away(studio: Studio, execution: str) -> None:
    window = studio.window()
    page = window.go("/delivery")
    window.travel(f"{PIPELINE} model group")
    page.wait_for_url(f"**{GROUP}")
    page.get_by_role("link", name="Version 1").click()
    page.wait_for_url(f"**{GROUP}/1")
    assert window.wrong == []


def test_a_viewer_sees_and_is_told_what_they_may_not(studio: Studio, execution: str) -> None:
    live = studio.live
    iam = live.client("iam")
    arn = iam.create_user(UserName="eve", Path="/ormer/")["User"]["Arn"]
    iam.put_user_policy(UserName="eve", PolicyName="view", PolicyDocument=_viewer())
    window = studio.window(arn)
    page = window.go(f"/pipelines/{PIPELINE}")
    page.get_by_role("button", name="Start execution").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Start execution").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("AccessDeniedException")
    expect(alert).to_contain_text("user/ormer/eve is not authorized to perform: sagemaker:StartPipelineExecution")


def test_signing_out_shows_the_door_and_a_link_opens_it_again(studio: Studio) -> None:
    window = studio.window()
    window.page.get_by_role("button", name="Sign out root").click()
    expect(window.page.get_by_role("heading", name="Sign in to ormer Studio")).to_be_visible()
    window.page.goto(f"{window.base}/studio/pipelines#sign-in=wrong")
    expect(window.page.get_by_role("alert")).to_contain_text("ormer studio")
    window.page.goto(f"{window.base}/studio/pipelines")
    window.page.goto(f"{window.base}/studio/#sign-in={Visitor(studio.live).token()}")
    window.page.wait_for_selector("main.content")


def test_one_stream_of_events_serves_all_tabs(studio: Studio, execution: str) -> None:
    window = studio.window()
    context = window.page.context
    feed = studio.live.server._studio._feed
    others = [context.new_page() for _ in range(7)]
    for page in others:
        page.goto(f"{window.base}/studio{execution}")
        page.wait_for_selector(".top__live[data-live]")
    before = len(studio.browser.contexts)
    listening = len(feed._listeners)
    context.close()
    # Browsers of earlier tests listen as well: each is a context with a worker of its own.
    assert listening <= before


PAGES = (
    "/pipelines",
    f"/pipelines/{PIPELINE}",
    "EXECUTION",
    "EXECUTION?tab=timeline&step=Train&panel=logs",
    "/models",
    GROUP,
    f"{GROUP}/1",
    f"{GROUP}/1?tab=quality",
    f"{GROUP}/1?tab=data",
    f"{GROUP}/1?tab=bias",
    "/experiments",
    f"/experiments/{PIPELINE}?tab=all",
    "/jobs",
    "/endpoints",
    "/delivery",
)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_pages_have_no_serious_faults_and_stay_inside_their_width(
    studio: Studio, execution: str, width: int, dark: bool
) -> None:
    window = studio.window(width=width, dark=dark)
    found: dict[str, Any] = {}
    for path in PAGES:
        page = window.go(path.replace("EXECUTION", execution))
        if faults := window.faults():
            found[path] = faults
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[f"{path} is too wide"] = page.evaluate("document.documentElement.scrollWidth")
    assert found == {}
    assert window.wrong == []


def _viewer() -> str:
    return json.dumps(ROLES["viewer"])
