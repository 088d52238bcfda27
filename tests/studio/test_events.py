"""The event stream: what changes is told at once, and a browser that was away goes on where it stopped."""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import Any

from ormer.stores import events

from ..conftest import Live
from .conftest import Visitor

DEFINITION = json.dumps({"Version": "2020-12-01", "Steps": []})
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
PATIENCE_SECONDS = 240.0


def run_pipeline(client: Any, name: str) -> str:
    client.create_pipeline(PipelineName=name, PipelineDefinition=DEFINITION, RoleArn=ROLE, ClientRequestToken="c" * 32)
    arn: str = client.start_pipeline_execution(PipelineName=name, ClientRequestToken="s" * 32)["PipelineExecutionArn"]
    return arn


def emit(live: Live, number: int, account: str = "") -> None:
    stores = live.house.stores
    with stores.database.write() as tx:
        events.emit(
            tx,
            account=account or live.config.account,
            region=live.config.region,
            source="my.app",
            detail_type=f"Number {number}",
            detail={},
            resources=[],
            now=stores.clock.now(),
        )


def test_an_execution_is_told_of_while_it_moves(server: Live, studio: Visitor) -> None:
    stream = studio.listen()
    arn = run_pipeline(server.client("sagemaker"), "one")
    number, told = stream.until("change", type="SageMaker Model Building Pipeline Execution Status Change")
    assert arn in told["resources"] and int(number) == told["id"]
    assert told["detail"]["currentPipelineExecutionStatus"] in ("Executing", "Succeeded")
    assert told["region"] == "us-east-1"
    stream.close()


def test_a_stream_goes_on_behind_the_last_event_a_browser_saw(server: Live, studio: Visitor) -> None:
    emit(server, 1)
    with server.house.stores.database.read() as tx:
        last = events.last(tx)
    emit(server, 2)
    emit(server, 3)
    stream = studio.listen(last_event_id=str(last))
    found = [data["type"] for _, _, data in islice(stream, 2)]
    assert found == ["Number 2", "Number 3"]
    emit(server, 4)
    assert stream.until("change", type="Number 4")
    stream.close()


def test_a_browser_that_was_away_too_long_reads_everything_anew(server: Live, studio: Visitor) -> None:
    for number in range(502):
        emit(server, number)
    with server.house.stores.database.read() as tx:
        newest = events.last(tx)
    number, _ = studio.listen(last_event_id="0").until("reset")
    assert int(number) == newest


def test_other_accounts_are_not_told_of(server: Live, studio: Visitor) -> None:
    stream = studio.listen()
    emit(server, 1, account="999999999999")
    emit(server, 2)
    _, _, first = next(iter(stream))
    assert first["type"] == "Number 2"
    stream.close()


def test_log_lines_and_metrics_are_told_of_by_name(server: Live, studio: Visitor) -> None:
    logs, metrics = server.client("logs"), server.client("cloudwatch")
    logs.create_log_group(logGroupName="/jobs")
    logs.create_log_stream(logGroupName="/jobs", logStreamName="a/1")
    stream = studio.listen()
    now = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName="/jobs", logStreamName="a/1", logEvents=[{"timestamp": now, "message": "secret line"}]
    )
    _, told = stream.until("log", group="/jobs")
    assert told == {"region": "us-east-1", "group": "/jobs", "stream": "a/1"}
    metrics.put_metric_data(Namespace="Mine", MetricData=[{"MetricName": "m", "Value": 1.0}])
    _, told = stream.until("metric", namespace="Mine")
    assert told == {"region": "us-east-1", "namespace": "Mine"}
    stream.close()


def test_nothing_is_read_while_nobody_listens_and_a_browser_that_leaves_is_forgotten(
    server: Live, studio: Visitor
) -> None:
    room = next(room for room in server.server._listener._app._desk.rooms if type(room).__name__ == "StudioRoom")
    feed = room._feed  # type: ignore[attr-defined]
    assert feed._reader is None
    stream = studio.listen()
    emit(server, 1)
    stream.until("change")
    stream.close()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while feed._listeners or not feed._reader.done():
        assert time.monotonic() < deadline, "the browser is still waited for"
        time.sleep(0.02)


def test_a_server_that_stops_ends_its_streams(server: Live, studio: Visitor) -> None:
    stream = studio.listen()
    emit(server, 1)
    stream.until("change")
    server.server._studio.close()
    assert list(stream) == []
