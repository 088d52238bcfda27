"""AWS::SageMaker::MlflowTrackingServer: a stack waits until the server stands, changes it, and takes it away."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from .conftest import BUCKET, PATIENCE_SECONDS, Tracking


def ended(cloudformation: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            found: dict[str, Any] = stack
            return found
        assert time.monotonic() < deadline, stack
        time.sleep(0.1)


def template(tracking: Tracking, **more: Any) -> str:
    properties = {"TrackingServerName": "of-a-stack", "ArtifactStoreUri": f"s3://{BUCKET}/stack", **more}
    server = {"Type": "AWS::SageMaker::MlflowTrackingServer", "Properties": {**properties, "RoleArn": tracking.role}}
    outputs = {"Name": {"Value": {"Ref": "S"}}, "Arn": {"Value": {"Fn::GetAtt": ["S", "TrackingServerArn"]}}}
    return json.dumps({"Resources": {"S": server}, "Outputs": outputs})


def test_a_stack_makes_changes_and_deletes_a_tracking_server(tracking: Tracking, sagemaker: Any) -> None:
    cloudformation = tracking.live.client("cloudformation")
    cloudformation.create_stack(StackName="tracked", TemplateBody=template(tracking))
    stack = ended(cloudformation, "tracked")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    found = sagemaker.describe_mlflow_tracking_server(TrackingServerName=outputs["Name"])
    assert (found["TrackingServerStatus"], found["TrackingServerArn"]) == ("Created", outputs["Arn"])

    cloudformation.update_stack(StackName="tracked", TemplateBody=template(tracking, AutomaticModelRegistration=True))
    assert ended(cloudformation, "tracked")["StackStatus"] == "UPDATE_COMPLETE"
    found = sagemaker.describe_mlflow_tracking_server(TrackingServerName="of-a-stack")
    assert (found["TrackingServerStatus"], found["AutomaticModelRegistration"]) == ("Updated", True)

    cloudformation.delete_stack(StackName="tracked")
    tracking.gone("of-a-stack")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_mlflow_tracking_server(TrackingServerName="of-a-stack")
