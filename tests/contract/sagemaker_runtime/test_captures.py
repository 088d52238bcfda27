"""Data capture: which lines, where, how many, on whose behalf, and what a crash leaves of them."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from ormer.engines.hosting import captures as capture_module
from ormer.engines.hosting import spools
from ormer.engines.hosting.captures import Captures
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.routes import Capture, Route, Variant
from ormer.stores.objects.store import Objects

CAPTURE = Capture(
    "s3://captures/some/prefix", 100, True, True, frozenset({"text/csv"}), frozenset({"application/json"})
)
KEY = re.compile(
    r"some/prefix/one/AllTraffic/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}"
    r"-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.jsonl"
)
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def lines_in(objects: Objects, prefix: str = "") -> list[dict[str, Any]]:
    """Every captured line, objects by key."""
    found: list[dict[str, Any]] = []
    for item in objects.list("captures", prefix):
        found += [json.loads(line) for line in objects.read_bytes("captures", item.key).splitlines()]
    return found


def until(found: Callable[[], Any]) -> Any:
    while not (value := found()):
        time.sleep(0.02)
    return value


@pytest.fixture
def objects(server: Any) -> Objects:
    server.client("s3").create_bucket(Bucket="captures")
    found: Objects = server.house.stores.objects
    return found


def test_a_line_holds_what_was_asked_and_answered(server, runtime, route, fast, objects):
    made = route("one", fast, capture=CAPTURE)
    runtime.invoke_endpoint(
        EndpointName="one",
        Body=b'21,"a b"\n',
        ContentType="text/csv",
        InferenceId="seven",
        CustomAttributes="trace=1",
    )
    server.house.captures.flush(made.arn)
    (item,) = objects.list("captures")
    assert KEY.fullmatch(item.key)
    (line,) = lines_in(objects)
    assert UUID4.fullmatch(line["eventMetadata"].pop("eventId"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["eventMetadata"].pop("inferenceTime"))
    assert line == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": '21,"a b"\n',
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "text/csv; charset=utf-8",
                "mode": "OUTPUT",
                "data": "42",
                "encoding": "CSV",
            },
        },
        "eventMetadata": {"inferenceId": "seven", "customAttributes": ["trace=1"]},
        "eventVersion": "0",
    }


@pytest.mark.parametrize(
    ("kind", "body", "encoding"),
    [
        ("text/csv", "2,ä ☃".encode(), "CSV"),
        ("TEXT/CSV; header=present", b"2,1", "CSV"),
        ("application/json", b'2,{"a": "\\n"}', "JSON"),
        ("application/octet-stream", b"2,\x00", "BASE64"),
        ("text/csv", b"2,\xff", "BASE64"),
    ],
)
def test_data_is_text_for_the_types_that_are_named_and_base64_else(
    server, runtime, route, fast, objects, kind, body, encoding
):
    made = route("one", fast, capture=replace(CAPTURE, outputs=False))
    runtime.invoke_endpoint(EndpointName="one", Body=body, ContentType=kind)
    server.house.captures.flush(made.arn)
    (line,) = lines_in(objects)
    assert set(line["captureData"]) == {"endpointInput"}
    seen = line["captureData"]["endpointInput"]
    assert (seen["encoding"], seen["observedContentType"]) == (encoding, kind)
    data = base64.b64decode(seen["data"]) if encoding == "BASE64" else seen["data"].encode()
    assert data == body


def test_only_good_answers_are_captured(server, runtime, route, fast, models, objects):
    made = route("one", Variant("AllTraffic", 1.0, (models.start("a"),)), capture=CAPTURE)
    for kind in ("do/refused", "do/broken"):
        with pytest.raises(ClientError):
            runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType=kind)
    runtime.invoke_endpoint(EndpointName="one", Body=b"good", ContentType="text/csv")
    server.house.captures.flush(made.arn)
    assert [line["captureData"]["endpointInput"]["data"] for line in lines_in(objects)] == ["good"]


def test_lines_become_an_object_by_themselves_when_traffic_pauses(server, runtime, route, fast, objects):
    route("one", fast, capture=CAPTURE)
    for number in range(20):
        runtime.invoke_endpoint(EndpointName="one", Body=b"%d" % number, ContentType="text/csv")
    until(lambda: len(lines_in(objects)) == 20)
    data = [line["captureData"]["endpointOutput"]["data"] for line in lines_in(objects)]
    assert data == [str(2 * number) for number in range(20)]
    assert len({line["eventMetadata"]["eventId"] for line in lines_in(objects)}) == 20


def test_the_share_that_is_asked_for_is_captured(house):
    """A fifth of evenly spread chances is captured, exactly."""
    chances = iter([number / 1000 for number in range(1000)])
    captures = Captures(house.stores, chance=lambda: next(chances))
    made = Route("arn:x:y:z:1:endpoint/one", "1", "z", "one", "config", (), capture=replace(CAPTURE, percentage=20))
    for _ in range(1000):
        captures.offer(made, "v", Asked(b"1", "text/csv"), "text/csv", b"2")
    assert sum(piece.records for piece in captures._gathering.take()) == 200


def test_lines_of_two_hours_lie_in_two_folders(house, monkeypatch):
    moments = iter((7199.5, 7200.25, 7201.0))
    monkeypatch.setattr(house.captures._gathering, "_now", lambda: next(moments))
    house.stores.objects.create_bucket("captures", house.config.account, "us-east-1")
    made = Route("arn:x:y:z:1:endpoint/one", house.config.account, "us-east-1", "one", "config", (), capture=CAPTURE)
    for _ in range(3):
        house.captures.offer(made, "v", Asked(b"1", "text/csv"), "text/csv", b"2")
    house.captures.flush(made.arn)
    keys = [item.key for item in house.stores.objects.list("captures")]
    assert [key.rpartition("-")[0].split("-")[0] for key in keys] == [
        "some/prefix/one/v/1970/01/01/01/59",
        "some/prefix/one/v/1970/01/01/02/00",
    ]
    assert keys[1].split("/")[-1].startswith("00-00-250-")


def messages(server: Any) -> list[str]:
    client = server.client("logs")
    group = "/aws/sagemaker/Endpoints/one"
    streams = client.describe_log_streams(logGroupName=group)["logStreams"]
    return [
        event["message"]
        for stream in streams
        for event in client.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    ]


def test_a_role_that_may_not_write_there_is_told_once_in_the_endpoints_log(server, runtime, route, fast, objects):
    iam = server.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="mute", AssumeRolePolicyDocument=document)
    role = iam.get_role(RoleName="mute")["Role"]["Arn"]
    made = route("one", fast, capture=CAPTURE, role_arn=role)
    for _ in range(3):
        runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType="text/csv")
        server.house.captures.flush(made.arn)
    (message,) = messages(server)
    assert "s3:PutObject" in message and "s3://captures/some/prefix" in message
    assert lines_in(objects) == []
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::captures/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="mute", PolicyName="p", PolicyDocument=policy)
    server.house.captures.flush(made.arn)
    assert len(lines_in(objects)) == 3
    listed = server.client("cloudwatch").list_metrics(Namespace="ormer/Endpoints")["Metrics"]
    assert "CaptureFailures" in {metric["MetricName"] for metric in listed}


def test_a_full_disk_stops_capture_visibly_and_nothing_else(server, runtime, route, fast, objects, monkeypatch):
    made = route("one", fast, capture=CAPTURE)

    def full(self: Any, written: list[bytes], now: float) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(spools.Spool, "append", full)
        for _ in range(3):
            answer = runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType="text/csv")
            assert answer["Body"].read() == b"2"
            server.house.captures.flush(made.arn)
    assert messages(server) == ["Data capture stopped: No space left on device"]
    runtime.invoke_endpoint(EndpointName="one", Body=b"7", ContentType="text/csv")
    server.house.captures.flush(made.arn)
    assert [line["captureData"]["endpointOutput"]["data"] for line in lines_in(objects)] == ["14"]


def test_memory_is_bounded_when_the_disk_is_slower_than_the_traffic(house, monkeypatch):
    monkeypatch.setattr(capture_module, "WAITING_BYTES_MAX", 1000)
    captures = Captures(house.stores)
    made = Route("arn:aws:sagemaker:us-east-1:1:endpoint/one", "1", "us-east-1", "one", "config", (), capture=CAPTURE)
    for _ in range(20):
        captures.offer(made, "v", Asked(b"x" * 90, "text/csv"), "text/csv", b"y" * 10)
    assert sum(piece.records for piece in captures._gathering.take()) == 10


def test_the_object_of_captured_lines_has_a_checksum_and_an_etag_that_follow_from_them(
    server, runtime, route, fast, objects
):
    made = route("one", fast, capture=CAPTURE)
    for number in range(3):
        runtime.invoke_endpoint(EndpointName="one", Body=b"%d" % number, ContentType="text/csv")
    server.house.captures.flush(made.arn)
    (item,) = objects.list("captures")
    client = server.client("s3")
    # The client compares the checksum with what it reads.
    read = client.get_object(Bucket="captures", Key=item.key, ChecksumMode="ENABLED")
    digest = hashlib.sha256(read["Body"].read()).digest()
    assert read["ChecksumSHA256"] == base64.b64encode(digest).decode()
    assert read["ETag"] == f'"{digest[:16].hex()}-1"' == client.head_object(Bucket="captures", Key=item.key)["ETag"]
    copied = client.copy_object(Bucket="captures", Key="copy", CopySource={"Bucket": "captures", "Key": item.key})
    assert client.get_object(Bucket="captures", Key="copy")["Body"].read().count(b"\n") == 3, copied


def test_what_another_server_left_is_hashed_from_its_file(house):
    made = Route("arn:x:y:z:1:endpoint/one", house.config.account, "us-east-1", "one", "config", ())
    folder = house.stores.home / "captures"
    spool = spools.Spool.begin(folder, spools.label_of(made, "v", "s3://captures/p", 0.0), 0.0)
    spool.append([b'{"line": 1}\n'], 0.0)
    spool.append([b'{"line": 2}\n'], 0.0)
    spool.close()
    (left,) = spools.left_in(folder)
    assert left.digest() == spool.digest() == hashlib.sha256(b'{"line": 1}\n{"line": 2}\n').digest()


def test_a_file_system_that_takes_no_advice_keeps_the_lines_all_the_same(house, monkeypatch):
    def refused(*_: object) -> None:
        raise OSError(errno.EINVAL, "no advice")

    monkeypatch.setattr(spools.os, "posix_fadvise", refused)
    made = Route("arn:x:y:z:1:endpoint/one", house.config.account, "us-east-1", "one", "config", ())
    folder = house.stores.home / "captures"
    spool = spools.Spool.begin(folder, spools.label_of(made, "v", "s3://captures/p", 0.0), 0.0)
    spool.append([b'{"line": 1}\n'], 0.0)
    assert spool.path.read_bytes() == b'{"line": 1}\n' and spool.size == 12


def test_short_and_long_bodies_of_many_endpoints_keep_their_order(house, monkeypatch):
    """Batches of the loop, batches left to the thread, and single ones: each endpoint's lines stand as they came."""
    captures, moments = Captures(house.stores), iter([10.0 + number / 50 for number in range(1000)])
    monkeypatch.setattr(captures._gathering, "_now", lambda: next(moments))
    routes = [Route(f"arn:x:y:z:1:endpoint/{name}", "1", "z", name, "config", (), capture=CAPTURE) for name in "abc"]
    for number in range(1000):
        body = b"%d," % number + b"1" * (5000 if number // 100 % 2 else 1)
        captures.offer(routes[number % 3], "v", Asked(body, "text/csv"), "text/csv", b"2")
    pieces = captures._gathering.take()
    assert sum(piece.records for piece in pieces) == 1000 and captures._gathering.waiting_bytes == 0
    for remainder, route in enumerate(routes):
        own = b"".join(piece.lines for piece in pieces if piece.group[0] == route.arn)
        data = [json.loads(line)["captureData"]["endpointInput"]["data"] for line in own.splitlines()]
        assert [int(each.partition(",")[0]) for each in data] == list(range(remainder, 1000, 3))


def test_endpoints_that_are_asked_in_turns_are_gathered_each_by_itself(house, monkeypatch):
    """Runs of one would cost ten times as much."""
    captures = Captures(house.stores)
    monkeypatch.setattr(captures._gathering, "_now", lambda: 10.0)
    routes = [Route(f"arn:x:y:z:1:endpoint/{name}", "1", "z", name, "config", (), capture=CAPTURE) for name in "ab"]
    for number in range(100):
        captures.offer(routes[number % 2], "v", Asked(b"1", "text/csv"), "text/csv", b"2")
    assert [len(run) for run in captures._gathering._runs.values()] == [50, 50] and not captures._gathering._ended


def test_each_line_says_what_was_sent_with_it_whatever_is_captured_beside_it(house):
    """Names, types, and texts that are none or hold the byte that stands between texts, all within one batch."""
    captures = Captures(house.stores)
    made = Route("arn:x:y:z:1:endpoint/one", "1", "z", "one", "config", (), capture=CAPTURE)
    texts = [b"1,2\n", b"\xff\x00", b"a\x1eb", b"\\u001e", '\u00e9"'.encode(), b"", b"3\n"]
    for text in texts:
        captures.offer(made, "v", Asked(text, "text/csv"), "text/csv", b"0")
        captures.offer(made, "v", Asked(text, "text/csv", inference_id=text.hex(), custom_attributes="x"), "a/b", b"1")
    lines = [json.loads(line) for piece in captures._gathering.take() for line in bytes(piece.lines).splitlines()]
    assert len(lines) == len({line["eventMetadata"]["eventId"] for line in lines}) == 2 * len(texts)
    for number, line in enumerate(lines):
        text, named = texts[number // 2], bool(number % 2)
        asked, answered, about = *line["captureData"].values(), line["eventMetadata"]
        kind = "BASE64" if text == b"\xff\x00" else "CSV"
        said = base64.b64encode(text).decode() if kind == "BASE64" else text.decode()
        assert asked == {"observedContentType": "text/csv", "mode": "INPUT", "data": said, "encoding": kind}
        assert (answered["data"], answered["encoding"]) == (("MQ==", "BASE64") if named else ("0", "CSV"))
        assert about.get("inferenceId") == (text.hex() or None if named else None)
        assert about.get("customAttributes") == (["x"] if named else None)


def test_a_spool_that_was_published_before_the_crash_is_not_published_twice(house, tmp_path):
    house.stores.objects.create_bucket("captures", house.config.account, "us-east-1")
    made = Route("arn:x:y:z:1:endpoint/one", house.config.account, "us-east-1", "one", "config", ())
    label = spools.label_of(made, "v", "s3://captures/p", 0.0)
    folder = house.stores.home / "captures"
    spool = spools.Spool.begin(folder, label, 0.0)
    spool.append([b'{"line": 1}\n{"torn'], 0.0)
    spool.close()
    for path in (spool.path, spool.path.with_suffix(".label")):
        shutil.copy(path, folder / f"copy{path.suffix}")
    house.stores.objects.set_versioning("captures", "Enabled")
    again = Captures(house.stores)
    again.start()
    again.stop()
    (item,) = house.stores.objects.list("captures")
    assert house.stores.objects.read_bytes("captures", item.key) == b'{"line": 1}\n'
    assert list(folder.iterdir()) == []


def ask(server: Any, first: int, count: int) -> int:
    """Invoke by number, in order, until the server dies; returns how many were acknowledged."""
    client = server.client("sagemaker-runtime")
    for number in range(first, first + count):
        try:
            client.invoke_endpoint(
                EndpointName="one", Body=b"%d" % number, ContentType="text/csv", InferenceId=str(number)
            )
        except (BotoCoreError, ClientError):
            return number - first
    return count


def captured(server: Any) -> list[int]:
    s3 = server.client("s3")
    found: list[int] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="captures"):
        for item in page.get("Contents", ()):
            text = s3.get_object(Bucket="captures", Key=item["Key"])["Body"].read()
            found += [int(json.loads(line)["eventMetadata"]["inferenceId"]) for line in text.splitlines()]
    return sorted(found)


def spooled(home: Path) -> bytes:
    try:
        return b"".join(path.read_bytes() for path in (home / "captures").glob("*.spool"))
    except FileNotFoundError:
        return b""


def one_life(mortal: Any, home: Path, first: int) -> tuple[int, int]:
    """A server that is killed under load. Returns the first number that may be lost, and the first never asked."""
    server, durable = mortal(home), first + 30
    assert ask(server, first, 30) == 30
    until(lambda: b'"%d"' % (durable - 1) in spooled(home) or durable - 1 in captured(server))
    answers: list[int] = []
    load = threading.Thread(target=lambda: answers.append(ask(server, durable, 100_000)))
    load.start()
    until(lambda: spooled(home).count(b"\n") > 200)
    server.kill()
    load.join()
    # The request that was cut off may have been captured although nobody heard its answer.
    return durable, durable + answers[0] + 1


def test_kill_9_under_load_loses_only_the_newest_lines_and_doubles_none(mortal, tmp_path):
    """What was on the disk is published by the next server, once; missing are the last requests before a kill only."""
    home, ends = tmp_path / "home", [(0, 0)]
    for _ in range(3):
        ends.append(one_life(mortal, home, ends[-1][1]))
    server = mortal(home)
    until(lambda: not spooled(home))
    numbers = captured(server)
    server.kill()
    assert len(numbers) == len(set(numbers))
    missing = set(range(ends[-1][1])) - set(numbers)
    for durable, end in ends:
        own = sorted(number for number in missing if durable <= number < end)
        assert own == list(range(end - len(own), end)), "lines were lost in the middle"
        missing -= set(own)
    assert missing == set()
