"""Endpoints through unmodified SDKs, and what people do with variants through boto3."""

from __future__ import annotations

import collections
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import World

ENDPOINTS = Path(__file__).parent / "endpoints"
WAIT_SECONDS = 240


@pytest.mark.journey
@pytest.mark.timeout(1200)
def test_sdk_2_hosts_models_in_every_way_it_knows(world: World) -> None:
    told = world.stages("sagemaker-2.257", ENDPOINTS / "sdk_2.py")
    predicted = numbers(told["estimator"]["csv"])
    assert len(predicted) == 3 and predicted[0] == pytest.approx(5.75, abs=1.0)
    assert [each["score"] for each in told["estimator"]["json"]["predictions"]] == predicted

    (line,) = [json.loads(text) for text in told["capture"]["lines"]]
    assert line["eventMetadata"]["inferenceId"] == "asked-once"
    assert line["captureData"]["endpointInput"]["data"].split() == ["0.5,0.25", "0.125,0.75", "0.875,0.0"]
    assert [float(text) for text in line["captureData"]["endpointOutput"]["data"].split()] == predicted
    assert (told["capture"]["instances"], told["capture"]["status"]) == (2, "Started")
    assert numbers(told["capture"]["after"]) == predicted

    for stage in ("registered", "serverless", "asynchronous"):
        assert numbers(told[stage]["csv"]) == predicted, stage
    assert numbers(told["asynchronous"]["one"]) == predicted[:1]

    several = told["several"]
    assert numbers(several["csv"]["deep.tar.gz"]) == predicted
    assert numbers(several["csv"]["flat/one.tar.gz"]) != predicted
    assert several["listed"] == ["deep.tar.gz", "flat/one.tar.gz"]
    assert "nothing.tar.gz" in several["refused"]

    assert numbers(told["scripts"]["scaled"]) == [1.0, 0.5, 0.25, 1.5, 1.75, 0.0]
    assert numbers(told["scripts"]["boosted"]) == predicted
    assert numbers(told["chained"]["csv"]) == numbers(told["chained"]["halves"]) != predicted
    assert_close_to_labels(told["transformed"]["rows"])
    assert_explained(told["explained"], predicted)
    assert told["ended"] == {"stage": "ended", "made": 9, "left": []}


@pytest.mark.journey
@pytest.mark.timeout(1200)
def test_sdk_3_hosts_what_its_builder_builds(world: World) -> None:
    told = world.stages("sagemaker-3", ENDPOINTS / "sdk_3.py")
    predicted = told["built"]["csv"]
    assert len(predicted) == 3 and float(predicted[0]) == pytest.approx(5.75, abs=1.0)
    assert told["serverless"]["csv"] == told["registered"]["csv"] == predicted
    ((_, captured),) = told["registered"]["captured"]
    assert json.loads(captured)["captureData"]["endpointOutput"]["data"].split() == predicted
    ((key, answer),) = told["asynchronous"]["answers"]
    assert key.endswith(".out") and answer.split() == predicted[:1]
    assert_close_to_labels(told["transformed"]["rows"])
    assert told["ended"] == {"stage": "ended", "made": 4, "left": []}


@pytest.mark.journey
@pytest.mark.timeout(600)
def test_traffic_is_split_moved_and_rolled_back(world: World) -> None:
    """A/B by weight, the better variant gets all of it, and a canary that sets an alarm off goes back."""
    sagemaker, runtime = world.client("sagemaker"), world.client("sagemaker-runtime")
    for factor in (2, 3, 4):
        scaling_model(world, factor)
    create_config(sagemaker, "ab", {"A": (2, 3.0), "B": (3, 1.0)})
    sagemaker.create_endpoint(EndpointName="ab", EndpointConfigName="ab")
    until_in_service(sagemaker, "ab")

    def ask(**more: str) -> tuple[str, str]:
        answer = runtime.invoke_endpoint(EndpointName="ab", Body=b"1\n", ContentType="text/csv", **more)
        return answer["InvokedProductionVariant"], answer["Body"].read().decode().strip()

    asked = collections.Counter(ask() for _ in range(200))
    assert set(asked) == {("A", "2.0"), ("B", "3.0")} and asked["A", "2.0"] > asked["B", "3.0"]
    assert ask(TargetVariant="B") == ("B", "3.0")

    weights = [{"VariantName": "A", "DesiredWeight": 0}, {"VariantName": "B", "DesiredWeight": 1}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="ab", DesiredWeightsAndCapacities=weights)
    until_in_service(sagemaker, "ab")
    assert {ask() for _ in range(50)} == {("B", "3.0")}

    alarm_on_a_metric(world)
    create_config(sagemaker, "canary", {"B": (4, 1.0)})
    sagemaker.update_endpoint(EndpointName="ab", EndpointConfigName="canary", DeploymentConfig=CANARY)
    described = complained_until_in_service(world, "ab")
    assert described["EndpointConfigName"] == "ab"
    assert {ask() for _ in range(50)} == {("B", "3.0")}
    sagemaker.delete_endpoint(EndpointName="ab")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="ab", WaiterConfig={"Delay": 1})


CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 600,
        }
    },
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "too-many-complaints"}]},
}
SCALE = """
import os

def model_fn(model_dir):
    return float(open(os.path.join(model_dir, "factor")).read())

def transform_fn(factor, body, content_type, accept):
    return "".join(f"{float(line) * factor}\\n" for line in body.split()), "text/csv"
"""


def scaling_model(world: World, factor: int) -> None:
    """A model that multiplies."""
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path, text in (("factor", str(factor)), ("code/inference.py", SCALE)):
            info = tarfile.TarInfo(path)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    image = f"{world.config.account}.dkr.ecr.{world.config.region}.amazonaws.com/python:3.11"
    uri = world.write(f"scaling/{factor}/model.tar.gz", packed.getvalue())
    container = {"Image": image, "ModelDataUrl": uri}
    world.client("sagemaker").create_model(
        ModelName=f"times-{factor}", PrimaryContainer=container, ExecutionRoleArn=world.role
    )


def create_config(sagemaker: Any, name: str, variants: dict[str, tuple[int, float]]) -> None:
    """variants: {name: (factor of its model, weight)}."""
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {
                "VariantName": variant,
                "ModelName": f"times-{factor}",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
                "InitialVariantWeight": weight,
            }
            for variant, (factor, weight) in variants.items()
        ],
    )


def alarm_on_a_metric(world: World) -> None:
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="too-many-complaints",
        Namespace="Shop",
        MetricName="Complaints",
        Statistic="Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def complained_until_in_service(world: World, name: str) -> dict[str, Any]:
    """Complaints come in until the endpoint is in service again: an alarm counts only once traffic was moved.

    So the alarm must not be over before the new instance answers, however long that takes to start.
    """
    cloudwatch = world.client("cloudwatch")
    complaints = [{"MetricName": "Complaints", "Value": 100}]
    return until_in_service(
        world.client("sagemaker"), name, lambda: cloudwatch.put_metric_data(Namespace="Shop", MetricData=complaints)
    )


def until_in_service(sagemaker: Any, name: str, meanwhile: Callable[[], object] = lambda: None) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        meanwhile()
        described: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=name)
        if described["EndpointStatus"] in ("InService", "Failed"):
            assert described["EndpointStatus"] == "InService", described
            return described
        time.sleep(0.2)
    raise AssertionError(f"{name} is {described['EndpointStatus']}: {described}")


def numbers(rows: list[list[str]]) -> list[float]:
    return [float(cell) for row in rows for cell in row]


def assert_explained(told: dict[str, Any], predicted: list[float]) -> None:
    """All that speaks for a record's prediction sums to its distance from the baseline's, which is one for all."""
    kept = [explanation is not None for explanation in told["some"]["explanations"]["kernel_shap"]]
    assert kept == [value > 5 for value in predicted] and set(kept) == {True, False}
    assert [float(text) for text in told["every"]["predictions"]["data"].split()] == predicted
    sums = [
        sum(feature["attributions"][0]["attribution"][0] for feature in record)
        for record in told["every"]["explanations"]["kernel_shap"]
    ]
    distances = [value - total for value, total in zip(predicted, sums, strict=True)]
    assert distances == [pytest.approx(distances[0], abs=1e-4)] * 3


def assert_close_to_labels(text: str) -> None:
    rows = [[float(cell) for cell in line.split(",")] for line in text.splitlines()]
    assert len(rows) == 30
    assert all(abs(label - predicted) < 1.5 for label, predicted in rows)
