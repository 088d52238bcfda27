"""InvokeEndpointWithResponseStream: parts come as the model sends them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from ormer.engines.hosting.routes import Variant


def parts(answer: dict[str, Any]) -> list[bytes]:
    return [event["PayloadPart"]["Bytes"] for event in answer["Body"]]


def test_parts_arrive_as_the_model_sends_them(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName="one", Body=b"first|second|third", ContentType="do/chunks"
    )
    assert answer["ContentType"] == "text/plain"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert parts(answer) == [b"first", b"second", b"third"]


def test_an_evaluators_answer_is_one_part(runtime, route, fast):
    route("one", fast)
    assert parts(runtime.invoke_endpoint_with_response_stream(EndpointName="one", Body=b"4")) == [b"8"]


def test_a_model_that_breaks_off_ends_the_stream_with_its_error(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName="one", Body=b"half", ContentType="do/broken-chunks"
    )
    events = iter(answer["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"half"
    with pytest.raises(EventStreamError, match="ModelStreamError"):
        next(events)


def test_an_error_before_the_first_part_is_the_models(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint_with_response_stream(EndpointName="one", Body=b"1", ContentType="do/refused")
    assert caught.value.response["Error"]["Code"] == "ModelError"


def test_a_client_that_hangs_up_frees_the_instance(runtime, route, models):
    instance = models.start("a")
    route("one", Variant("AllTraffic", 1.0, (instance,)))
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName="one", Body=b"|".join([b"x"] * 100_000), ContentType="do/chunks"
    )
    next(iter(answer["Body"]))
    assert instance.active == 1
    answer["Body"].close()
    while instance.active:
        time.sleep(0.01)


def test_the_ordinary_way_streams_as_well(server, route, models):
    """Callers inside the process, and requests the lane leaves alone, get the same events."""
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    request = {"EndpointName": "one", "Body": b"a|b", "ContentType": "do/chunks"}
    answer = server.api()("sagemaker-runtime", "InvokeEndpointWithResponseStream", request)
    assert parts(answer) == [b"a", b"b"]
    request["ContentType"] = "text/csv"
    assert server.api()("sagemaker-runtime", "InvokeEndpoint", request)["Body"] == b"a:a|b"
