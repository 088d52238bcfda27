"""MLflow apps by boto3 and by signed requests."""

from __future__ import annotations

from typing import Any

from botocore.credentials import Credentials

from .conftest import BUCKET, Tracking


def test_an_app_is_made_changed_asked_listed_and_deleted(sagemaker: Any, tracking: Tracking) -> None:
    asked = {"ArtifactStoreUri": f"s3://{BUCKET}/apps", "RoleArn": tracking.role}
    arn = sagemaker.create_mlflow_app(Name="first", AccountDefaultStatus="ENABLED", **asked)["Arn"]
    assert ":mlflow-app/app-" in arn
    found = tracking.settled_app(arn)
    assert (found["Status"], found["Name"], found["MlflowVersion"]) == ("Created", "first", "3.10.1")
    made = tracking.ask(arn, "POST", "experiments/create", {"name": "of an app"})
    assert made.status_code == 200, made.text
    url = sagemaker.create_presigned_mlflow_app_url(Arn=arn)["AuthorizedUrl"]
    assert url.startswith("http://t-") and "/auth?authToken=" in url

    other = sagemaker.create_mlflow_app(Name="second", AccountDefaultStatus="ENABLED", **asked)["Arn"]
    assert sagemaker.describe_mlflow_app(Arn=arn)["AccountDefaultStatus"] == "DISABLED"
    listed = sagemaker.list_mlflow_apps(SortBy="Name", SortOrder="Ascending")["Summaries"]
    assert [each["Name"] for each in listed] == ["first", "second"]
    assert [each["Arn"] for each in sagemaker.list_mlflow_apps(AccountDefaultStatus="ENABLED")["Summaries"]] == [other]
    sagemaker.delete_mlflow_app(Arn=other)

    sagemaker.update_mlflow_app(Arn=arn, Name="renamed", ModelRegistrationMode="AutoModelRegistrationEnabled")
    found = tracking.settled_app(arn)
    assert (found["Status"], found["Name"]) == ("Updated", "renamed")
    assert found["ModelRegistrationMode"] == "AutoModelRegistrationEnabled"
    sagemaker.delete_mlflow_app(Arn=arn)


def test_one_action_opens_an_app_and_without_it_nothing_is(tracking: Tracking, sagemaker: Any) -> None:
    asked = {"ArtifactStoreUri": f"s3://{BUCKET}/apps", "RoleArn": tracking.role}
    arn = sagemaker.create_mlflow_app(Name="guarded", **asked)["Arn"]
    tracking.settled_app(arn)
    iam = tracking.live.client("iam")
    iam.create_user(UserName="app-reader")
    key = iam.create_access_key(UserName="app-reader")["AccessKey"]
    reader = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    refused = tracking.ask(arn, "GET", "experiments/search?max_results=1", credentials=reader)
    assert refused.status_code == 403 and "sagemaker:CallMlflowAppApi" in refused.json()["message"]
    allow = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:CallMlflowAppApi", '
        f'"Resource": "{arn}"}}]}}'
    )
    iam.put_user_policy(UserName="app-reader", PolicyName="apps", PolicyDocument=allow)
    assert tracking.ask(arn, "GET", "experiments/search?max_results=1", credentials=reader).status_code == 200
    sagemaker.delete_mlflow_app(Arn=arn)
