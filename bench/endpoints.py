"""Endpoints of the measured server: the bench's model behind them, and requests signed once and sent often."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from bench.load import Target
from bench.rivals.servers import Rows, csv_body
from bench.servers import REGION, ROLE, Served

BUCKET = "bench-models"
IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.0-5"
VARIANT = "AllTraffic"
IN_SERVICE_SECONDS = 300.0
POLL_SECONDS = 0.01
# The container's own functions do everything but loading: what a person writes who brings code along.
SCRIPT = """
import os, xgboost

def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(model_dir, "xgboost-model"))
    return booster

def output_fn(prediction, accept):
    return "".join(f"{value}\\n" for value in prediction.tolist()), "text/csv"
"""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint in service. in_service_seconds: from the request that made it."""

    server: Served
    name: str
    in_service_seconds: float

    def target(self, rows: Rows) -> Target:
        """The signed invocation; the signature holds for 15 minutes."""
        path, body = f"/endpoints/{self.name}/invocations", csv_body(rows)
        headers = {"Content-Type": "text/csv", "Accept": "text/csv"}
        request = AWSRequest("POST", f"{self.server.endpoint}{path}", data=body, headers=headers)
        credentials = self.server.client("sagemaker")._request_signer._credentials
        SigV4Auth(credentials, "sagemaker", REGION).add_auth(request)
        return Target(int(self.server.endpoint.rsplit(":", 1)[1]), path, body, dict(request.headers.items()))


class Endpoints:
    """Makes endpoints of one model on a server."""

    def __init__(self, server: Served, model: Path) -> None:
        self._server = server
        self._client = server.client("sagemaker")
        self._s3 = server.client("s3")
        self._s3.create_bucket(Bucket=BUCKET)
        self._made: set[str] = set()
        self._model("plain", {"xgboost-model": model.read_bytes()}, {})
        code = {"xgboost-model": model.read_bytes(), "code/inference.py": SCRIPT.encode()}
        self._model("scripted", code, {"SAGEMAKER_PROGRAM": "inference.py"})

    def make(self, name: str, model: str = "plain", captured: bool = False) -> Endpoint:
        """An endpoint in service. Raises RuntimeError with its FailureReason."""
        variant = {"VariantName": VARIANT, "ModelName": model, "InstanceType": "ml.t2.medium"}
        config: dict[str, Any] = {"ProductionVariants": [{**variant, "InitialInstanceCount": 1}]}
        if captured:
            config["DataCaptureConfig"] = {
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{BUCKET}/captured",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
            }
        self._client.create_endpoint_config(EndpointConfigName=name, **config)
        self._made.add(name)
        began = time.monotonic()
        self._client.create_endpoint(EndpointName=name, EndpointConfigName=name)
        while True:
            described = self._client.describe_endpoint(EndpointName=name)
            if described["EndpointStatus"] == "InService":
                return Endpoint(self._server, name, time.monotonic() - began)
            if described["EndpointStatus"] != "Creating" or time.monotonic() - began > IN_SERVICE_SECONDS:
                raise RuntimeError(f"the endpoint {name} is {described['EndpointStatus']}: {described}")
            time.sleep(POLL_SECONDS)

    def remove(self, names: Sequence[str]) -> None:
        """Delete endpoints, and return when nothing of them runs any more: instances outlive a server that ends."""
        for name in names:
            self._client.delete_endpoint(EndpointName=name)
        for name in names:
            waiter = self._client.get_waiter("endpoint_deleted")
            waiter.wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
            self._made.discard(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove(sorted(self._made))

    def answered_in_process(self, name: str) -> bool:
        """Whether the server itself answered an endpoint's invocations, without asking the model's own server."""
        now = datetime.now(UTC)
        found = self._server.client("cloudwatch").get_metric_statistics(
            Namespace="ormer/Endpoints",
            MetricName="FastPathInvocations",
            Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": VARIANT}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )
        return any(point["Sum"] > 0 for point in found["Datapoints"])

    def _model(self, name: str, members: dict[str, bytes], variables: dict[str, str]) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for path, content in members.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        self._s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=packed.getvalue())
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz", "Environment": variables}
        self._client.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
