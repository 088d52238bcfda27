"""What is counted of invocations, and shadow variants, which are counted and captured like any other."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from ormer.engines.hosting.routes import Capture, Variant


def written(server: Any) -> None:
    """Have the counts written now."""
    live = server.house.invocations
    asyncio.run_coroutine_threadsafe(live._write_counts(), live.loop).result()


def statistic(server: Any, name: str, namespace: str = "AWS/SageMaker", variant: str = "AllTraffic") -> dict[str, Any]:
    now = datetime.now(UTC)
    found = server.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": "EndpointName", "Value": "one"}, {"Name": "VariantName", "Value": variant}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum", "Average"],
    )["Datapoints"]
    assert found, f"{name} was not measured"
    points: dict[str, Any] = found[0]
    return points


def test_invocations_are_measured_as_aws_does(server, runtime, route, fast, models):
    instances = (models.start("a"), models.start("b"))
    route("one", Variant("AllTraffic", 1.0, instances, evaluator=fast.evaluator))
    for body in (b"1", b"2", b"server"):
        runtime.invoke_endpoint(EndpointName="one", Body=body)
    for kind in ("do/refused", "do/broken"):
        with pytest.raises(ClientError):
            runtime.invoke_endpoint(EndpointName="one", Body=b"server", ContentType=kind)
    written(server)
    assert statistic(server, "Invocations")["Sum"] == 5
    assert statistic(server, "InvocationsPerInstance")["Sum"] == 2.5
    assert statistic(server, "Invocation4XXErrors")["Sum"] == 1
    assert statistic(server, "Invocation5XXErrors")["Average"] == 0.2
    assert statistic(server, "InvocationModelErrors")["Sum"] == 2
    assert statistic(server, "FastPathInvocations", "ormer/Endpoints")["Sum"] == 2
    latency = statistic(server, "ModelLatency")
    assert latency["SampleCount"] == 5
    assert 0 < latency["Minimum"] < latency["Maximum"] < 10_000_000
    assert statistic(server, "OverheadLatency")["Minimum"] >= 0


def test_prometheus_sees_which_path_answered(server, runtime, route, fast, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),), evaluator=fast.evaluator))
    for body in (b"1", b"2", b"server"):
        runtime.invoke_endpoint(EndpointName="one", Body=body)
    page = requests.get(f"{server.config.endpoint}/metrics", timeout=10).text
    counts = [line for line in page.splitlines() if line.startswith("ormer_invocations_total")]
    assert [line.rpartition(" ")[2] for line in counts] == ["2.0", "1.0"]
    assert 'path="evaluator"' in counts[0] and 'endpoint="one"' in counts[0]


def test_a_shadow_gets_a_copy_and_delays_nobody(server, runtime, route, fast, models):
    server.client("s3").create_bucket(Bucket="captures")
    capture = Capture("s3://captures/all", 100, True, True, frozenset({"text/csv"}), frozenset())
    shadow = Variant("ghost", 1.0, (models.start("s"),))
    made = route("one", fast, shadows=(shadow,), capture=capture)
    for number in range(3):
        answer = runtime.invoke_endpoint(EndpointName="one", Body=b"%d" % number, ContentType="text/csv")
        assert answer["InvokedProductionVariant"] == "AllTraffic"
    while server.house.invocations._shadows:
        time.sleep(0.01)
    server.house.captures.flush(made.arn)
    kept: dict[str, list[str]] = {}
    for item in server.house.stores.objects.list("captures"):
        lines = server.house.stores.objects.read_bytes("captures", item.key).splitlines()
        kept[item.key.split("/")[2]] = [json.loads(line)["captureData"]["endpointOutput"]["data"] for line in lines]
    assert sorted(kept["ghost"]) == ["s:0", "s:1", "s:2"]
    assert kept["AllTraffic"] == ["0", "2", "4"]
    written(server)
    assert statistic(server, "Invocations", variant="ghost")["Sum"] == 3


def test_a_shadow_may_have_an_evaluator_of_its_own(server, runtime, route, fast):
    route("one", fast, shadows=(Variant("ghost", 1.0, evaluator=fast.evaluator),))
    for body in (b"1", b"1," * 50_000):
        runtime.invoke_endpoint(EndpointName="one", Body=body)
    while server.house.invocations._shadows:
        time.sleep(0.01)
    written(server)
    assert statistic(server, "FastPathInvocations", "ormer/Endpoints", variant="ghost")["Sum"] == 2
    assert statistic(server, "FastPathInvocations", "ormer/Endpoints")["Sum"] == 2


def test_a_shadow_gets_its_share_and_its_failures_are_its_own(server, runtime, route, fast, models):
    fast = Variant("AllTraffic", 4.0, evaluator=fast.evaluator)
    shadow = Variant("ghost", 1.0, (models.start("s"),))
    route("one", fast, shadows=(shadow,))
    for _ in range(80):
        runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType="do/refused")
    while server.house.invocations._shadows:
        time.sleep(0.01)
    written(server)
    # 20 are expected; six standard deviations below and above.
    assert 0 < statistic(server, "Invocations", variant="ghost")["Sum"] < 42
    assert statistic(server, "InvocationModelErrors", variant="AllTraffic")["Sum"] == 0
