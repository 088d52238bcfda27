"""An endpoint from its creation to its end: it serves, logs, and says why it cannot."""

from __future__ import annotations

import pytest

from ormer.aws.errors import AwsError
from ormer.stores import events


def test_an_endpoint_serves_its_model_and_tells_of_it(hotel):
    hotel.model("teller")
    found = hotel.serve("one", {"ModelName": "teller"})
    assert found["EndpointStatus"] == "InService", found
    assert hotel.ask("one")[1].startswith("teller i-")
    variant = found["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"], variant["CurrentWeight"]) == (1, 1, 1.0)
    image = variant["DeployedImages"][0]
    assert image["SpecifiedImage"].endswith("/python:3.11")
    assert "/python@sha256:" in image["ResolvedImage"]
    assert "VariantStatus" not in variant and "FailureReason" not in found
    stream = f"v1/{hotel.instances('one')[0].name}"
    hotel.eventually(lambda: (stream, "the model teller is here") in hotel.log("one"))


def test_statuses_are_events_with_awss_upper_case_words(hotel):
    hotel.model("teller")
    hotel.serve("one", {"ModelName": "teller"})
    with hotel.stores.database.read() as tx:
        told = events.about(tx, hotel.row("one").arn)
    assert [each["detail"]["EndpointStatus"] for each in reversed(told)] == ["CREATING", "IN_SERVICE"]
    assert {each["detail_type"] for each in told} == {"SageMaker Endpoint State Change"}
    assert told[0]["detail"]["EndpointName"] == "one"
    assert told[0]["detail"]["EndpointConfigName"] == "one"


def test_a_deleted_endpoint_leaves_nothing(hotel):
    hotel.model("teller")
    hotel.serve("one", {"ModelName": "teller"})
    folder, pids = hotel.folder("one"), hotel.pids("one")
    hotel.call("DeleteEndpoint", {"EndpointName": "one"})
    hotel.eventually(lambda: not hotel.call("ListEndpoints", {})["Endpoints"])
    with pytest.raises(AwsError, match='Could not find endpoint "arn:'):
        hotel.call("DescribeEndpoint", {"EndpointName": "one"})
    assert hotel.route("one") is None
    assert not folder.exists()
    assert pids
