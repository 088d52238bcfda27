"""Instances come and go: requests that saw no byte of an answer go elsewhere, or wait for the engine."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.aws.errors import AwsError
from ormer.engines.hosting import fleets
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.routes import Variant


def test_a_request_whose_instance_dies_is_answered_by_another(runtime, route, models):
    """The first instance that the request reaches ends without a word."""
    both = (models.start("a"), models.start("b"))
    route("one", Variant("AllTraffic", 1.0, both))
    shared = str(models.folder / "once")
    answer = runtime.invoke_endpoint(EndpointName="one", Body=shared.encode(), ContentType="do/dies-once")
    assert answer["Body"].read() in (b"a", b"b")


def test_no_request_fails_while_an_instance_dies_under_load(server, route, models):
    instances = tuple(models.start(name) for name in "abc")
    route("one", Variant("AllTraffic", 1.0, instances))
    runtime = server.client("sagemaker-runtime")
    killed = threading.Event()

    def ask(number: int) -> bytes:
        if number == 60:
            models.kill("a")
            killed.set()
        answer = runtime.invoke_endpoint(EndpointName="one", Body=b"0.002", ContentType="do/slow")
        body: bytes = answer["Body"].read()
        return body

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(200)))
    assert killed.is_set()
    assert answers == [b"late"] * 200
    assert sum(instance.active for instance in instances) == 0


def test_a_request_waits_for_the_engine_to_bring_an_instance(runtime, route, models):
    gone = models.start("a")
    route("one", Variant("AllTraffic", 1.0, (gone,)))
    models.kill("a")

    def bring() -> None:
        time.sleep(0.3)
        route("one", Variant("AllTraffic", 1.0, (models.start("b"),)))

    bringing = threading.Thread(target=bring)
    bringing.start()
    answer = runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType="text/csv")
    bringing.join()
    assert answer["Body"].read() == b"b:1"


def test_a_request_finds_its_instance_again_when_it_is_back_under_its_old_name(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    models.kill("a")
    bringing = threading.Timer(0.3, models.start, ("a",))
    bringing.start()
    answer = runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType="text/csv")
    bringing.join()
    assert answer["Body"].read() == b"a:1"


def test_where_no_instance_comes_the_service_is_unavailable(runtime, route, monkeypatch):
    monkeypatch.setattr(fleets, "PATIENCE_SECONDS", 0.2)
    route("one", Variant("AllTraffic", 1.0))
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="one", Body=b"1")
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_an_answer_that_had_begun_is_the_models_error_and_not_repeated(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"), models.start("b"))))
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="one", Body=b"half", ContentType="do/broken-chunks")
    assert caught.value.response["Error"]["Code"] == "ModelError"
    assert caught.value.response["OriginalStatusCode"] == 0
    answer = runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType="text/csv")
    assert answer["Body"].read() in (b"a:1", b"b:1")


def test_a_model_that_takes_too_long_is_told_by_its_container(server, runtime, route, models):
    made = route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    live: Any = server.house.invocations
    asked = Asked(b"5", "do/slow")
    with pytest.raises(AwsError) as caught:
        server.house.port.data_plane._in_loop(live.invoke(made, asked, seconds_max=0.2))
    assert caught.value.code == "ModelError"
    assert "Your invocation timed out while waiting for a response from container primary" in caught.value.message
    assert made.variants[0].instances[0].active == 0


def test_requests_go_to_the_instance_with_the_fewest(server, route, models):
    instances = (models.start("a"), models.start("b"))
    route("one", Variant("AllTraffic", 1.0, instances))
    runtime = server.client("sagemaker-runtime")
    ask = {"EndpointName": "one", "ContentType": "do/slow"}
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(runtime.invoke_endpoint, Body=b"1", **ask)
        while not instances[0].active + instances[1].active:
            time.sleep(0.01)
        busy = "a" if instances[0].active else "b"
        answers = [
            runtime.invoke_endpoint(EndpointName="one", Body=b"", ContentType="text/csv")["Body"].read()
            for _ in range(5)
        ]
        slow.result()
    assert busy.encode() + b":" not in answers
