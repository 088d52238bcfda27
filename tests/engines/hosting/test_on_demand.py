"""Instances and models that come when they are asked for: serverless, standby servers, multi-model, metrics."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import xgboost
from tests.engines.hosting.conftest import HURRIED, PYTHON_IMAGE, ROLE, TELLER, XGBOOST_IMAGE, archive, exchange

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.engines.hosting.routes import Answer
from ormer.engines.hosting.trees import NotFlat
from ormer.engines.jobs import servers
from ormer.stores.tables import metric_points

SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
PIPE = """
def model_fn(folder):
    return "{name}"
def transform_fn(model, body, content_type, accept):
    return (body.decode() if isinstance(body, bytes) else body) + model, "text/plain"
"""


class Sum:
    """Answers the sum of a CSV row; leaves everything else to the server."""

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        if content_type != "text/csv":
            return None
        return Answer(200, str(sum(map(float, body.split(b",")))).encode(), "text/csv")


def test_a_serverless_variant_wakes_when_it_is_asked_and_sleeps_again(hotel):
    hotel.model("teller")
    found = hotel.serve("one", {"ModelName": "teller", **SERVERLESS})
    assert found["ProductionVariants"][0]["CurrentServerlessConfig"] == SERVERLESS["ServerlessConfig"]
    assert "CurrentInstanceCount" not in found["ProductionVariants"][0]
    assert hotel.instances("one") == [] and hotel.pids("one") == {}
    assert hotel.route("one").variants[0].concurrency_max == 5
    assert hotel.ask("one")[1].startswith("teller ")
    hotel.eventually(lambda: hotel.instances("one") == [] and hotel.pids("one") == {})
    assert hotel.ask("one")[0] == 200


def test_provisioned_concurrency_keeps_an_instance(hotel):
    hotel.model("teller")
    config = {"ServerlessConfig": {**SERVERLESS["ServerlessConfig"], "ProvisionedConcurrency": 1}}
    hotel.serve("one", {"ModelName": "teller", **config})
    assert len(hotel.instances("one")) == 1
    change = {"VariantName": "v1", "ServerlessUpdateConfig": {"MaxConcurrency": 9}}
    request = {"EndpointName": "one", "DesiredWeightsAndCapacities": [change]}
    hotel.call("UpdateEndpointWeightsAndCapacities", request)
    kept = hotel.settled("one")["ProductionVariants"][0]["CurrentServerlessConfig"]
    assert kept["MaxConcurrency"] == 9
    hotel.eventually(lambda: hotel.route("one").variants[0].concurrency_max == 9)


def built_in(hotel, tmp_path: Path, **container) -> str:
    """A model of the built-in algorithm."""
    rows = np.arange(20.0).reshape(10, 2)
    booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(rows, rows.sum(axis=1)), 2)
    booster.save_model(tmp_path / "xgboost-model.ubj")
    data = archive({"xgboost-model": (tmp_path / "xgboost-model.ubj").read_bytes()})
    primary = {"Image": XGBOOST_IMAGE, "ModelDataUrl": hotel.put("boosted/model.tar.gz", data), **container}
    hotel.call("CreateModel", {"ModelName": "boosted", "ExecutionRoleArn": ROLE, "PrimaryContainer": primary})
    return "boosted"


def test_a_model_that_needs_no_server_is_evaluated_and_its_server_stands_by(make_hotel, tmp_path):
    seen: list[tuple[Path, Mapping[str, str]]] = []

    def build(folder, environ):
        seen.append((folder, environ))
        return Sum()

    hotel = make_hotel(build=build)
    found = hotel.serve("one", {"ModelName": built_in(hotel, tmp_path), "InitialInstanceCount": 2})
    assert found["EndpointStatus"] == "InService", found
    hotel.eventually(lambda: hotel.pids("one") == {})
    variant = hotel.route("one").variants[0]
    assert variant.evaluator.answer(b"1,2", "text/csv", "").body == b"3.0"
    assert seen[0][0].is_relative_to(hotel.folder("one") / "fleets")
    assert seen[0][1]["ORMER_IMAGE_TAG"] == "3.0-5"
    described = hotel.call("DescribeEndpoint", {"EndpointName": "one"})["ProductionVariants"][0]
    assert described["CurrentInstanceCount"] == 2
    assert hotel.ask("one", b"1,2\n", **{"Content-Type": "text/csv"})[0] == 200
    hotel.eventually(lambda: hotel.pids("one") == {})
    hotel.abandon()
    again = make_hotel(build=build)
    again.eventually(lambda: again.route("one") and again.route("one").variants[0].evaluator)
    assert again.pids("one") == {}


def test_a_model_that_only_its_server_can_evaluate_keeps_it_and_the_log_says_why(make_hotel, tmp_path):
    def build(folder, environ):
        raise NotFlat("a booster of the kind dart")

    hotel = make_hotel(build=build)
    hotel.serve("one", {"ModelName": built_in(hotel, tmp_path)})
    assert hotel.route("one").variants[0].evaluator is None
    assert hotel.ask("one", b"1,2\n", **{"Content-Type": "text/csv"})[0] == 200
    assert any("a booster of the kind dart" in line for _, line in hotel.log("one"))
    assert len(hotel.pids("one")) == 1


def many(hotel, names: list[str], **container) -> str:
    for name in names:
        hotel.put(f"many/{name}.tar.gz", archive({"code/inference.py": TELLER.replace("{name}", name)}))
    primary = {"Image": PYTHON_IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models-of-endpoints/many/"}
    request = {"ModelName": "many", "ExecutionRoleArn": ROLE, "PrimaryContainer": {**primary, **container}}
    hotel.call("CreateModel", request)
    return "many"


def invoke(hotel, target: str) -> str:
    """As the lane invokes a model of many."""
    route = hotel.route("one")
    instance = route.variants[0].instances[0]
    path = hotel.engine.load_model(route, route.variants[0], instance, target)
    status, body = exchange(instance.sockets[0], "POST", path, b"x")
    assert status == 200, body
    return body.decode().split()[0]


def test_many_models_are_loaded_when_they_are_first_asked_for(hotel):
    hotel.serve("one", {"ModelName": many(hotel, ["a", "b"])})
    assert hotel.route("one").variants[0].multi_model
    assert [invoke(hotel, f"{name}.tar.gz") for name in ("a", "b", "a")] == ["a", "b", "a"]
    route = hotel.route("one")
    with pytest.raises(AwsError, match="Failed to download model data") as error:
        hotel.engine.load_model(route, route.variants[0], route.variants[0].instances[0], "c.tar.gz")
    assert error.value.code == "ValidationError"
    hotel.put("many/c.tar.gz", archive({"code/inference.py": "raise OSError('torn')"}))
    with pytest.raises(AwsError, match="torn") as error:
        hotel.engine.load_model(route, route.variants[0], route.variants[0].instances[0], "c.tar.gz")
    assert error.value.code == "ModelError"


def test_a_model_of_many_is_loaded_once_however_many_ask(hotel):
    hotel.serve("one", {"ModelName": many(hotel, ["a"])})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: invoke(hotel, "a.tar.gz"), range(4))) == ["a"] * 4
    loaded = [line for _, line in hotel.eventually(lambda: hotel.log("one")) if line == "the model a is here"]
    assert len(loaded) <= 1


def test_a_container_that_caches_no_models_holds_one(hotel):
    hotel.serve("one", {"ModelName": many(hotel, ["a", "b"], MultiModelConfig={"ModelCacheSetting": "Disabled"})})
    assert [invoke(hotel, f"{name}.tar.gz") for name in ("a", "b")] == ["a", "b"]
    socket = hotel.instances("one")[0].sockets[0]
    assert exchange(socket, "GET", "/models")[1].count(b"modelName") == 1
    assert invoke(hotel, "a.tar.gz") == "a"


def containers(hotel, *names: str, **more) -> str:
    described = []
    for name in names:
        uri = hotel.put(f"{name}.tar.gz", archive({"code/inference.py": PIPE.replace("{name}", name)}))
        described.append({"Image": PYTHON_IMAGE, "ModelDataUrl": uri, "ContainerHostname": name})
    hotel.call("CreateModel", {"ModelName": "chain", "ExecutionRoleArn": ROLE, "Containers": described, **more})
    return "chain"


def test_a_pipeline_has_a_socket_and_a_stream_for_each_container(hotel):
    hotel.serve("one", {"ModelName": containers(hotel, "a", "b")})
    instance = hotel.instances("one")[0]
    answers = [exchange(socket, "POST", "/invocations", b"x")[1] for socket in instance.sockets]
    assert answers == [b"xa", b"xb"]
    assert instance.hostnames == ()
    streams = {f"v1/{instance.name}/container-{number}" for number in (1, 2)}
    hotel.eventually(lambda: streams <= {stream for stream, _ in hotel.log("one")})


def test_containers_that_are_invoked_one_by_one_are_named(hotel):
    name = containers(hotel, "a", "b", InferenceExecutionConfig={"Mode": "Direct"})
    hotel.serve("one", {"ModelName": name})
    assert hotel.instances("one")[0].hostnames == ("a", "b")


def test_a_shadow_variant_stands_beside_the_production_variant(hotel):
    hotel.model("a")
    hotel.model("b")
    shadow = {"VariantName": "s", "ModelName": "b", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    found = hotel.serve("one", {"ModelName": "a"}, ShadowProductionVariants=[shadow])
    assert found["ShadowProductionVariants"][0]["CurrentInstanceCount"] == 1
    route = hotel.route("one")
    assert [each.model_name for each in route.variants] == ["a"]
    assert [(each.name, each.model_name, len(each.instances)) for each in route.shadows] == [("s", "b", 1)]


def test_an_endpoint_that_is_updated_to_a_configuration_without_its_shadow_tells_of_none(hotel):
    hotel.model("a")
    shadow = {"VariantName": "s", "ModelName": "a", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    hotel.serve("one", {"ModelName": "a"}, ShadowProductionVariants=[shadow])
    hotel.configure("alone", {"ModelName": "a"})
    hotel.call("UpdateEndpoint", {"EndpointName": "one", "EndpointConfigName": "alone"})
    found = hotel.settled("one")
    assert found["EndpointStatus"] == "InService" and found["EndpointConfigName"] == "alone"
    assert "ShadowProductionVariants" not in found
    assert hotel.route("one").shadows == ()


def test_a_route_carries_capture_and_asynchronous_output(hotel):
    hotel.model("teller")
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://models-of-endpoints/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["Text/CSV"]},
    }
    output = {"OutputConfig": {"S3OutputPath": "s3://models-of-endpoints/async"}}
    found = hotel.serve("one", {"ModelName": "teller"}, DataCaptureConfig=capture, AsyncInferenceConfig=output)
    assert found["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 20,
        "DestinationS3Uri": "s3://models-of-endpoints/captured",
        "KmsKeyId": "",
    }
    assert found["AsyncInferenceConfig"] == output
    route = hotel.route("one")
    assert (route.capture.inputs, route.capture.outputs, route.capture.percentage) == (True, False, 20)
    assert route.capture.csv_types == {"text/csv"}
    assert route.async_output.output_uri == "s3://models-of-endpoints/async"
    assert route.role_arn == ROLE


def test_an_asynchronous_endpoint_may_have_no_instance_for_a_while(hotel):
    hotel.model("teller")
    output = {"OutputConfig": {"S3OutputPath": "s3://models-of-endpoints/async"}}
    hotel.serve("one", {"ModelName": "teller"}, AsyncInferenceConfig=output)
    for count in (0, 1):
        change = [{"VariantName": "v1", "DesiredInstanceCount": count}]
        hotel.call("UpdateEndpointWeightsAndCapacities", {"EndpointName": "one", "DesiredWeightsAndCapacities": change})
        found = hotel.settled("one")["ProductionVariants"][0]
        assert (found["CurrentInstanceCount"], found["DesiredInstanceCount"]) == (count, count)
        assert len(hotel.route("one").variants[0].instances) == count


def test_clarify_finds_the_model_behind_an_endpoint(hotel):
    hotel.model("teller")
    hotel.serve("one", {"ModelName": "teller"})
    api = hotel.port.acting_as(root_identity(hotel.config.account), hotel.config.region)
    assert servers.model_behind(api, "one")["ModelName"] == "teller"


def test_what_instances_use_becomes_metrics(hotel):
    hotel.model("teller")
    hotel.serve("one", {"ModelName": "teller"})

    def points():
        with hotel.stores.database.read() as tx:
            return tx.all(sa.select(metric_points).where(metric_points.c.namespace == "/aws/sagemaker/Endpoints"))

    found = hotel.eventually(lambda: {each["name"]: each for each in points()})
    assert set(found) == {"CPUUtilization", "MemoryUtilization", "DiskUtilization"}
    assert found["MemoryUtilization"]["sum"] > 0
    assert found["CPUUtilization"]["dimensions"] == "EndpointName=one,VariantName=v1"
    assert HURRIED.measure < 1


def test_an_isolated_model_serves_without_a_network(hotel):
    code = TELLER.replace(
        'return "{name}"',
        """
    try:
        socket.create_connection(("127.0.0.1", 4590), 1)
    except OSError as error:
        return type(error).__name__""",
    )
    uri = hotel.put("alone.tar.gz", archive({"code/inference.py": code}))
    primary = {"Image": PYTHON_IMAGE, "ModelDataUrl": uri}
    hotel.call(
        "CreateModel",
        {"ModelName": "alone", "ExecutionRoleArn": ROLE, "PrimaryContainer": primary, "EnableNetworkIsolation": True},
    )
    assert hotel.serve("one", {"ModelName": "alone"})["EndpointStatus"] == "InService"
    assert hotel.ask("one")[1].split()[0] in ("OSError", "ConnectionRefusedError")
