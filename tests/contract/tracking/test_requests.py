"""MLflow's API by signed requests: who may do what, and what becomes of a registered model."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests
from botocore.credentials import Credentials

from .conftest import SERVER_HEADER, Tracking


def test_a_run_is_logged_and_found_again(tracking: Tracking, standing: str) -> None:
    experiment = tracking.ask(standing, "POST", "experiments/create", {"name": "runs"}).json()["experiment_id"]
    run = tracking.ask(standing, "POST", "runs/create", {"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    metrics = [{"key": "loss", "value": 1 / (n + 1), "timestamp": n, "step": n} for n in range(500)]
    logged = tracking.ask(standing, "POST", "runs/log-batch", {"run_id": run, "metrics": metrics})
    assert logged.status_code == 200
    asked = {"experiment_ids": [experiment], "filter": "metrics.loss < 0.5"}
    found = tracking.ask(standing, "POST", "runs/search", asked).json()["runs"]
    assert [each["info"]["run_id"] for each in found] == [run]
    history = tracking.ask(standing, "GET", f"metrics/get-history?run_id={run}&metric_key=loss").json()["metrics"]
    assert len(history) == 500


def test_mlflows_own_refusals_come_back_as_they_are(tracking: Tracking, standing: str) -> None:
    answer = tracking.ask(standing, "GET", "experiments/get?experiment_id=99999")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("member", ["artifact_location", "artifactLocation"])
def test_artifacts_are_in_s3_and_not_in_the_servers_own_files(tracking: Tracking, standing: str, member: str) -> None:
    asked = {"name": f"astray by {member}", member: "file:///proc/self"}
    refused = tracking.ask(standing, "POST", "experiments/create", asked)
    assert refused.status_code == 400 and "is not in S3" in refused.json()["message"]


@pytest.fixture(scope="module")
def reader(tracking: Tracking, standing: str) -> Credentials:
    """A user who may look at runs of the standing server, and no more."""
    iam = tracking.live.client("iam")
    iam.create_user(UserName="run-reader")
    statement = {"Effect": "Allow", "Action": ["sagemaker-mlflow:Search*", "sagemaker-mlflow:GetRun"]}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": standing}]}
    iam.put_user_policy(UserName="run-reader", PolicyName="reading", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="run-reader")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def test_policies_decide_action_by_action(tracking: Tracking, standing: str, reader: Credentials) -> None:
    found = tracking.ask(standing, "POST", "experiments/search", {"max_results": 5}, credentials=reader)
    assert found.status_code == 200
    for method, path, action in (
        ("POST", "experiments/create", "CreateExperiment"),
        ("POST", "runs/log-metric", "LogMetric"),
        ("DELETE", "registered-models/alias", "DeleteRegisteredModelAlias"),
        ("POST", "something/new", "PostMlflowSomethingNew"),
    ):
        refused = tracking.ask(standing, method, path, {"name": "x"}, credentials=reader)
        assert refused.status_code == 403
        assert refused.json()["error_code"] == "PERMISSION_DENIED"
        assert f"sagemaker-mlflow:{action} on resource: {standing}" in refused.json()["message"]


def test_a_policy_for_one_server_opens_no_other(tracking: Tracking, standing: str, reader: Credentials) -> None:
    other = standing.replace("/standing", "/another")
    refused = tracking.ask(other, "POST", "experiments/search", {"max_results": 5}, credentials=reader)
    assert refused.status_code == 403


def test_the_servers_name_must_be_under_the_signature(tracking: Tracking, standing: str) -> None:
    url = f"{tracking.endpoint}/api/2.0/mlflow/experiments/search"
    unsigned = requests.post(url, json={"max_results": 1}, headers={SERVER_HEADER: standing}, timeout=20)
    assert (unsigned.status_code, unsigned.json()["error_code"]) == (403, "PERMISSION_DENIED")
    wrongly = tracking.ask(standing, "POST", "experiments/search", {"max_results": 1}, scope="s3")
    assert wrongly.status_code == 400 and "sagemaker-mlflow" in wrongly.json()["message"]
    sent = tracking.ask(standing, "POST", "experiments/search", {"max_results": 1})
    headers = dict(sent.request.headers)
    headers[SERVER_HEADER] = standing.replace("/standing", "/another")
    moved = requests.post(url, data=sent.request.body, headers=headers, timeout=20)
    assert moved.status_code == 403


def test_registered_versions_become_model_packages_in_their_order(
    tracking: Tracking, standing: str, sagemaker: Any
) -> None:
    tracking.ask(standing, "POST", "registered-models/create", {"name": "wine quality"})
    version = {"name": "wine quality", "source": "s3://tracked/standing/some/model"}
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
    specification = {"Containers": [{"Image": image}], "SupportedContentTypes": ["text/csv"]}
    tracking.live.client("s3").put_object(
        Bucket="tracked",
        Key="standing/some/model/sagemaker_inference_specification.json",
        Body=json.dumps(specification).encode(),
    )
    for _ in range(4):
        made = tracking.ask(standing, "POST", "model-versions/create", version)
        assert made.status_code == 200, made.text
    deadline = time.monotonic() + 60
    while True:
        packages = sagemaker.list_model_packages(ModelPackageGroupName="wine-quality")["ModelPackageSummaryList"]
        if len(packages) == 4:
            break
        assert time.monotonic() < deadline, packages
        time.sleep(0.1)
    for package in packages:
        found = sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"])
        assert json.loads(found["MetadataProperties"]["GeneratedBy"]) == {
            "MLflowRegisteredModel": "wine quality",
            "ModelVersion": str(package["ModelPackageVersion"]),
        }
        assert found["ModelApprovalStatus"] == "PendingManualApproval"
        assert found["SourceUri"] == version["source"]
        assert found["InferenceSpecification"] == specification
