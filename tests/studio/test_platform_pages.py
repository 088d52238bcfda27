"""Data, events, stacks and settings in a real browser, as root and as a person who may only look."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ..conftest import Live
from .browser import Window
from .conftest import served, signed_in
from .test_users import ormer

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
BUCKET = "shop-data"
TEMPLATE = """Description: A shop's bucket
Parameters: {Stage: {Type: String, Default: staging}}
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "shop-${Stage}"}}
  Rule:
    Type: AWS::Events::Rule
    Properties: {Name: shop-orders, Description: Large orders, EventPattern: PATTERN}
Outputs:
  Bucket: {Value: !Ref Data, Description: Where it lies}
"""
PATTERN = {"source": ["shop"], "detail": {"amount": [{"numeric": [">", 10]}]}}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with served(tmp_path_factory.mktemp("platform") / "home") as made:
        _fill(made)
        yield made


def _fill(live: Live) -> None:
    """A bucket of every kind of object, a stack with a rule, one that failed, and orders large and small."""
    s3, cloudformation = live.client("s3"), live.client("cloudformation")
    s3.create_bucket(Bucket=BUCKET)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    for key, body in {
        "raw/orders.csv": b"id,amount\n1,20\n2,5\n",
        "raw/orders.jsonl": b'{"id": 1, "who": {"name": "ada"}}\n{"id": 2}\n',
        "raw/old/orders.csv": b"id\n",
        "report.html": b"<h1>How it went</h1><p>Well.</p>",
        "model.tar.gz": archive.getvalue(),
    }.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    template = TEMPLATE.replace("PATTERN", json.dumps(PATTERN))
    cloudformation.create_stack(StackName="shop", TemplateBody=template)
    taken = template.replace('!Sub "shop-${Stage}"', BUCKET).replace("shop-orders", "other")
    cloudformation.create_stack(StackName="stillborn", TemplateBody=taken)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
    for amount in (50, 5):
        order(live, amount)


def order(live: Live, amount: int) -> None:
    detail = json.dumps({"amount": amount})
    live.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "Order", "Detail": detail}])


@pytest.fixture(scope="module")
def viewer_arn(live: Live) -> str:
    """Eve may look at everything and change nothing."""
    ormer(live, "user", "add", "eve")
    return str(live.client("iam").get_user(UserName="eve")["User"]["Arn"])


@pytest.fixture
def viewer(live: Live, browser: Browser, viewer_arn: str) -> Iterator[Window]:
    """Her browser; refusals are what its tests are about."""
    found = signed_in(live, browser, viewer_arn)
    yield found
    found.page.context.close()


# Data.


def test_objects_are_found_folder_by_folder_and_shown_as_what_they_are(window: Window) -> None:
    page = window.go("/data")
    page.get_by_role("link", name=BUCKET).click()
    page.get_by_role("link", name="raw/").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{BUCKET} / raw")
    page.get_by_role("link", name="orders.csv").click()
    expect(page.get_by_role("region", name="Rows")).to_contain_text("20")
    assert "object=raw%2Forders.csv" in page.url
    page.get_by_role("tab", name="Details").click()
    expect(page.locator("aside.panel")).to_contain_text("ETag")
    page.get_by_role("link", name="orders.jsonl").click()
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_role("region", name="Lines")).to_contain_text("2 elements")
    window.go(f"/data/{BUCKET}?object=report.html")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("How it went")
    window.go(f"/data/{BUCKET}?object=model.tar.gz")
    expect(page.get_by_role("region", name="Members of the archive")).to_contain_text("xgboost-model")


def test_names_are_searched_by_how_they_begin(window: Window) -> None:
    page = window.go(f"/data/{BUCKET}?prefix=raw/")
    page.get_by_placeholder("Names that begin with…").fill("orders.j")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_placeholder("Names that begin with…").fill("zz")
    expect(page.get_by_text("Nothing here begins with")).to_be_visible()


def test_files_are_uploaded_in_parts_and_deleted_by_name(live: Live, window: Window, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 25_000)
    page = window.go(f"/data/{BUCKET}?prefix=up/")
    page.get_by_role("button", name="Upload").click()
    page.get_by_label("Files").set_input_files(str(large))
    page.get_by_role("button", name="Upload 1 file").click()
    expect(page.get_by_role("link", name="large.bin")).to_be_visible()
    found = live.client("s3").get_object(Bucket=BUCKET, Key="up/large.bin")
    assert found["Body"].read() == large.read_bytes()
    assert found["ETag"].endswith('-2"')
    page.get_by_label("Pick up/large.bin").check()
    page.get_by_role("button", name="Delete 1 object").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete object").click()
    expect(page.get_by_text("There is no object here")).to_be_visible()
    assert "Contents" not in live.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="up/")


def test_a_viewer_reads_objects_but_neither_stores_nor_deletes_them(live: Live, viewer: Window, tmp_path: Path) -> None:
    small = tmp_path / "small.txt"
    small.write_text("hello")
    page = viewer.go(f"/data/{BUCKET}?prefix=raw/&object=raw/orders.csv")
    expect(page.get_by_role("region", name="Rows")).to_contain_text("amount")
    page.get_by_role("button", name="Close the panel").click()
    page.get_by_role("button", name="Upload").click()
    page.get_by_label("Files").set_input_files(str(small))
    page.get_by_role("button", name="Upload 1 file").click()
    expect(page.get_by_role("alert")).to_contain_text("is not authorized to perform: s3:PutObject")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("Pick raw/orders.csv").check()
    page.get_by_role("button", name="Delete 1 object").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete object").click()
    expect(page.get_by_role("alert")).to_contain_text("AccessDenied")
    assert live.client("s3").head_object(Bucket=BUCKET, Key="raw/orders.csv")


# Events.


def test_what_happens_appears_by_itself_and_is_told_in_full(live: Live, window: Window) -> None:
    page = window.go("/events")
    page.get_by_label("Source").select_option("shop")
    expect(page.get_by_role("row", name="Order")).to_have_count(2)
    page.wait_for_selector(".top__live[data-live]")
    order(live, 77)
    expect(page.get_by_role("row", name="Order")).to_have_count(3)
    page.get_by_role("button", name="Order").first.click()
    panel = page.locator("aside.panel")
    expect(panel.get_by_role("region", name="Event")).to_contain_text("77")
    expect(panel).to_contain_text(":root")
    page.get_by_placeholder("Words in the event").fill('"amount": 5}')
    expect(page.get_by_role("row", name="Order")).to_have_count(1)
    assert "source=shop" in page.url and "event=" in page.url
    order(live, 5)
    expect(page.get_by_role("row", name="Order")).to_have_count(2)


def test_a_rule_says_field_by_field_why_it_did_not_fire_and_is_switched_off(live: Live, window: Window) -> None:
    page = window.go("/events?tab=rules")
    page.get_by_role("link", name="shop-orders").click()
    small = page.get_by_role("row", name="Did not fire").filter(has_text="detail.amount is 5")
    small.first.get_by_role("link", name="Order").click()
    why = page.locator("aside.panel")
    expect(why.get_by_role("status")).to_have_text("The pattern does not match this event.")
    amount = why.locator(".finding", has_text="detail.amount").last
    expect(amount).to_contain_text("is 5")
    expect(amount).to_contain_text('{"numeric":[">",10]}')
    page.get_by_role("button", name="Close the panel").click()
    page.get_by_role("button", name="Disable rule").click()
    expect(page.locator("h1 .status")).to_have_text("Disabled")
    assert live.client("events").describe_rule(Name="shop-orders")["State"] == "DISABLED"
    page.get_by_role("button", name="Enable rule").click()
    expect(page.locator("h1 .status")).to_have_text("Enabled")


def test_a_pattern_is_tried_on_a_pasted_event(window: Window) -> None:
    page = window.go("/events?tab=pattern&rule=shop-orders")
    expect(page.get_by_label("Pattern", exact=True)).to_have_value(json.dumps(PATTERN, indent=2))
    result = page.get_by_role("tabpanel").get_by_role("status")
    expect(result).to_have_text("The pattern does not match this event.")
    event = json.loads(page.get_by_label("Event", exact=True).input_value())
    page.get_by_label("Event", exact=True).fill(json.dumps({**event, "source": "shop", "detail": {"amount": 11}}))
    expect(result).to_have_text("The pattern matches this event.")
    page.get_by_label("Event", exact=True).fill("{")
    expect(page.get_by_text("This is not a JSON object yet.")).to_be_visible()


def test_a_viewer_sees_rules_but_switches_none(live: Live, viewer: Window) -> None:
    page = viewer.go("/events/rules/default/shop-orders")
    page.get_by_role("button", name="Disable rule").click()
    expect(page.get_by_role("alert")).to_contain_text("is not authorized to perform: events:DisableRule")
    assert live.client("events").describe_rule(Name="shop-orders")["State"] == "ENABLED"


# Stacks.


def test_a_stack_leads_to_what_it_made_and_says_why_another_failed(window: Window) -> None:
    page = window.go("/stacks")
    page.get_by_role("link", name="shop", exact=True).click()
    page.get_by_role("tab", name="Outputs").click()
    expect(page.get_by_role("cell", name="shop-staging")).to_be_visible()
    page.get_by_role("tab", name="Template").click()
    expect(page.locator("pre")).to_contain_text("AWS::Events::Rule")
    page.get_by_role("tab", name="Events").click()
    expect(page.get_by_role("row", name="Create complete")).to_have_count(3)
    page.get_by_role("tab", name="Resources").click()
    page.get_by_role("link", name="shop-staging").click()
    page.wait_for_url("**/data/shop-staging")
    window.go("/stacks/stillborn")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("CREATE_FAILED")
    expect(alert).to_contain_text(f'Data (S3 bucket): Resource handler returned message: "{BUCKET} already exists"')


def test_a_change_set_is_read_and_executed(live: Live, window: Window) -> None:
    template = TEMPLATE.replace("PATTERN", json.dumps(PATTERN)).replace("Large orders", "Orders above ten")
    live.client("cloudformation").create_change_set(StackName="shop", ChangeSetName="words", TemplateBody=template)
    page = window.go("/stacks/shop?tab=changes")
    expect(page.get_by_role("row", name="Modify")).to_contain_text("Description")
    page.get_by_role("button", name="Execute change set").click()
    expect(page.locator("h1 .status")).to_have_text("Update complete")
    assert live.client("events").describe_rule(Name="shop-orders")["Description"] == "Orders above ten"


def test_a_stack_is_deleted_by_typing_its_name_and_found_among_the_deleted(live: Live, window: Window) -> None:
    page = window.go("/stacks/stillborn")
    page.get_by_role("button", name="Delete stack", exact=True).click()
    last = page.get_by_role("button", name="Delete stack stillborn")
    expect(last).to_be_disabled()
    page.get_by_label("Type the name of the stack").fill("stillborn")
    last.click()
    expect(page.locator("h1 .status")).to_have_text("Delete complete")
    window.go("/stacks?deleted")
    page.get_by_role("link", name="stillborn").click()
    expect(page.locator("h1 .status")).to_have_text("Delete complete")
    # What was asked for by name while it went is answered so, sooner or later.
    window.wrong[:] = [wrong for wrong in window.wrong if "stillborn" not in wrong]


def test_a_stack_that_somebody_else_deletes_is_followed_to_its_end(live: Live, window: Window) -> None:
    cloudformation = live.client("cloudformation")
    cloudformation.create_stack(StackName="fleeting", TemplateBody="Resources: {Data: {Type: AWS::S3::Bucket}}")
    cloudformation.get_waiter("stack_create_complete").wait(StackName="fleeting", WaiterConfig={"Delay": 1})
    page = window.go("/stacks/fleeting")
    page.wait_for_selector(".top__live[data-live]")
    cloudformation.delete_stack(StackName="fleeting")
    expect(page.locator("h1 .status")).to_have_text("Delete complete")
    # It was asked for by its name, too, when it had none any more.
    window.wrong[:] = [wrong for wrong in window.wrong if "fleeting" not in wrong]


def test_a_viewer_cannot_delete_a_stack(live: Live, viewer: Window) -> None:
    page = viewer.go("/stacks/shop")
    page.get_by_role("button", name="Delete stack", exact=True).click()
    page.get_by_label("Type the name of the stack").fill("shop")
    page.get_by_role("button", name="Delete stack shop").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("cloudformation:DeleteStack")
    assert live.client("cloudformation").describe_stacks(StackName="shop")


# Settings.


def test_a_key_is_made_used_switched_off_and_deleted(live: Live, window: Window) -> None:
    page = window.go("/settings?tab=keys")
    page.get_by_role("button", name="Create access key").click()
    expect(page.get_by_role("dialog").locator("pre")).to_have_count(2)
    identifier, secret = page.get_by_role("dialog").locator("pre").all_inner_texts()
    page.get_by_role("button", name="I have kept it").click()
    keys = {"aws_access_key_id": identifier, "aws_secret_access_key": secret}
    assert live.client("sts", **keys).get_caller_identity()["Arn"].endswith(":root")
    page.get_by_role("tab", name="Connect").click()
    expect(page.locator("pre").nth(1)).to_contain_text(f"export AWS_SECRET_ACCESS_KEY={secret}")
    page.get_by_role("tab", name="PowerShell").click()
    expect(page.locator("pre").nth(1)).to_contain_text(f"$env:AWS_ACCESS_KEY_ID = '{identifier}'")
    page.get_by_role("tab", name="Access keys").click()
    page.get_by_role("button", name=f"Deactivate {identifier}").click()
    expect(page.get_by_role("row", name=identifier)).to_contain_text("Inactive")
    page.get_by_role("button", name=f"Delete {identifier}").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_role("row", name=identifier)).to_have_count(0)
    page.reload()
    window.settle()
    assert secret not in page.content()


def test_keys_are_changed_on_a_phone_too(live: Live, window: Window) -> None:
    key = live.client("iam").create_access_key()["AccessKey"]["AccessKeyId"]
    window.page.set_viewport_size({"width": 390, "height": 780})
    page = window.go("/settings?tab=keys")
    page.get_by_role("button", name=f"Deactivate {key}").click()
    page.get_by_role("button", name=f"Delete {key}").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_text(key)).to_have_count(0)


def test_the_boto3_snippet_works_as_it_stands(live: Live, window: Window, capsys: pytest.CaptureFixture[str]) -> None:
    page = window.go("/settings?tab=keys")
    page.get_by_role("button", name="Create access key").click()
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_role("tab", name="Connect").click()
    snippet = page.locator(".card", has=page.get_by_role("heading", name="boto3")).locator("pre").inner_text()
    capsys.readouterr()
    exec(compile(snippet, "snippet", "exec"), {})
    assert "[]" in capsys.readouterr().out.splitlines()


def test_a_person_is_added_and_their_link_opens_studio_once(live: Live, browser: Browser, window: Window) -> None:
    page = window.go("/settings?tab=people")
    page.get_by_role("button", name="Add person").click()
    page.get_by_label("Name").fill("two words")
    expect(page.get_by_text("Letters, digits and")).to_be_visible()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("approver").check()
    page.get_by_role("button", name="Add ada").click()
    link = page.get_by_role("dialog").locator("pre").inner_text()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row", name="ada")).to_contain_text("approver")
    context = browser.new_context()
    other = context.new_page()
    other.goto(link)
    expect(other.get_by_role("button", name="Sign out ada")).to_be_visible()
    page.get_by_role("button", name="Remove ada").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove ada").click()
    expect(page.get_by_role("row", name="ada")).to_have_count(0)
    other.reload()
    expect(other.get_by_role("heading", name="Sign in to ormer Studio")).to_be_visible()
    context.close()


def test_root_sees_the_machine_and_a_viewer_is_told_who_may(window: Window, viewer: Window) -> None:
    page = window.go("/settings?tab=machine")
    expect(page.get_by_text("sandbox", exact=True)).to_be_visible()
    expect(page.get_by_text("Contents of S3's objects")).to_be_visible()
    theirs = viewer.go("/settings?tab=machine")
    expect(theirs.get_by_role("alert")).to_contain_text("is not authorized to perform: ormer:DescribeServer")
    expect(theirs.get_by_text("Contents of S3's objects")).to_have_count(0)
    viewer.go("/settings?tab=people")
    expect(theirs.get_by_role("alert")).to_contain_text("iam:ListUsers")
    viewer.go("/settings?tab=keys")
    theirs.get_by_role("button", name="Create access key").click()
    expect(theirs.get_by_role("dialog")).to_contain_text("Secret access key")


def test_another_region_is_shown_and_stands_in_every_address(live: Live, browser: Browser, window: Window) -> None:
    page = window.go("/")
    page.get_by_role("button", name="us-east-1").click()
    page.get_by_label("Another region").fill("eu-west-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**region=eu-west-1")
    page.get_by_role("link", name="Stacks").click()
    expect(page.get_by_text("No stack stands in this region")).to_be_visible()
    page.wait_for_url("**/stacks?region=eu-west-1")
    window.go("/stacks?region=us-east-1")
    expect(page.get_by_role("link", name="shop", exact=True)).to_be_visible()


def test_everything_new_is_a_key_away(window: Window) -> None:
    page = window.go("/")
    wanted = {
        "shop stack": "**/stacks/shop/**",
        f"{BUCKET} bucket": f"**/data/{BUCKET}",
        "doctor": "**/settings?tab=machine",
    }
    for typed, address in wanted.items():
        window.travel(typed)
        page.wait_for_url(address)


PAGES = (
    "/data",
    f"/data/{BUCKET}?prefix=raw/&object=raw/orders.jsonl",
    f"/data/{BUCKET}?prefix=raw/",
    "/events",
    "/events?tab=rules",
    "/events?tab=pattern&rule=shop-orders",
    "/events?tab=dead",
    "/events/rules/default/shop-orders",
    "/events/rules/default/shop-orders?tab=targets",
    "/events/rules/default/shop-orders?tab=rule",
    "/stacks",
    "/stacks/shop",
    "/stacks/shop?tab=events",
    "/stacks/shop?tab=template",
    "/settings",
    "/settings?tab=keys",
    "/settings?tab=people",
    "/settings?tab=machine",
    "/settings?tab=about",
)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_pages_have_no_serious_faults_and_stay_inside_their_width(window: Window, width: int, dark: bool) -> None:
    page: Page = window.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.evaluate("localStorage.clear()")
    found: dict[str, object] = {}
    for path in PAGES:
        window.go(path)
        if faults := window.faults():
            found[path] = faults
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[f"{path} is too wide"] = page.evaluate("document.documentElement.scrollWidth")
    assert found == {}
