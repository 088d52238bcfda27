"""Archived events sent again."""

from __future__ import annotations

import json

from ormer.aws.clock import ManualClock, iso_seconds

from .conftest import ACCOUNT, REGION, Bench

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


def test_a_replay_of_a_deleted_archive_fails_and_says_so(bench: Bench, clock: ManualClock) -> None:
    arn = archive(bench)
    bench.house.worker.stop()
    bench.events(
        "StartReplay",
        ReplayName="r",
        EventSourceArn=arn,
        EventStartTime="2023-01-01T00:00:00Z",
        EventEndTime="2024-01-01T00:00:00Z",
        Destination={"Arn": BUS},
    )
    assert bench.events("CancelReplay", ReplayName="r")["State"] == "CANCELLING"
    assert [one["ReplayName"] for one in bench.events("ListReplays", State="CANCELLING")["Replays"]] == ["r"]
