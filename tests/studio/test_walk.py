"""The chapter's walk, figure by figure, in a real browser: from a template to a monitored model in production.

Everything is done by browser, git and invocations; nothing is made through the API. A test bears the number of the
figure whose page it is on, and goes on where the one before it ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ormer.cli.demo_animals import animals

from .conftest import served
from .walker import Walker

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
TEMPLATE = "Model building, training, deployment and monitoring"
FILE = "pipelines/abalone/pipeline.py"
MESSAGE = "Train for 70 rounds instead of 50"
TABS = ("Pipelines", "Experiments", "Model groups", "Endpoints", "Delivery", "Event rules", "Activity", "Settings")
STEPS = (
    "PreprocessAbaloneData",
    "DataQualityCheckStep",
    "DataBiasCheckStep",
    "TrainAbaloneModel",
    "AbaloneCreateModel-CreateModel",
    "AbaloneTransform",
    "ModelQualityCheckStep",
    "ModelBiasCheckStep",
    "ModelExplainabilityCheckStep",
    "EvaluateAbaloneModel",
    "CheckMSEAbaloneEvaluation",
    "RegisterAbaloneModel-RegisterModel",
)
APPROVAL, DEPLOYMENT, MONITORING = "Half a ring better.", "Staging answers well.", "Production is in service."
ROWS, MILLIMETRES = 300, 200.0
# A machine may be so quick that a page is opened when what it shows is over already.
UNDER_WAY_OR_OVER = re.compile("^(Running|Succeeded)$")
DELIVERED_OR_GOING = re.compile("^(In progress|Succeeded)$")
GOING_OR_WAITING = re.compile("^(In progress|Waiting for approval)$")
# How a step's node may turn on the way to its end: forward only.
TURNS = ("plain", "queued", "run", "good")


@pytest.fixture(scope="module")
def walker(browser: Browser, tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Iterator[Walker]:
    folder = tmp_path_factory.mktemp("walk")
    person = folder / "person"
    person.mkdir()
    with served(folder / "home", runtimes) as live:
        yield Walker(live, browser, person)


@pytest.fixture(autouse=True)
def in_order(request: pytest.FixtureRequest, walker: Walker) -> Iterator[None]:
    """A figure is only reached by those before it; on its way nothing may go wrong unseen."""
    if walker.failed:
        pytest.skip(f"the walk ended at {walker.failed}")
    before = request.session.testsfailed
    walker.failed = request.node.name
    yield
    assert walker.window.wrong == []
    if request.session.testsfailed == before:
        walker.failed = ""


def test_figure_11_1_says_whether_templates_are_enabled_and_by_whom(walker: Walker) -> None:
    walker.sign_in()
    page = walker.go("/new-project")
    expect(page.locator(".switch")).to_contain_text("project templates are enabled for account")
    expect(page.locator(".switch")).to_contain_text("from the start")
    assert walker.window.faults() == []


def test_figure_11_2_switches_templates_off_and_on(walker: Walker) -> None:
    page = walker.page
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator(".switch")).to_contain_text("EnableSagemakerServicecatalogPortfolio can switch them on")
    expect(page.locator(".switch")).to_contain_text("by root")
    expect(page.get_by_role("button", name=TEMPLATE)).to_have_count(0)
    assert walker.window.faults() == []
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".switch")).to_contain_text("by root")
    expect(page.get_by_role("button", name=TEMPLATE)).to_be_visible()


def test_figure_11_3_opens_a_new_project_from_the_launcher(walker: Walker) -> None:
    page = walker.go("/")
    expect(page.get_by_text("There is no project yet")).to_be_visible()
    assert walker.window.faults() == []
    page.get_by_role("link", name="New project").first.click()
    page.wait_for_url("**/new-project")


def test_figure_11_4_chooses_a_template_and_fills_in_the_details(walker: Walker) -> None:
    page = walker.page
    page.get_by_role("button", name=TEMPLATE).click()
    page.get_by_label("Name", exact=True).fill(walker.name)
    page.get_by_label("Description").fill("How old is this abalone?")
    assert walker.window.faults() == []
    page.get_by_role("button", name="Create project").click()
    page.wait_for_url(f"**/projects/{walker.name}")
    # Resource by resource as they come up; on a quick machine all of them are there before the page is.
    expect(page.locator(".made__row, .rail").first).to_be_visible()
    assert walker.window.faults() == []
    expect(walker.status()).to_have_text("Create completed")
    walker.id = page.locator(".page__about .mono").first.inner_text()


def test_figure_11_5_shows_what_the_template_made(walker: Walker) -> None:
    page = walker.go(f"/projects/{walker.name}?tab=resources")
    for words, count in (
        ("CodeCommit repository", 3),
        ("CodePipeline pipeline", 3),
        ("Events rule", 5),
        ("CodeBuild project", 4),
        ("S3 bucket", 1),
    ):
        expect(page.get_by_role("cell", name=words, exact=True)).to_have_count(count)
    made = page.locator(".made__row")
    expect(made.filter(has_text="ModelBuildPipeline")).to_contain_text("Create complete")
    assert walker.window.faults() == []


def test_figure_11_6_shows_all_that_belongs_to_the_project(walker: Walker) -> None:
    page = walker.page
    for tab in (
        "Pipelines",
        "Experiments",
        "Model groups",
        "Endpoints",
        "Delivery",
        "Event rules",
        "Activity",
        "Settings",
    ):
        page.get_by_role("tab", name=tab).click()
        walker.window.settle()
        assert walker.window.faults() == [], tab
    page.get_by_role("tab", name="Delivery").click()
    for word in ("modelbuild", "modeldeploy", "modelmonitor"):
        expect(page.get_by_role("link", name=walker.delivery(word))).to_be_visible()
    page.get_by_role("tab", name="Repositories").click()
    for word in ("modeldeploy", "modelmonitor", "modelbuild"):
        page.get_by_role("group", name="Repository").get_by_role("button", name=word).click()
        expect(page.locator(".commit")).to_contain_text("Initial commit")
    # Figure 11.13: the notebook that explains the repository lies in it.
    expect(page.get_by_role("button", name="sagemaker-pipelines-project.ipynb")).to_be_visible()


def test_figure_11_7_clones_the_repository_as_the_dialog_says(walker: Walker) -> None:
    page = walker.page
    page.get_by_role("button", name="Clone", exact=True).click()
    setup, *clones = page.get_by_role("dialog").locator(".snippet pre").all_inner_texts()
    (command,) = (text for text in clones if "modelbuild" in text)
    assert f"~/{walker.name}/{walker.name}-modelbuild" in command
    assert walker.window.faults() == []
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    walker.shell(f"{setup}\n{command}")
    assert (walker.folder / walker.name / f"{walker.name}-modelbuild" / FILE).is_file()
    walker.setup = setup


def test_figure_11_8_finds_the_projects_pipeline(walker: Walker) -> None:
    page = walker.go(f"/projects/{walker.name}?tab=pipelines")
    found = page.get_by_role("link", name=walker.group)
    expect(found).to_be_visible()
    found.click()
    page.wait_for_url(f"**/pipelines/{walker.group}")
    status = page.get_by_role("table").get_by_role("row").nth(1).locator(".status")
    expect(status).to_have_text(UNDER_WAY_OR_OVER)
    assert walker.window.faults() == []


def test_figure_11_9_watches_the_graph_turn_green(walker: Walker) -> None:
    page = walker.page
    page.get_by_role("table").get_by_role("link").first.click()
    page.wait_for_url("**/executions/*")
    page.evaluate("window.unchanged = true")
    walker.watch_nodes()
    expect(page.get_by_text(f"{len(STEPS)} steps")).to_be_visible()
    for name in STEPS:
        expect(walker.node(name)).to_have_attribute("data-look", "good")
    expect(walker.status()).to_have_text("Succeeded")
    # Whatever the page saw of the run, it saw turn by itself, and in the order in which it happens.
    turned = walker.turns()
    assert sorted(turned) == sorted(STEPS)
    assert all(looks == [look for look in TURNS if look in looks] for looks in turned.values()), turned
    assert page.evaluate("window.unchanged") is True
    assert walker.window.faults() == []


def test_figure_11_9_shows_where_the_time_went(walker: Walker) -> None:
    page = walker.page
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("list", name="Timeline of steps").get_by_role("listitem")).to_have_count(len(STEPS))
    assert walker.window.faults() == []
    page.get_by_role("tab", name="Graph").click()


def test_figure_11_9_opens_a_step_with_its_log_and_metrics(walker: Walker) -> None:
    page = walker.page
    walker.node("TrainAbaloneModel").click()
    panel = page.locator("aside.panel")
    panel.get_by_role("tab", name="Logs").click()
    expect(panel.get_by_role("log")).to_contain_text("[49]")
    panel.get_by_role("tab", name="Metrics").click()
    expect(panel.locator("canvas").first).to_be_visible()
    assert walker.window.faults() == []
    panel.get_by_role("tab", name="Inputs and outputs").click()
    expect(panel).to_contain_text("num_round")
    # Nothing was approved yet: the checks had no baseline, and made the first.
    page.get_by_role("button", name="Close the panel").click()
    walker.node("DataQualityCheckStep").click()
    panel.get_by_role("tab", name="Overview").click()
    expect(panel).to_contain_text("Skip check")


def test_the_other_deliveries_said_what_they_miss(walker: Walker) -> None:
    for word, missing in (("modeldeploy", "no approved model"), ("modelmonitor", f"no endpoint {walker.name}-staging")):
        page = walker.go(f"/delivery/{walker.delivery(word)}")
        expect(walker.stage("Build")).to_have_text("Failed")
        page.get_by_role("region", name="Stage Build").locator(".action").click()
        expect(page.locator("aside.panel")).to_contain_text(missing)
        assert walker.window.faults() == []


def test_figure_11_10_shows_the_first_version_waiting(walker: Walker) -> None:
    page = walker.go("/models")
    page.get_by_role("link", name=walker.group).click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="Version 1"))
    expect(row).to_contain_text("Pending approval")
    assert walker.window.faults() == []


def test_figures_11_11_and_11_12_start_an_execution_from_its_form(walker: Walker) -> None:
    page = walker.go(f"/pipelines/{walker.group}")
    page.get_by_role("button", name="Start execution").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("TrainingInstanceType").fill("ml.m5.large")
    expect(dialog.get_by_label("InputDataUrl")).to_be_visible()
    # Nothing is approved yet, so there is no baseline that a check could compare with: one that is not skipped fails.
    for flag in dialog.get_by_role("checkbox").all():
        flag.check()
    dialog.get_by_label("SkipDataQualityCheck", exact=True).uncheck()
    dialog.get_by_label("Description").fill("Without a commit")
    assert walker.window.faults() == []
    dialog.get_by_role("button", name="Start execution").click()
    page.wait_for_url("**/executions/*")
    expect(walker.node("DataQualityCheckStep")).to_have_attribute("data-look", "bad")
    expect(walker.status()).to_have_text("Failed")
    walker.node("DataQualityCheckStep").click()
    expect(page.locator("aside.panel")).to_contain_text("There is no previous baseline")
    page.get_by_role("tab", name="Parameters").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name="TrainingInstanceType", exact=True))
    expect(row).to_contain_text("ml.m5.large")


def test_figure_11_23_pushes_a_commit_that_starts_everything_again(walker: Walker) -> None:
    clone = f"~/{walker.name}/{walker.name}-modelbuild"
    walker.shell(
        f"{walker.setup}\ncd {clone}\n"
        f'sed -i \'s/"num_round": 50/"num_round": 70/\' {FILE}\n'
        f"git commit -qam '{MESSAGE}'\ngit push -q"
    )
    page = walker.go(f"/delivery/{walker.delivery('modelbuild')}?tab=history")
    row = page.get_by_role("row").filter(has_text=MESSAGE)
    expect(row.locator(".status")).to_have_text(DELIVERED_OR_GOING)
    assert walker.window.faults() == []
    page = walker.go(f"/pipelines/{walker.group}")
    rows = page.get_by_role("table").get_by_role("row")
    # The heading; the first execution, the one from the form, and this one.
    expect(rows).to_have_count(1 + 3)
    newest = rows.nth(1)
    expect(newest.locator(".status")).to_have_text(UNDER_WAY_OR_OVER)
    newest.get_by_role("link").click()
    page.wait_for_url("**/executions/*")
    for name in STEPS:
        expect(walker.node(name)).to_have_attribute("data-look", "good")
    walker.node("RegisterAbaloneModel-RegisterModel").click()
    page.locator("aside.panel").get_by_role("link", name="2").click()
    page.wait_for_url(f"**/models/{walker.group}/2")
    page = walker.go(f"/projects/{walker.name}")
    expect(page.get_by_role("heading", name=MESSAGE)).to_be_visible()
    expect(page.locator(".rail__stop", has_text="Approved")).to_contain_text("Pending approval")
    assert walker.window.faults() == []


def test_figure_11_14_shows_the_evidence_of_a_version(walker: Walker) -> None:
    page = walker.go(f"/models/{walker.group}/2")
    expect(walker.status()).to_have_text("Pending approval")
    expect(page.locator(".page__about")).to_contain_text(MESSAGE)
    for tab, words in (
        ("Activity", "Registered"),
        ("Model quality", "rmse"),
        ("Data quality", "Mean"),
        ("Bias", "Class Imbalance (CI)"),
        ("Explainability", "Global SHAP values"),
        ("Lineage", "things"),
        ("Artifacts", "model.tar.gz"),
        ("Settings", "Commit"),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel")).to_contain_text(words)
        walker.window.settle()
        assert walker.window.faults() == [], tab


def test_figure_11_15_approves_the_version_with_a_comment(walker: Walker) -> None:
    page = walker.page
    page.get_by_role("button", name="Update status").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("rmse")
    expect(dialog).to_contain_text(walker.delivery("modeldeploy"))
    dialog.get_by_label("Comment").fill(APPROVAL)
    assert walker.window.faults() == []
    dialog.get_by_role("button", name="Approve version 2").click()
    expect(walker.status()).to_have_text("Approved")


def test_figure_11_16_shows_the_deployment_that_the_approval_started(walker: Walker) -> None:
    page = walker.go(f"/delivery/{walker.delivery('modeldeploy')}")
    expect(page.locator(".page__about")).to_contain_text("event rule")
    expect(walker.status()).to_have_text(GOING_OR_WAITING)
    assert walker.window.faults() == []
    expect(walker.stage("DeployStaging")).to_have_text("Waiting")


def test_figure_11_17_shows_staging_on_the_versions_page_and_tries_it(walker: Walker) -> None:
    page, staging = walker.go(f"/models/{walker.group}/2"), f"{walker.name}-staging"
    expect(page.get_by_role("tabpanel").get_by_role("listitem").first).to_contain_text(
        f"Deployed to endpoint {staging}"
    )
    expect(page.locator(".page__about")).to_contain_text("Last stage: staging")
    page.get_by_role("tabpanel").get_by_role("link", name=staging).click()
    page.wait_for_url(f"**/endpoints/{staging}")
    expect(walker.status()).to_have_text("In service")
    walker.window.settle()
    assert walker.window.faults() == []
    page.get_by_role("tab", name="Test").click()
    (row,) = animals(1)
    expect(page.get_by_label("Payload")).not_to_have_value("")
    page.get_by_label("Payload").fill(row)
    page.get_by_role("button", name="Send request").click()
    (wanted,) = walker.ask(staging, [row])
    expect(page.locator(".snippet pre").last).to_contain_text(f"{wanted:.3f}"[:-1])
    assert walker.window.faults() == []


def test_figures_11_18_and_11_19_review_what_waits(walker: Walker) -> None:
    page = walker.go(f"/delivery/{walker.delivery('modeldeploy')}")
    page.get_by_role("region", name="Stage DeployStaging").get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Approve this model for Production")
    expect(dialog).to_contain_text("Approving starts DeployProd")
    dialog.get_by_label("Comment").fill(DEPLOYMENT)
    assert walker.window.faults() == []
    dialog.get_by_role("button", name="Approve").click()
    expect(walker.stage("DeployProd")).to_have_text("Succeeded")


def test_figure_11_20_shows_production_on_the_versions_page(walker: Walker) -> None:
    page = walker.go(f"/models/{walker.group}/2")
    expect(page.get_by_role("tabpanel").get_by_role("listitem").first).to_contain_text(
        f"Deployed to endpoint {walker.name}-prod"
    )
    expect(page.locator(".page__about")).to_contain_text("Last stage: prod")
    walker.go(f"/endpoints/{walker.name}-prod")
    expect(walker.status()).to_have_text("In service")


def test_figure_11_21_approves_the_monitors_of_production(walker: Walker) -> None:
    page = walker.go(f"/delivery/{walker.delivery('modelmonitor')}")
    expect(walker.stage("DeployStaging")).to_have_text("Waiting")
    assert walker.window.faults() == []
    page.get_by_role("region", name="Stage DeployStaging").get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Comment").fill(MONITORING)
    dialog.get_by_role("button", name="Approve").click()
    expect(walker.stage("DeployProd")).to_have_text("Succeeded")


def test_figure_11_22_says_when_each_monitor_runs_next(walker: Walker) -> None:
    for stage in ("staging", "prod"):
        page = walker.go(f"/endpoints/{walker.name}-{stage}?tab=monitors")
        monitors = page.get_by_role("group", name="Monitor")
        expect(monitors.get_by_role("button", name="Data quality")).to_be_visible()
        for button in monitors.get_by_role("button").all():
            button.click()
            expect(page.locator(".monitor__next")).to_contain_text("Monitoring is enabled: next run at")
            walker.window.settle()
            assert walker.window.faults() == []
    page = walker.go("/monitors")
    for stage in ("staging", "prod"):
        row = page.get_by_role("row").filter(has_text=f"{walker.name}-{stage}-DataQuality")
        expect(row).to_contain_text("every hour, on the hour")
    assert walker.window.faults() == []


def test_a_monitor_that_is_run_by_hand_finds_nothing_in_ordinary_traffic(walker: Walker) -> None:
    walker.ask(f"{walker.name}-prod", animals(ROWS))
    page = walker.go(f"/endpoints/{walker.name}-prod?tab=monitors")
    page.get_by_role("group", name="Monitor").get_by_role("button", name="Data quality").click()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Nothing is out of bounds")).to_be_visible()


def test_drifted_traffic_is_a_violation_with_a_chart_of_each_feature(walker: Walker) -> None:
    walker.ask(f"{walker.name}-prod", animals(ROWS, MILLIMETRES))
    page = walker.page
    page.get_by_role("button", name="Run now").click()
    row = page.get_by_role("table").first.get_by_role("row").nth(1)
    expect(row).to_contain_text("Violations found")
    row.get_by_role("button").click()
    expect(page.locator(".violation").first).to_be_visible()
    walker.window.settle()
    expect(page.get_by_role("figure", name="Drift of _c1", exact=True)).to_contain_text("over the threshold")
    expect(page.get_by_role("figure", name="Drift of _c5", exact=True)).to_contain_text("no violation")
    assert walker.window.faults() == []


def test_the_versions_activity_tells_every_event_with_who_and_comment(walker: Walker) -> None:
    page = walker.go(f"/models/{walker.group}/2")
    happened = page.get_by_role("tabpanel").get_by_role("listitem")
    expect(happened).to_have_count(5)
    told = happened.all_inner_texts()
    assert "Registered from execution" in told[-1]
    assert "Approved by root" in told[-2] and APPROVAL in told[-2]
    assert f"Deployed to endpoint {walker.name}-staging" in told[-3]
    assert "by root" in told[-4] and DEPLOYMENT in told[-4]
    assert f"Deployed to endpoint {walker.name}-prod" in told[-5]
    page = walker.go(f"/projects/{walker.name}")
    expect(page.locator(".rail__stop").last).to_contain_text("Monitored")
    walker.window.settle()
    assert walker.window.faults() == []
