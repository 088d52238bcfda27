"""Endpoints under load while everything changes or dies around them: no request fails, no capture is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import end_instances
from tests.faults.endpoints import BUCKET, Guests, House, boosted, eventually, scripted

ROW = b"0.5,-1.25,2,0"
REQUESTS = 10_000
# What is captured is on the disk after this long, whatever happens then. docs/guide.md says so.
FLUSH_SECONDS = 1.0


@pytest.fixture
def house(tmp_path: Path, runtimes: Path) -> Iterator[House]:
    made = House(tmp_path / "home", runtimes)
    made.start()
    made.client("s3").create_bucket(Bucket=BUCKET)
    yield made
    made.end()
    end_instances(made.home)


def serve(house: House, name: str, archive: bytes, image: str, instances: int = 1) -> None:
    house.model(name, archive, image)
    house.configure(name, name, instances)
    house.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    described = house.settled(name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")


@pytest.mark.parametrize("made", [scripted, boosted], ids=["by its program", "by its trees"])
def test_an_update_in_the_middle_of_ten_thousand_requests_loses_none(
    house: House, made: Callable[[str], tuple[bytes, str]]
) -> None:
    serve(house, "old", *made("old"))
    house.model("newer", *made("newer"))
    house.configure("newer", "newer")
    guests = Guests(house, "old", ROW)
    load = guests.ask(REQUESTS)
    eventually(lambda: guests.count > REQUESTS // 5)
    house.client("sagemaker").update_endpoint(EndpointName="old", EndpointConfigName="newer")
    load.join()
    assert house.settled("old")["EndpointConfigName"] == "newer"
    after = Guests(house, "old", ROW)
    after.ask(10).join()
    assert guests.statuses == {200: REQUESTS}, guests.refusals[:3]
    # The old model answered, then the new one, which alone is asked from then on.
    assert len(guests.answers | after.answers) == 2 and len(after.answers) == 1
    eventually(lambda: len(house.captured()) >= REQUESTS + 10)
    lines = house.captured()
    assert len(lines) == REQUESTS + 10
    assert len({line["eventMetadata"]["eventId"] for line in lines}) == len(lines)


def test_killing_an_instance_under_load_fails_no_request(house: House) -> None:
    serve(house, "two", *scripted("two"), instances=2)
    guests = Guests(house, "two", ROW)
    load = guests.ask(3000)
    eventually(lambda: guests.count > 500)
    house.servers_of("two")[0].kill()
    load.join()
    assert guests.statuses == {200: 3000}, guests.refusals[:3]
    eventually(lambda: len(house.servers_of("two")) == 2)


def test_a_killed_server_serves_again_by_itself_and_capture_goes_on(house: House) -> None:
    serve(house, "script", *scripted("script"))
    serve(house, "trees", *boosted("trees"))
    before = {name: Guests(house, name, ROW) for name in ("script", "trees")}
    for guests in before.values():
        guests.ask(50).join()
        assert guests.statuses == {200: 50}, guests.refusals[:3]
    time.sleep(FLUSH_SECONDS)
    house.end(signal.SIGKILL)
    house.start()
    for name, guests in before.items():
        again = Guests(house, name, ROW)
        again.ask(50).join()
        assert again.statuses == {200: 50}, again.refusals[:3]
        assert again.answers == guests.answers
        assert house.settled(name)["EndpointStatus"] == "InService"
    eventually(lambda: len(house.captured()) >= 200)
    assert len(house.captured()) == 200


def test_a_model_that_raises_exits_or_answers_garbage_is_told_and_serves_on(house: House) -> None:
    serve(house, "odd", *scripted("odd"))
    runtime = house.client("sagemaker-runtime")
    for wish in ("do/raise", "do/exit", "do/garbage"):
        with pytest.raises(runtime.exceptions.ModelError) as caught:
            runtime.invoke_endpoint(EndpointName="odd", Body=ROW, ContentType=wish)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
        if wish == "do/raise":
            assert "no such column: width" in caught.value.response["OriginalMessage"]
        status, answer = Guests(house, "odd", ROW).once()
        assert (status, answer) == (200, b"odd")
