"""InvokeEndpointAsync: an acknowledged request is answered into an object and announced, once."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.engines.hosting.async_results import DETAIL_TYPE
from ormer.engines.hosting.routes import AsyncOutput, Variant
from ormer.stores import events

OUTPUT = AsyncOutput(
    "s3://results/out/",
    "s3://results/bad",
    success_topic="arn:aws:sns:us-east-1:123456789012:good",
    error_topic="arn:aws:sns:us-east-1:123456789012:bad",
    topics_with_response=frozenset({"SUCCESS_NOTIFICATION_TOPIC"}),
)


@pytest.fixture
def s3(server: Any) -> Any:
    client = server.client("s3")
    client.create_bucket(Bucket="results")
    client.put_object(Bucket="results", Key="in.csv", Body=b"1,2")
    return client


def until(found: Callable[[], Any]) -> Any:
    """What `found` finds, as soon as it finds something; pytest's own time-out ends a test that never does."""
    while not (value := found()):
        time.sleep(0.02)
    return value


def notices(server: Any) -> list[dict[str, Any]]:
    with server.house.stores.database.read() as tx:
        return [event for event in events.after(tx, 0) if event["detail_type"] == DETAIL_TYPE]


def test_the_answer_lands_where_the_acknowledgement_says_and_is_announced(server, runtime, route, models, s3):
    made = route("one", Variant("AllTraffic", 1.0, (models.start("a"),)), async_output=OUTPUT)
    accepted = runtime.invoke_endpoint_async(
        EndpointName="one",
        InputLocation="s3://results/in.csv",
        ContentType="text/csv",
        CustomAttributes="trace=1",
        InferenceId="seven",
    )
    assert accepted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert accepted["InferenceId"] == "seven"
    assert accepted["OutputLocation"] == "s3://results/out/seven.out"
    assert accepted["FailureLocation"] == "s3://results/bad/seven-error.out"
    (event,) = until(lambda: notices(server))
    answer = s3.get_object(Bucket="results", Key="out/seven.out")
    assert answer["Body"].read() == b"a:1,2"
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert event["resources"] == [made.arn, OUTPUT.success_topic]
    detail = event["detail"]
    assert detail["invocationStatus"] == "Completed"
    assert detail["requestParameters"] == {
        "contentType": "text/csv",
        "customAttributes": "trace=1",
        "endpointName": "one",
        "inputLocation": "s3://results/in.csv",
    }
    assert detail["responseParameters"] == {
        "contentType": "text/csv; charset=utf-8",
        "outputLocation": "s3://results/out/seven.out",
    }
    assert detail["responseBody"] == {"content": "a:1,2", "encoding": "UTF-8"}
    assert (detail["eventName"], detail["eventSource"]) == ("InferenceResult", "aws:sagemaker")


def test_a_request_without_a_content_type_has_that_of_its_object(server, runtime, route, models, s3):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)), async_output=OUTPUT)
    s3.put_object(Bucket="results", Key="typed", Body=b"3", ContentType="text/csv")
    runtime.invoke_endpoint_async(EndpointName="one", InputLocation="s3://results/typed", InferenceId="typed")
    runtime.invoke_endpoint_async(EndpointName="one", InputLocation="s3://results/in.csv", InferenceId="plain")
    until(lambda: len(notices(server)) == 2)
    assert s3.get_object(Bucket="results", Key="out/typed.out")["Body"].read() == b"a:3"
    told = json.loads(s3.get_object(Bucket="results", Key="out/plain.out")["Body"].read())
    assert told["body"] == "1,2" and "content-type" not in told["headers"]


def test_a_models_error_lands_at_the_failure_location(server, runtime, route, models, s3):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)), async_output=OUTPUT)
    runtime.invoke_endpoint_async(EndpointName="one", Body=b"inline", ContentType="do/refused", InferenceId="x")
    (event,) = until(lambda: notices(server))
    assert event["detail"]["invocationStatus"] == "Failed"
    assert "no such column" in event["detail"]["failureReason"]
    assert b"no such column" in s3.get_object(Bucket="results", Key="bad/x-error.out")["Body"].read()


def test_an_input_that_is_not_there_is_a_failure(server, runtime, route, models, s3):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)), async_output=OUTPUT)
    runtime.invoke_endpoint_async(EndpointName="one", InputLocation="s3://results/none")
    (event,) = until(lambda: notices(server))
    assert "NoSuchKey" in event["detail"]["failureReason"]


def test_many_requests_wait_for_their_turn_and_the_backlog_is_measured(server, runtime, route, models, s3):
    slow = AsyncOutput("s3://results/out", concurrency_max=1)
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)), async_output=slow)
    for number in range(6):
        runtime.invoke_endpoint_async(EndpointName="one", Body=b"0.05", ContentType="do/slow", InferenceId=str(number))
    until(lambda: len(notices(server)) == 6)
    done = [event["detail"]["inferenceId"] for event in notices(server)]
    assert done == [str(number) for number in range(6)]
    listed = server.client("cloudwatch").list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    assert "ApproximateBacklogSize" in {metric["MetricName"] for metric in listed}


def test_a_request_whose_endpoint_comes_back_is_answered(server, runtime, route, models, s3):
    made = route("one", Variant("AllTraffic", 1.0, ()), async_output=OUTPUT)
    runtime.invoke_endpoint_async(EndpointName="one", Body=b"1", ContentType="text/csv", InferenceId="late")
    server.house.routes.drop(made.account, made.region, made.name)
    route("one", Variant("AllTraffic", 1.0, (models.start("b"),)), async_output=OUTPUT)
    (event,) = until(lambda: notices(server))
    assert event["detail"]["invocationStatus"] == "Completed", event["detail"].get("failureReason")
    assert s3.get_object(Bucket="results", Key="out/late.out")["Body"].read() == b"b:1"


@pytest.mark.parametrize("request_", [{}, {"InputLocation": "https://somewhere/else"}])
def test_a_request_without_an_input_that_can_be_read_is_refused(runtime, route, fast, request_):
    route("one", fast, async_output=OUTPUT)
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint_async(EndpointName="one", **request_)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_each_kind_of_endpoint_is_invoked_its_own_way(runtime, route, fast):
    route("one", fast, async_output=OUTPUT)
    with pytest.raises(ClientError, match="asynchronous: invoke it by InvokeEndpointAsync"):
        runtime.invoke_endpoint(EndpointName="one", Body=b"1")
    route("two", fast)
    with pytest.raises(ClientError, match="not asynchronous"):
        runtime.invoke_endpoint_async(EndpointName="two", InputLocation="s3://a/b")


def announced(home: Path) -> list[str]:
    """The inference ids of all notifications in a home, read beside its server."""
    with sqlite3.connect(f"file:{home / 'ormer.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT detail FROM events WHERE detail_type = ? ORDER BY id", (DETAIL_TYPE,))
        return [json.loads(detail)["inferenceId"] for (detail,) in rows]


def test_what_was_acknowledged_is_answered_and_announced_once_whatever_is_killed(mortal, tmp_path):
    home, accepted = tmp_path / "home", []
    for life in range(3):
        server = mortal(home)
        runtime = server.client("sagemaker-runtime")
        for number in range(15):
            name = f"{life}-{number}"
            runtime.invoke_endpoint_async(EndpointName="later", Body=name.encode(), InferenceId=name)
            accepted.append(name)
        until(lambda wanted=life * 15 + 5: len(announced(home)) >= wanted)
        server.kill()
    server = mortal(home)
    until(lambda: len(announced(home)) >= len(accepted))
    s3 = server.client("s3")
    answers = {
        name: s3.get_object(Bucket="captures", Key=f"later/{name}.out")["Body"].read().decode() for name in accepted
    }
    server.kill()
    assert sorted(announced(home)) == sorted(accepted)
    assert answers == {name: name for name in accepted}
