"""People with roles: what each may see and decide is what IAM's policies say, at every operation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import Live
from .conftest import Visitor

INFERENCE = {
    "Containers": [{"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1", "ModelDataUrl": "s3://a/b.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


def ormer(live: Live, *words: str) -> str:
    home = ("--home", str(live.config.home))
    ran = subprocess.run(
        [sys.executable, "-m", "ormer", *words, *home], capture_output=True, text=True, env=dict(os.environ)
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def signed_in(live: Live, link: str) -> Visitor:
    visitor = Visitor(live)
    token = link.partition("#sign-in=")[2]
    assert visitor.post("/studio/api/sign-in", {"token": token}).status_code == 200
    return visitor


def version(live: Live) -> str:
    client = live.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="group")
    made = client.create_model_package(ModelPackageGroupName="group", InferenceSpecification=INFERENCE)
    return str(made["ModelPackageArn"])


def decide(visitor: Visitor, arn: str, status: str = "Approved") -> int:
    request = {"ModelPackageArn": arn, "ModelApprovalStatus": status}
    return visitor.post("/studio/api/sagemaker/UpdateModelPackage", request).status_code


@pytest.mark.parametrize(
    ("role", "makes", "decides"),
    [("viewer", False, False), ("developer", True, False), ("approver", False, True), ("admin", True, True)],
)
def test_a_role_is_what_it_says(server: Live, role: str, makes: bool, decides: bool) -> None:
    arn = version(server)
    visitor = signed_in(server, ormer(server, "user", "add", "ada", "--role", role))
    assert visitor.get("/studio/api/ormer/session").json()["name"] == "ada"
    assert visitor.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": arn})
    made = visitor.post("/studio/api/sagemaker/CreateExperiment", {"ExperimentName": "mine"})
    assert made.status_code == (200 if makes else 403)
    assert decide(visitor, arn) == (200 if decides else 403)
    visitor.listen().close()


def test_a_developer_may_describe_a_version_but_not_decide_about_it(server: Live) -> None:
    arn = version(server)
    visitor = signed_in(server, ormer(server, "user", "add", "ada", "--role", "developer"))
    visitor.call("sagemaker", "UpdateModelPackage", {"ModelPackageArn": arn, "ApprovalDescription": "looks good"})
    refused = visitor.post(
        "/studio/api/sagemaker/UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Rejected"}
    )
    assert refused.json()["code"] == "AccessDeniedException"
    assert "user/ormer/ada is not authorized to perform: sagemaker:UpdateModelPackage" in refused.json()["message"]


def test_the_decision_names_who_made_it(server: Live) -> None:
    arn = version(server)
    visitor = signed_in(server, ormer(server, "user", "add", "ada", "--role", "approver"))
    assert decide(visitor, arn) == 200
    found = server.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert found["LastModifiedBy"]["IamIdentity"]["Arn"].endswith(":user/ormer/ada")


def test_somebody_without_a_role_sees_nothing(server: Live) -> None:
    made = server.client("iam").create_user(UserName="nobody")["User"]["Arn"]
    visitor = Visitor(server)
    assert visitor.sign_in(made).status_code == 200
    assert visitor.post("/studio/api/sagemaker/ListPipelines", {}).status_code == 403
    assert visitor.get("/studio/events").status_code == 403
    server.client("s3").create_bucket(Bucket="data")
    server.client("s3").put_object(Bucket="data", Key="a", Body=b"x")
    assert visitor.get("/studio/api/ormer/object?bucket=data&key=a").status_code == 403


def test_people_are_added_given_another_role_listed_and_removed(server: Live) -> None:
    visitor = signed_in(server, ormer(server, "user", "add", "ada"))
    assert "viewer" in ormer(server, "user", "list")
    ormer(server, "user", "add", "ada", "--role", "approver")
    assert ormer(server, "user", "list").split() == ["ada", "approver"]
    second = signed_in(server, ormer(server, "user", "link", "ada"))
    unused = ormer(server, "user", "link", "ada").partition("#sign-in=")[2]
    ormer(server, "user", "remove", "ada")
    for each in (visitor, second):
        assert each.get("/studio/api/ormer/session").status_code == 401
    assert Visitor(server).post("/studio/api/sign-in", {"token": unused}).status_code == 403
    assert ormer(server, "user", "list") == ""


def test_the_command_prints_a_link_that_works(server: Live, tmp_path: Path) -> None:
    visitor = signed_in(server, ormer(server, "studio"))
    assert visitor.get("/studio/api/ormer/session").json()["name"] == "root"
