"""Application Auto Scaling against an endpoint that really serves, once endpoints can be changed."""

from __future__ import annotations

import io
import tarfile
import time

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
CODE = """
def model_fn(model_dir):
    return 1.0

def predict_fn(rows, model):
    return rows
"""
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/real/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
PATIENCE_SECONDS = 240.0


def until(what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.2)


def archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(CODE)
        tar.addfile(entry, io.BytesIO(CODE.encode()))
    return packed.getvalue()


def in_service(sagemaker):
    found = sagemaker.describe_endpoint(EndpointName="real")
    assert found["EndpointStatus"] != "Failed", found.get("FailureReason")
    return found if found["EndpointStatus"] == "InService" else None


def test_a_served_endpoint_gets_the_instances_that_its_minimum_asks_for(server):
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    scaling = server.client("application-autoscaling")
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="model.tar.gz", Body=archive())
    container = {
        "Image": SKLEARN,
        "ModelDataUrl": "s3://models/model.tar.gz",
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
    }
    sagemaker.create_model(ModelName="real", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {
        "VariantName": "main",
        "ModelName": "real",
        "InstanceType": "ml.t2.medium",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="real", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="real", EndpointConfigName="real")
    until(lambda: in_service(sagemaker))
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=3)

    def activity():
        found = scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
        return found[0] if found and found[0]["StatusCode"] != "InProgress" else None

    done = until(activity)
    assert done["StatusCode"] == "Successful", done
    (shown,) = until(lambda: in_service(sagemaker))["ProductionVariants"]
    assert shown["CurrentInstanceCount"] == 2
    scaling.deregister_scalable_target(**TARGET)
    sagemaker.delete_endpoint(EndpointName="real")
