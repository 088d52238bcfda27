"""Archived events sent again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ormer.aws.clock import ManualClock, iso_seconds

from .conftest import ACCOUNT, REGION, Bench, bench_in

BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
ORDERS = {"source": ["shop"]}


def archive(bench: Bench) -> str:
    made = bench.events(
        "CreateArchive",
        ArchiveName="kept",
        EventSourceArn=BUS,
        EventPattern=json.dumps({"detail": {"kept": [True]}}),
    )
    return str(made["ArchiveArn"])


def replay(bench: Bench, name: str, arn: str, start: float, end: float, **more: object) -> str:
    bench.events(
        "StartReplay",
        ReplayName=name,
        EventSourceArn=arn,
        EventStartTime=iso_seconds(start),
        EventEndTime=iso_seconds(end),
        Destination={"Arn": BUS, **more},
    )

    def ended() -> bool:
        return bool(bench.events("DescribeReplay", ReplayName=name)["State"] in ("COMPLETED", "FAILED"))

    bench.until(ended)
    return str(bench.events("DescribeReplay", ReplayName=name)["State"])


def test_a_replay_sends_the_events_of_a_time_once_more(bench: Bench, clock: ManualClock) -> None:
    bench.pipeline()
    bench.send({"kept": True, "n": "before the archive"})
    arn = archive(bench)
    begin = clock.now()
    for number in range(150):
        bench.send({"kept": number % 2 == 0, "n": str(number)})
    clock.advance(60)
    end = clock.now()
    bench.send({"kept": True, "n": "too late"})
    rule = bench.rule("orders", ORDERS, bench.target("$.detail.n"))
    fresh = bench.rule("fresh", {**ORDERS, "replay-name": [{"exists": False}]}, bench.target("no"))
    assert bench.events("DescribeArchive", ArchiveName="kept")["EventCount"] == 76
    assert replay(bench, "first", arn, begin, end) == "COMPLETED"
    bench.until(lambda: all(one.status == "Delivered" for one in bench.deliveries(rule)))
    assert sorted(bench.starts(), key=int) == [str(number) for number in range(0, 150, 2)]
    assert bench.deliveries(fresh) == []
    event = bench.deliveries(rule)[0].event
    assert event is not None and event["replay-name"] == "first"
    told = bench.events("DescribeReplay", ReplayName="first")
    assert told["EventLastReplayedTime"] == begin and told["ReplayEndTime"] >= told["ReplayStartTime"]


def test_a_replay_goes_to_the_rules_it_names(bench: Bench, clock: ManualClock) -> None:
    bench.pipeline()
    arn = archive(bench)
    begin = clock.now()
    bench.send({"kept": True})
    one = bench.rule("one", ORDERS, bench.target("one"))
    bench.rule("two", ORDERS, bench.target("two"))
    assert replay(bench, "named", arn, begin, begin + 1, FilterArns=[one]) == "COMPLETED"
    bench.until(bench.house.worker.idle)
    assert bench.starts() == ["one"]
    assert replay(bench, "again", arn, begin, begin + 1) == "COMPLETED"
    bench.until(lambda: sorted(bench.starts()) == ["one", "one", "two"])


YEARS = {"EventStartTime": "2023-01-01T00:00:00Z", "EventEndTime": "2024-01-01T00:00:00Z"}


@pytest.fixture
def waiting(tmp_path: Path, clock: ManualClock) -> Iterator[Bench]:
    """A bench whose house does not move yet, with an archived event and a replay."""
    made = bench_in(tmp_path / "waiting", clock, started=False)
    arn = archive(made)
    made.send({"kept": True})
    made.pipeline()
    made.rule("orders", ORDERS, made.target())
    made.events("StartReplay", ReplayName="r", EventSourceArn=arn, Destination={"Arn": BUS}, **YEARS)
    yield made
    made.close()


def test_a_cancelled_replay_sends_nothing_more(waiting: Bench) -> None:
    api = waiting.api
    assert api("events", "CancelReplay", {"ReplayName": "r"})["State"] == "CANCELLING"
    waiting.house.start()
    waiting.until(lambda: api("events", "DescribeReplay", {"ReplayName": "r"})["State"] == "CANCELLED")
    assert [one["ReplayName"] for one in api("events", "ListReplays", {"State": "CANCELLED"})["Replays"]] == ["r"]
    assert waiting.starts() == []


def test_a_replay_of_a_deleted_archive_fails_and_says_so(waiting: Bench) -> None:
    waiting.events("DeleteArchive", ArchiveName="kept")
    waiting.house.start()
    waiting.until(lambda: waiting.events("DescribeReplay", ReplayName="r")["State"] == "FAILED")
    assert waiting.events("DescribeReplay", ReplayName="r")["StateReason"] == "The archive was deleted."
