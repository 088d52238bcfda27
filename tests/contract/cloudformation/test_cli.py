"""The AWS CLI's own ways: deploy, package and wait."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ormer.first_run import root_key

OUTER = """
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yml, Parameters: {Days: '3'}}}
"""
INNER = """
Parameters: {Days: {Type: Number}}
Resources: {Group: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref Days}}}
"""


@pytest.fixture
def aws(shared_server: Any, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `aws cloudformation …`; returns how it ended."""
    key = root_key(shared_server.house.stores)
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": shared_server.config.endpoint,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "HOME": str(tmp_path),
        "AWS_PAGER": "",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "awscli", "cloudformation", *arguments]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
        )

    return run


def test_a_packaged_template_is_deployed(aws: Any, s3: Any, ended: Any, unique: Any, tmp_path: Path) -> None:
    """It may take half a minute: between two looks the AWS CLI pauses for so long."""
    bucket, name = unique("artifacts"), unique("deployed")
    s3.create_bucket(Bucket=bucket)
    (tmp_path / "outer.yml").write_text(OUTER)
    (tmp_path / "inner.yml").write_text(INNER)
    packaged = aws(
        "package", "--template-file", "outer.yml", "--s3-bucket", bucket, "--output-template-file", "packaged.yml"
    )
    assert packaged.returncode == 0, packaged.stderr
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    deploy = ("deploy", "--template-file", "packaged.yml", "--stack-name", name, "--s3-bucket", bucket)
    done = aws(*deploy, "--tags", "team=a")
    assert done.returncode == 0, done.stderr
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE" and stack["Tags"] == [{"Key": "team", "Value": "a"}]


def test_a_deployment_without_changes_succeeds_and_says_so(
    aws: Any, cloudformation: Any, ended: Any, unique: Any, tmp_path: Path
) -> None:
    name = unique("same")
    (tmp_path / "inner.yml").write_text(INNER)
    cloudformation.create_stack(
        StackName=name, TemplateBody=INNER, Parameters=[{"ParameterKey": "Days", "ParameterValue": "3"}]
    )
    ended(name)
    done = aws("deploy", "--template-file", "inner.yml", "--stack-name", name, "--no-fail-on-empty-changeset")
    assert done.returncode == 0 and "No changes to deploy" in done.stdout, done
    # The CLI names change sets by the second.
    time.sleep(1.0)
    planned = aws(
        "deploy",
        "--template-file",
        "inner.yml",
        "--stack-name",
        name,
        "--parameter-overrides",
        "Days=5",
        "--no-execute-changeset",
    )
    assert planned.returncode == 0, planned.stderr
    (summary,) = [
        one
        for one in cloudformation.list_change_sets(StackName=name)["Summaries"]
        if one["ExecutionStatus"] == "AVAILABLE"
    ]
    assert summary["Description"].startswith("Created by AWS CLI at")


def test_waiting_follows_a_stack_to_its_end(aws: Any, cloudformation: Any, ended: Any, unique: Any) -> None:
    name = unique("waited")
    body = json.dumps({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}})
    cloudformation.create_stack(StackName=name, TemplateBody=body)
    ended(name)
    assert aws("wait", "stack-create-complete", "--stack-name", name).returncode == 0
    assert aws("wait", "stack-exists", "--stack-name", name).returncode == 0
    assert aws("update-stack", "--stack-name", name, "--template-body", body).returncode != 0
    cloudformation.delete_stack(StackName=name)
    assert aws("wait", "stack-delete-complete", "--stack-name", name).returncode == 0
