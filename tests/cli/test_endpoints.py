"""What the commands say of endpoints, and what `ormer down` does to their instances."""

from __future__ import annotations

import io
import json
import tarfile

from tests.cli.test_cli import Shell
from tests.cli.test_jobs import REGISTRY, client, shell, until, up

__all__ = ["shell", "up"]
CODE = "def model_fn(d):\n    print('here I am', flush=True)\n    return 1\n"


def serve(shell: Shell, name: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(CODE)
        opened.addfile(member, io.BytesIO(CODE.encode()))
    s3, sagemaker = client(shell, "s3"), client(shell, "sagemaker")
    s3.create_bucket(Bucket="command-line")
    s3.put_object(Bucket="command-line", Key="model.tar.gz", Body=packed.getvalue())
    primary = {"Image": f"{REGISTRY}/python:3.11", "ModelDataUrl": "s3://command-line/model.tar.gz"}
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=primary)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    in_service(shell, name)


def in_service(shell: Shell, name: str) -> None:
    def read() -> tuple[str, int]:
        found = client(shell, "sagemaker").describe_endpoint(EndpointName=name)
        return found["EndpointStatus"], found["ProductionVariants"][0]["CurrentInstanceCount"]

    until(read, lambda found: found == ("InService", 1))


def test_an_endpoint_is_shown_and_its_instances_go_on_or_stop_as_asked(up: Shell) -> None:
    serve(up, "shop")
    row = {"kind": "Endpoint", "name": "shop", "status": "InService"}
    assert row in json.loads(up("status", "--json"))["under_way"]
    until(lambda: up("logs", "shop"), lambda said: "here I am" in said)
    assert "Instances of endpoints that go on: 1." in up("down")
    up("up", "-d")
    in_service(up, "shop")
    assert up("logs", "shop").count("here I am") == 1
    assert "Instances of endpoints that were stopped: 1." in up("down", "--stop-jobs")
    up("up", "-d")
    until(lambda: up("logs", "shop"), lambda said: said.count("here I am") == 2)
    in_service(up, "shop")
