"""What pages ask of versions and endpoints beyond AWS's wire, and of who switched the templates."""

from __future__ import annotations

from typing import Any

import pytest

from ormer.aws.identities import root_identity
from ormer.studio import endpoint_views

from ..conftest import Live
from .conftest import Visitor
from .story import until
from .test_projects import ask, commit, create, registered, settled

JsonDict = dict[str, Any]
ROOT = root_identity("123456789012").arn


@pytest.fixture
def server(shared_server: Live) -> Live:
    """One server for all of these tests: each has a project of its own name."""
    return shared_server


def test_a_version_tells_who_decided_what_and_why_newest_first(server: Live, studio: Visitor) -> None:
    made = create(studio, "told")
    settled(studio, "told")
    arn = registered(server, f"told-{made['ProjectId']}")
    decide(studio, arn, "Rejected", "too slow")
    decide(studio, arn, "Approved", "quick enough")
    told = ask(studio, f"version?arn={arn}")
    assert [each["what"] for each in told["happenings"]] == ["approved", "rejected", "registered"]
    assert [(each["who"], each["text"]) for each in told["happenings"][:2]] == [
        (ROOT, "quick enough"),
        (ROOT, "too slow"),
    ]
    assert told["lastStage"] == ""


def test_a_version_knows_the_commit_whose_build_ran_its_pipeline(server: Live, studio: Visitor) -> None:
    made = create(studio, "built")
    settled(studio, "built")
    name = f"sagemaker-built-{made['ProjectId']}"
    commit(studio, name, "Use the newer prices")
    until(lambda: ask(studio, "story?project=built")["title"] == "Use the newer prices" or None)
    arn = registered(server, f"built-{made['ProjectId']}")
    source = ask(studio, f"version?arn={arn}")["source"]
    assert (source["message"], source["delivery"]) == ("Use the newer prices", name)
    branch = server.client("codecommit").get_branch(repositoryName=name, branchName="main")["branch"]
    assert source["commit"] == branch["commitId"]


def test_endpoints_are_told_with_their_stage_in_one_question(server: Live, studio: Visitor) -> None:
    found = ask(studio, "serving")["endpoints"]
    names = {each["EndpointName"] for each in server.client("sagemaker").list_endpoints()["Endpoints"]}
    assert {each["name"] for each in found} == names
    with server.house.stores.database.read() as tx:
        assert endpoint_views.serving(tx, "123456789012", "eu-west-1") == []


def test_who_switched_the_templates_is_remembered(studio: Visitor) -> None:
    elsewhere = {"x_ormer_region": "eu-west-1"}
    assert get(studio, "templates", **elsewhere) == {"status": "Enabled"}
    studio.call("sagemaker", "DisableSagemakerServicecatalogPortfolio", {}, **elsewhere)
    told = get(studio, "templates", **elsewhere)
    assert (told["status"], told["by"]) == ("Disabled", ROOT) and told["at"]


def test_who_may_not_describe_a_version_is_told_nothing_of_it(server: Live, visitor: Visitor) -> None:
    user = server.client("iam").create_user(UserName="stranger")["User"]["Arn"]
    visitor.sign_in(user)
    for path in ("version?arn=arn:aws:sagemaker:us-east-1:123456789012:model-package/a/1", "serving", "templates"):
        refused = visitor.get(f"/studio/api/ormer/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "AccessDeniedException"), path


def decide(studio: Visitor, arn: str, status: str, comment: str) -> None:
    words = {"ModelApprovalStatus": status, "ApprovalDescription": comment}
    studio.call("sagemaker", "UpdateModelPackage", {"ModelPackageArn": arn, **words})


def get(studio: Visitor, path: str, **headers: str) -> Any:
    answer = studio.get(f"/studio/api/ormer/{path}", **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()
