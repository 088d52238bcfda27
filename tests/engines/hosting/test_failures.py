"""Models that do not come up: the endpoint fails at once where there is no hope, and its reason names the cause."""

from __future__ import annotations

import pytest

from ormer.engines.hosting.pulse import Patience

HURRIED = Patience(startup=2.0, well=0.2, retry=0.1, sick=1.0)
RAISES = "def model_fn(folder):\n    raise ValueError('no such whale')\n"
EXITS = "import os\nprint('I leave', flush=True)\nos._exit(3)\n"
HANGS = "import time\ndef model_fn(folder):\n    print('I think', flush=True)\n    time.sleep(600)\n"
GREEDY = "def model_fn(folder):\n    return bytearray(1 << 40)\n"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (RAISES, ["ValueError: no such whale"]),
        (EXITS, ["its program ended with exit code 3", "I leave"]),
        (HANGS, ["did not answer GET /ping with 200 within 2 seconds", "I think"]),
        (GREEDY, ["MemoryError"]),
    ],
    ids=["raises", "exits", "hangs", "greedy"],
)
def test_a_model_that_does_not_come_up_fails_the_endpoint_and_is_named(make_hotel, code, words):
    hotel = make_hotel(patience=HURRIED)
    hotel.model("broken", code)
    found = hotel.serve("one", {"ModelName": "broken"})
    assert found["EndpointStatus"] == "Failed"
    reason = found["FailureReason"]
    assert reason.startswith(
        "The primary container for production variant v1 did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    assert [word for word in words if word not in reason] == []
    assert len(reason) <= 1024
    assert hotel.route("one") is None
    hotel.eventually(lambda: hotel.pids("one") == {})


def test_model_data_that_is_not_there_is_named(hotel):
    hotel.model("gone", ModelDataUrl="s3://models-of-endpoints/nowhere/model.tar.gz")
    found = hotel.serve("one", {"ModelName": "gone"})
    assert found["EndpointStatus"] == "Failed"
    assert 'from URL: "s3://models-of-endpoints/nowhere/model.tar.gz"' in found["FailureReason"]


def test_model_data_that_is_no_archive_is_named(hotel):
    hotel.model("torn", ModelDataUrl=hotel.put("torn/other.tar.gz", b"this is no archive"))
    found = hotel.serve("one", {"ModelName": "torn"})
    assert found["EndpointStatus"] == "Failed"
    assert "cannot be unpacked" in found["FailureReason"]


def test_a_failed_endpoint_refuses_changes_and_can_be_deleted(hotel):
    hotel.model("broken", RAISES)
    hotel.serve("one", {"ModelName": "broken"})
    with pytest.raises(Exception, match=r'Cannot update endpoint ".*" because it is in state "Failed"'):
        hotel.call("UpdateEndpoint", {"EndpointName": "one", "EndpointConfigName": "one"})
    hotel.call("DeleteEndpoint", {"EndpointName": "one"})
    hotel.eventually(lambda: not hotel.call("ListEndpoints", {})["Endpoints"])
