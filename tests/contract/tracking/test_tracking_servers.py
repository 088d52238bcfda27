"""MLflow tracking servers by boto3: made, changed, stopped, started, deleted, and refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import BUCKET, Tracking


def test_a_tracking_server_that_was_made_stands_and_is_described_and_listed(sagemaker: Any, standing: str) -> None:
    found = sagemaker.describe_mlflow_tracking_server(TrackingServerName="standing")
    assert (found["TrackingServerArn"], found["TrackingServerStatus"]) == (standing, "Created")
    assert (found["IsActive"], found["MlflowVersion"], found["TrackingServerSize"]) == ("Active", "3.0.1", "Small")
    assert found["TrackingServerUrl"].startswith("http://t-") and ".mlflow.localhost:" in found["TrackingServerUrl"]
    listed = sagemaker.list_mlflow_tracking_servers(MlflowVersion="3.0", TrackingServerStatus="Created")
    assert standing in [each["TrackingServerArn"] for each in listed["TrackingServerSummaries"]]
    assert sagemaker.list_mlflow_tracking_servers(MlflowVersion="2.13")["TrackingServerSummaries"] == []


def test_servers_are_listed_page_by_page_in_the_order_asked_for(sagemaker: Any, tracking: Tracking) -> None:
    wanted = {"ArtifactStoreUri": "s3://no-such-bucket-of-pages/x", "RoleArn": tracking.role}
    for name in ("page-b", "page-a", "page-c"):
        sagemaker.create_mlflow_tracking_server(TrackingServerName=name, **wanted)
        tracking.settled(name)
    pages = sagemaker.get_paginator("list_mlflow_tracking_servers").paginate(
        SortBy="Name", SortOrder="Ascending", TrackingServerStatus="CreateFailed", PaginationConfig={"PageSize": 2}
    )
    names = [[each["TrackingServerName"] for each in page["TrackingServerSummaries"]] for page in pages]
    assert [name for page in names for name in page if name.startswith("page-")] == ["page-a", "page-b", "page-c"]
    assert len(names) > 1
    for name in ("page-b", "page-a", "page-c"):
        sagemaker.delete_mlflow_tracking_server(TrackingServerName=name)


def test_a_stopped_server_says_so_and_holds_what_it_had_when_it_is_started_again(
    sagemaker: Any, tracking: Tracking
) -> None:
    arn = tracking.make("stopped")
    made = tracking.ask(arn, "POST", "experiments/create", {"name": "kept"}).json()["experiment_id"]
    sagemaker.stop_mlflow_tracking_server(TrackingServerName="stopped")
    found = tracking.settled("stopped")
    assert (found["TrackingServerStatus"], found["IsActive"]) == ("Stopped", "Inactive")
    refused = tracking.ask(arn, "GET", f"experiments/get?experiment_id={made}")
    assert refused.status_code == 400 and "is in state Stopped" in refused.json()["message"]
    with pytest.raises(ClientError) as caught:
        sagemaker.stop_mlflow_tracking_server(TrackingServerName="stopped")
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    sagemaker.start_mlflow_tracking_server(TrackingServerName="stopped")
    found = tracking.settled("stopped")
    assert (found["TrackingServerStatus"], found["IsActive"]) == ("Started", "Active")
    kept = tracking.ask(arn, "GET", f"experiments/get?experiment_id={made}").json()["experiment"]
    assert (kept["name"], kept["artifact_location"]) == ("kept", f"s3://{BUCKET}/stopped/{made}")

    sagemaker.update_mlflow_tracking_server(
        TrackingServerName="stopped", ArtifactStoreUri=f"s3://{BUCKET}/moved", TrackingServerSize="Medium"
    )
    found = tracking.settled("stopped")
    assert (found["TrackingServerStatus"], found["TrackingServerSize"]) == ("Updated", "Medium")
    after = tracking.ask(arn, "POST", "experiments/create", {"name": "later"}).json()["experiment_id"]
    later = tracking.ask(arn, "GET", f"experiments/get?experiment_id={after}").json()["experiment"]
    assert later["artifact_location"] == f"s3://{BUCKET}/moved/{after}"

    sagemaker.update_mlflow_tracking_server(TrackingServerName="stopped", ArtifactStoreUri="s3://no-such-bucket-x/y")
    found = tracking.settled("stopped")
    assert (found["TrackingServerStatus"], found["ArtifactStoreUri"]) == ("UpdateFailed", f"s3://{BUCKET}/moved")
    assert tracking.ask(arn, "GET", f"experiments/get?experiment_id={after}").status_code == 200

    sagemaker.delete_mlflow_tracking_server(TrackingServerName="stopped")
    tracking.gone("stopped")
    gone = tracking.ask(arn, "GET", f"experiments/get?experiment_id={after}")
    assert (gone.status_code, gone.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_server_whose_bucket_its_role_cannot_reach_fails_and_its_log_says_why(
    sagemaker: Any, tracking: Tracking
) -> None:
    sagemaker.create_mlflow_tracking_server(
        TrackingServerName="nowhere", ArtifactStoreUri="s3://no-such-bucket-at-all/x", RoleArn=tracking.role
    )
    assert tracking.settled("nowhere")["TrackingServerStatus"] == "CreateFailed"
    assert "s3://no-such-bucket-at-all/x cannot be used by the role" in " ".join(tracking.lines("nowhere"))
    sagemaker.delete_mlflow_tracking_server(TrackingServerName="nowhere")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"MlflowVersion": "1.30.0"}, "one of these versions: 2.13, 2.16, 3.0, 3.10"),
        ({"ArtifactStoreUri": "https://some.where/x"}, "s3://bucket/prefix"),
        ({"TrackingServerName": "standing"}, "already exists"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(
    sagemaker: Any, tracking: Tracking, standing: str, change: dict[str, str], told: str
) -> None:
    asked = {"TrackingServerName": "refused", "ArtifactStoreUri": f"s3://{BUCKET}/x", "RoleArn": tracking.role}
    with pytest.raises(ClientError) as caught:
        sagemaker.create_mlflow_tracking_server(**{**asked, **change})
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert told in caught.value.response["Error"]["Message"]


def test_a_server_that_is_not_there_is_not_found(sagemaker: Any) -> None:
    for operation in ("describe", "start", "stop", "delete"):
        with pytest.raises(ClientError) as caught:
            getattr(sagemaker, f"{operation}_mlflow_tracking_server")(TrackingServerName="nobody")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFound"
    with pytest.raises(ClientError) as caught:
        sagemaker.create_presigned_mlflow_tracking_server_url(TrackingServerName="nobody")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


def test_servers_are_tagged(sagemaker: Any, standing: str) -> None:
    sagemaker.add_tags(ResourceArn=standing, Tags=[{"Key": "team", "Value": "wine"}])
    assert sagemaker.list_tags(ResourceArn=standing)["Tags"] == [{"Key": "team", "Value": "wine"}]
