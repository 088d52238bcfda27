"""A project in a real browser: made of a template, watched, decided about, and deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ..conftest import Live
from .browser import Window
from .conftest import Visitor, served
from .test_projects import TINY, commit, create, registered, settled

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
BUCKET, PLACE = "team-templates", "templates"
# A bucket of this name is there already: the stack cannot make another.
TAKEN = f"""Description: A team's template that cannot be made
Resources:
  Mine: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {BUCKET}}}}}
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with served(tmp_path_factory.mktemp("projects") / "home") as made:
        yield made


def test_a_project_is_made_watched_decided_about_and_deleted(live: Live, window: Window) -> None:
    page = window.go("/new-project")
    choose(page, TINY)
    fill(page, "churn")
    page.get_by_role("button", name="Create project").click()
    expect(page.locator(".page__title")).to_contain_text("Create completed")
    assert window.faults() == []

    project = live.client("sagemaker").describe_project(ProjectName="churn")
    name = f"sagemaker-churn-{project['ProjectId']}"
    tags = live.client("sagemaker").list_tags(ResourceArn=project["ProjectArn"])["Tags"]
    assert {"Key": "team", "Value": "growth"} in tags
    assert project["ProjectDescription"] == "Who will leave?"
    look_around(page, window)

    visitor = Visitor(live)
    visitor.sign_in()
    commit(visitor, name, "Use the newer prices")
    expect(page.get_by_role("heading", name="Use the newer prices")).to_be_visible()
    version = registered(live, f"churn-{project['ProjectId']}")
    decide(live, page, version)

    page = window.go("/projects/churn?tab=activity")
    expect(page.get_by_text("Version 1 approved")).to_be_visible()
    assert window.faults() == []
    delete(page)
    expect(page.get_by_text("This project is deleted.")).to_be_visible()
    expect(page.get_by_text("AWS::S3::Bucket sagemaker-project")).to_be_visible()


def choose(page: Page, title: str) -> None:
    """Choose a template, after the templates were switched off and on again."""
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("can switch them on")).to_contain_text("EnableSagemakerServicecatalogPortfolio")
    expect(page.get_by_role("button", name=title)).to_have_count(0)
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("button", name=title).click()


def fill(page: Page, name: str) -> None:
    """Fill in the details; what is wrong is said while it is typed, and the same is shown as code."""
    page.get_by_label("Name", exact=True).fill("two words")
    expect(page.get_by_text("Letters, digits and dashes")).to_be_visible()
    expect(page.get_by_role("button", name="Create project")).to_be_disabled()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Description").fill("Who will leave?")
    page.get_by_role("button", name="Add tag").click()
    page.get_by_label("Key of tag 1").fill("team")
    page.get_by_label("Value of tag 1").fill("growth")
    page.get_by_label("Steps").select_option("1")
    code = page.locator(".snippet")
    expect(code).to_contain_text('{"Key": "Steps", "Value": "1"}')
    page.get_by_role("button", name="AWS CLI").click()
    expect(code).to_contain_text("aws sagemaker create-project")


def look_around(page: Page, window: Window) -> None:
    """Read a file and the commits, the clone command, and the rules."""
    page.get_by_role("button", name="README.md").click()
    expect(page.locator(".repository__code")).to_contain_text("A small repository")
    expect(page.locator(".commit")).to_contain_text("Initial commit by AWS CodeCommit")
    page.get_by_role("button", name="Clone", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("~/churn/churn-")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("tab", name="Event rules").click()
    expect(page.get_by_text("Starts a delivery of 1 steps")).to_be_visible()
    page.get_by_role("tab", name="Resources").click()
    window.settle()
    expect(page.get_by_role("cell", name="CodeCommit repository")).to_be_visible()
    assert window.faults() == []


def decide(live: Live, page: Page, version: str) -> None:
    """The rail asks by itself; approve in place, with a comment."""
    approved = page.locator(".rail__stop", has_text="Approved")
    approved.get_by_role("button", name="Review").click()
    page.get_by_label("Comment").fill("Better than guessing")
    page.get_by_role("button", name="Approve version 1").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(approved).to_contain_text("Better than guessing")
    expect(approved).to_contain_text("by root")
    described = live.client("sagemaker").describe_model_package(ModelPackageName=version)
    assert (described["ModelApprovalStatus"], described["ApprovalDescription"]) == ("Approved", "Better than guessing")


def delete(page: Page) -> None:
    page.get_by_role("tab", name="Settings").click()
    page.get_by_role("button", name="Delete project", exact=True).click()
    last = page.get_by_role("button", name="Delete project churn")
    expect(last).to_be_disabled()
    page.get_by_label("Type the name of the project").fill("churn")
    last.click()


def test_a_teams_template_that_cannot_be_made_shows_the_stacks_reason(live: Live, window: Window) -> None:
    offer(live)
    page = window.go("/new-project")
    page.get_by_role("button", name="taken").click()
    page.get_by_label("Name", exact=True).fill("stillborn")
    page.get_by_role("button", name="Create project").click()
    expect(page.locator(".page__title")).to_contain_text("Create failed")
    expect(page.locator(".error-box").first).to_contain_text("CreateFailed")
    expect(page.locator(".made__reason")).to_contain_text(BUCKET)
    assert window.faults() == []


def offer(live: Live) -> None:
    """A template where the domain says that the team's templates lie."""
    s3, sagemaker = live.client("s3"), live.client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    tags = "sagemaker:studio-visibility=true"
    s3.put_object(Bucket=BUCKET, Key=f"{PLACE}/taken/template.yaml", Body=TAKEN.encode(), Tagging=tags)
    location = {"Key": "sagemaker:projectS3TemplatesLocation", "Value": f"s3://{BUCKET}/{PLACE}"}
    sagemaker.create_domain(
        DomainName="team",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": "arn:aws:iam::123456789012:role/SageMakerRole"},
        Tags=[location],
    )


def test_home_shows_every_projects_rail_and_a_phone_shows_it_upright(live: Live, window: Window) -> None:
    visitor = Visitor(live)
    visitor.sign_in()
    create(visitor, "upright")
    settled(visitor, "upright")
    page = window.go("/")
    rail = page.get_by_label("Where the newest change of upright is")
    expect(rail.locator(".rail__stop")).to_have_count(6)
    expect(rail).to_contain_text("Person")
    assert window.faults() == []
    page.set_viewport_size({"width": 390, "height": 844})
    first, second = (rail.locator(".rail__stop").nth(place).bounding_box() for place in (0, 1))
    assert first is not None and second is not None
    assert second["y"] > first["y"] and second["x"] == first["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert window.faults() == []
