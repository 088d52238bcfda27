"""`ormer project`, `ormer template` and `ormer model`, against a real server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from ormer.cli.main import main

TINY = "tiny-template-for-tests"


@pytest.fixture
def ormer(server: Any) -> Iterator[Any]:
    """Run a command in the server's home; what the server itself says goes elsewhere."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))

    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, [*words, "--home", str(server.config.home)])
        assert result.exit_code == code, result.output
        return result

    yield run
    structlog.reset_defaults()


def test_a_project_is_made_shown_listed_and_deleted(ormer, server):
    made = ormer(
        *("project", "create", "churn", "--template", TINY, "--tag", "team=growth", "--parameter", "Branch=trunk"),
        *("--description", "who leaves"),
    ).output
    assert "✓ Repository" in made and "AWS::CodePipeline::Pipeline" in made and "✓ churn stands" in made
    sagemaker = server.client("sagemaker")
    project = sagemaker.describe_project(ProjectName="churn")
    assert sagemaker.list_tags(ResourceArn=project["ProjectArn"])["Tags"] == [{"Key": "team", "Value": "growth"}]
    assert "churn" in ormer("project", "list").output
    assert json.loads(ormer("project", "list", "--json").output)[0]["ProjectDescription"] == "who leaves"
    own = f"sagemaker-churn-{project['ProjectId']}"
    sagemaker.create_model_package_group(ModelPackageGroupName=f"churn-{project['ProjectId']}")
    shown = ormer("project", "show", "churn").output
    assert f"git clone {server.config.endpoint}/v1/repos/{own}" in shown
    assert "CreatePipeline" in shown and f"{own}-code" in shown and "no version yet" in shown
    found = json.loads(ormer("project", "show", "churn", "--json").output)
    assert found["buckets"] == [{"name": f"sagemaker-project-{project['ProjectId']}"}]
    assert [row["state"] for row in found["rules"]] == ["ENABLED"]
    gone = ormer("project", "delete", "churn", "--yes").output
    assert "keeps: AWS::S3::Bucket" in gone and "left of it, models: churn-" in gone
    assert "left of it, stacks" not in gone
    assert "no project yet" in ormer("project", "list").output
    assert "DeleteCompleted" in ormer("project", "list", "--all").output


def test_a_project_that_cannot_be_says_why(ormer, server, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        "Resources:\n  Model:\n    Type: AWS::SageMaker::Model\n    Properties:\n"
        "      Containers: [{ModelPackageName: 'arn:aws:sagemaker:us-east-1:123456789012:model-package/none/1'}]\n"
    )
    ormer("template", "register", str(broken))
    failed = ormer("project", "create", "churn", "--template", "broken", code=1).output
    assert "✕ Model" in failed and "churn ended CreateFailed" in failed
    assert "There is no template nope" in ormer("project", "create", "x", "--template", "nope", code=1).output
    assert "KEY=VALUE" in ormer("project", "create", "x", "--tag", "nope", "--template", TINY, code=2).output


def test_a_template_of_ones_own_is_begun_registered_and_used(ormer, server, tmp_path):
    folder = tmp_path / "my-own"
    assert "ormer template register" in ormer("template", "init", str(folder)).output
    assert "is not empty" in ormer("template", "init", str(folder), code=1).output
    registered = ormer("template", "register", str(folder)).output
    assert "made the domain d-" in registered and "my-own lies in s3://" in registered
    listed = ormer("template", "list").output
    assert TINY in listed and "built in" in listed and "my-own" in listed
    shown = ormer("template", "show", "my-own").output
    assert "SeedBucket" in shown and "TemplateProviders" in shown and "(given by the project)" in shown
    assert "ServiceCatalogProvisioningDetails" in ormer("template", "show", TINY).output
    ormer("project", "create", "one", "--template", "my-own")
    (found,) = json.loads(ormer("project", "show", "one", "--json").output)["repositories"]
    codecommit = server.client("codecommit")
    text = codecommit.get_file(repositoryName=found["name"], filePath="buildspec.yml")["fileContent"]
    assert b"SAGEMAKER_PROJECT_NAME" in text
    # Once more changes it, in the same place.
    (folder / "template.yaml").write_text((folder / "template.yaml").read_text().replace("are built.", "are made."))
    assert "made the domain" not in ormer("template", "register", str(folder)).output
    (own,) = [one for one in json.loads(ormer("template", "list", "--json").output) if one["id"] == "my-own"]
    assert own["description"] == "One repository whose commits are made."


def test_a_template_that_is_none_stays_hidden(ormer, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("Resources:\n  A: {Type: 'AWS::EC2::Instance'}\n")
    assert "AWS::EC2::Instance" in ormer("template", "register", str(bad), code=1).output
    assert "bad" not in [one["id"] for one in json.loads(ormer("template", "list", "--json").output)]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "has no template.yaml" in ormer("template", "register", str(empty), code=1).output


def test_a_versions_story_is_told(ormer, server):
    sagemaker = server.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    assert "has no version yet" in ormer("model", "show", "churn", code=1).output
    specification = {
        "Containers": [{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    arn = sagemaker.create_model_package(ModelPackageGroupName="churn", InferenceSpecification=specification)[
        "ModelPackageArn"
    ]
    sagemaker.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good enough"
    )
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="after all")
    told = ormer("model", "show", "churn").output
    assert "churn/1" in told and "good enough" in told and "not deployed" in told
    activity = json.loads(ormer("model", "show", "churn/1", "--json").output)["activity"]
    assert [(one["what"], one["text"]) for one in activity] == [
        ("registered", ""),
        ("approved", "good enough"),
        ("rejected", "after all"),
    ]
    assert {one["who"] for one in activity} == {"arn:aws:iam::123456789012:root"}
    assert json.loads(ormer("model", "show", arn, "--json").output)["status"] == "Rejected"


def test_what_stands_behind_a_connection_is_said_and_shown(ormer, server, tmp_path):
    assert "ormer connection create" in ormer("connection", "list").output
    arn = ormer("connection", "create", "hub").stdout.strip()
    assert "PENDING" in ormer("connection", "list").output
    server.client("codecommit").create_repository(repositoryName="modelbuild")
    assert "AVAILABLE" in ormer("connection", "use", "hub", "--repository", "modelbuild").output
    secret = "https://ada:s3cret@example.com/{repository}.git"
    said = ormer("connection", "use", arn, "--full-repository-id", "me/churn", "--url", secret).output
    assert "https://example.com/{repository}.git" in said and "s3cret" not in said
    shown = ormer("connection", "list").output
    assert "modelbuild" in shown and "me/churn" in shown and "s3cret" not in shown
    found = server.client("codeconnections").get_connection(ConnectionArn=arn)["Connection"]
    assert found["ConnectionStatus"] == "AVAILABLE"
    ormer("connection", "use", "hub", "--url", str(tmp_path))
    assert f"file://{tmp_path}" in ormer("connection", "list").output
    for words, text in (
        (("nope", "--url", "https://example.com/x"), "There is no connection nope"),
        (("hub", "--repository", "nope"), "There is no repository nope"),
        (("hub", "--url", str(tmp_path / "nope")), "is no folder"),
        (("hub", "--url", "ssh://example.com/x"), "must begin with"),
    ):
        assert text in ormer("connection", "use", *words, code=1).output
    assert "exactly one of" in ormer("connection", "use", "hub", code=2).output


@pytest.mark.parametrize(
    "words", [("project",), ("project", "create"), ("template",), ("template", "register"), ("connection",)]
)
def test_help_shows_how_it_is_used(words):
    text = CliRunner().invoke(main, [*words, "--help"]).output
    assert "ormer " in text and len(text.splitlines()) > 8


def test_no_server_is_told(tmp_path: Path):
    result = CliRunner().invoke(main, ["project", "list", "--home", str(tmp_path)])
    assert result.exit_code == 1 and "ormer up -d" in result.output
