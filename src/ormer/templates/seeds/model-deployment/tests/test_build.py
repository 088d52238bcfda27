"""What the build writes for each stage, and what it says when there is nothing to deploy."""

import json

import boto3
import pytest
from botocore.stub import Stubber

import build

VERSION = "arn:aws:sagemaker:us-east-1:123456789012:model-package/abalone-p-1/7"
GIVEN = {
    "model-package-group-name": "abalone-p-1",
    "model-execution-role": "arn:aws:iam::123456789012:role/r",
    "sagemaker-project-id": "p-1",
    "sagemaker-project-name": "abalone",
    "s3-bucket": "bucket",
}
WORDS = [word for name, value in GIVEN.items() for word in (f"--{name}", value)]
ASKED = {
    "ModelPackageGroupName": "abalone-p-1",
    "ModelApprovalStatus": "Approved",
    "SortBy": "CreationTime",
    "SortOrder": "Descending",
    "MaxResults": 1,
}


@pytest.fixture
def registry():
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield client, stubber


def answer(*arns):
    shared = {"CreationTime": 0, "ModelPackageStatus": "Completed", "ModelApprovalStatus": "Approved"}
    return {"ModelPackageSummaryList": [{"ModelPackageArn": arn, **shared} for arn in arns]}


def test_both_stages_get_the_latest_approved_version(registry, tmp_path):
    client, stubber = registry
    stubber.add_response("list_model_packages", answer(VERSION), ASKED)
    exports = {stage: tmp_path / f"{stage}.json" for stage in ("staging", "prod")}
    words = [word for stage, path in exports.items() for word in (f"--export-{stage}-config", str(path))]
    assert build.main([*WORDS, *words], client) == 0
    for stage, path in exports.items():
        config = json.loads(path.read_text())
        assert config["Parameters"]["ModelPackageName"] == VERSION
        assert config["Parameters"]["DataCaptureUploadPath"] == f"s3://bucket/datacapture-{stage}"
        assert config["Tags"] == {
            "sagemaker:deployment-stage": stage,
            "sagemaker:project-id": "p-1",
            "sagemaker:project-name": "abalone",
        }
        assert all(isinstance(value, str) for value in config["Parameters"].values())


def test_without_an_approved_version_a_person_is_told_what_to_do(registry, capsys):
    client, stubber = registry
    stubber.add_response("list_model_packages", answer(), ASKED)
    assert build.main(WORDS, client) == 1
    assert "Approve a version of it in the model registry" in capsys.readouterr().err


def test_a_group_that_is_not_there_reads_like_an_empty_one(registry, capsys):
    client, stubber = registry
    stubber.add_client_error("list_model_packages", "ValidationException", "ModelPackageGroup x does not exist.")
    assert build.main(WORDS, client) == 1
    assert "no approved model" in capsys.readouterr().err
