"""Safe change: new fleets take over without a lost request, and give everything back when something is wrong."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.engines.hosting.conftest import TELLER, Traffic

from ormer.aws.clock import ManualClock
from ormer.engines.hosting.pulse import Patience
from ormer.stores import events, resources

RAISES = "def model_fn(folder):\n    raise ValueError('no such whale')\n"
BAD = TELLER.replace('return model + " " + socket.gethostname(), "text/plain"', 'raise ValueError("bad")')
HALF = {"Type": "CAPACITY_PERCENT", "Value": 50}


def blue_green(kind: str = "ALL_AT_ONCE", wait: int = 0, termination: int = 0, **more):
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **more}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": termination}}


def shares(hotel, name="one") -> dict[str, float]:
    """{model: its part of the weights} of the route."""
    found: Counter[str] = Counter()
    for variant in hotel.route(name).variants:
        found[variant.model_name] += variant.weight
    return dict(found)


@pytest.fixture
def two(hotel):
    """An endpoint that serves `old`, and a configuration of `new`."""
    return prepared(hotel)


def prepared(hotel, code: str = TELLER, count: int = 1):
    hotel.model("old")
    hotel.model("new", code)
    hotel.serve("one", {"ModelName": "old", "InitialInstanceCount": count})
    hotel.configure("next", {"ModelName": "new", "InitialInstanceCount": count})
    return hotel


def update(hotel, deployment=None, **more):
    request = {"EndpointName": "one", "EndpointConfigName": "next", **more}
    hotel.call("UpdateEndpoint", request | ({"DeploymentConfig": deployment} if deployment else {}))


def test_an_update_moves_all_traffic_without_a_lost_request(two):
    old_pids = set(two.pids("one").values())
    with Traffic(two, "one") as traffic:
        two.eventually(lambda: traffic.answers)
        update(two)
        found = two.settled("one")
        two.eventually(lambda: traffic.answers[-1] == "new")
    assert traffic.failures == []
    assert set(traffic.answers) == {"old", "new"}
    assert found["EndpointConfigName"] == "next"
    assert "PendingDeploymentSummary" not in found and "FailureReason" not in found
    two.eventually(lambda: len(two.pids("one")) == 1 and not old_pids & set(two.pids("one").values()))
    with two.stores.database.read() as tx:
        told = [each["detail"]["EndpointStatus"] for each in events.about(tx, two.row("one").arn)]
    assert told[::-1] == ["CREATING", "IN_SERVICE", "UPDATING", "IN_SERVICE"]


def test_a_new_fleet_that_does_not_come_up_leaves_the_old_one_serving(hotel):
    prepared(hotel, RAISES)
    with Traffic(hotel, "one") as traffic:
        update(hotel)
        found = hotel.settled("one")
    assert traffic.failures == [] and set(traffic.answers) == {"old"}
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "one")
    assert "did not pass the ping health check" in found["FailureReason"]
    assert "no such whale" in found["FailureReason"]
    with hotel.stores.database.read() as tx:
        told = [each["detail"]["EndpointStatus"] for each in events.about(tx, hotel.row("one").arn)]
    assert told[::-1] == ["CREATING", "IN_SERVICE", "UPDATING", "ROLLING_BACK", "IN_SERVICE"]


def test_a_canary_gets_its_part_and_then_everything(make_hotel):
    clock = ManualClock()
    hotel = prepared(make_hotel(clock=clock), count=2)
    update(hotel, blue_green("CANARY", 300, 600, CanarySize={"Type": "INSTANCE_COUNT", "Value": 1}))
    hotel.eventually(lambda: shares(hotel) == {"old": 0.5, "new": 0.5})

    def baking(found: dict) -> bool:
        pending = found["PendingDeploymentSummary"]
        return pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Baking"

    # Routes change a commit before the description does.
    found = hotel.until("one", baking)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", "one")
    assert found["PendingDeploymentSummary"]["EndpointConfigName"] == "next"
    assert found["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] == 600
    assert len(hotel.instances("one")) == 4
    clock.advance(301)
    hotel.eventually(lambda: shares(hotel) == {"new": 1.0})
    assert len(hotel.pids("one")) == 4
    clock.advance(301)
    hotel.eventually(lambda: hotel.row("one").facts["hosting"]["deployment"]["phase"] == "holding")
    assert hotel.row("one").status == "Updating"
    clock.advance(601)
    assert hotel.settled("one")["EndpointConfigName"] == "next"
    hotel.eventually(lambda: len(hotel.pids("one")) == 2)


def test_a_linear_deployment_moves_step_by_step(make_hotel):
    clock = ManualClock()
    hotel = prepared(make_hotel(clock=clock))
    update(hotel, blue_green("LINEAR", 60, LinearStepSize={"Type": "CAPACITY_PERCENT", "Value": 40}))
    for old, new in ((0.6, 0.4), (0.2, 0.8)):
        hotel.eventually(lambda old=old, new=new: shares(hotel) == pytest.approx({"old": old, "new": new}))
        clock.advance(61)
    hotel.eventually(lambda: shares(hotel) == {"new": 1.0})
    clock.advance(61)
    assert hotel.settled("one")["EndpointConfigName"] == "next"


def test_an_alarm_while_a_canary_bakes_brings_everything_back(make_hotel):
    clock = ManualClock()
    hotel = prepared(make_hotel(clock=clock), BAD, count=2)
    canary = blue_green("CANARY", 300, CanarySize=HALF)
    update(hotel, {**canary, "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}})
    hotel.eventually(lambda: shares(hotel) == {"old": 0.5, "new": 0.5})
    with hotel.stores.database.write() as tx:
        arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
        resources.create(tx, arn=arn, kind="MetricAlarm", name="errors", document={}, now=1.0, status="ALARM")
    found = hotel.settled("one")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "one")
    assert "the alarm errors went into ALARM state" in found["FailureReason"]
    assert shares(hotel) == {"old": 1.0}
    hotel.eventually(lambda: len(hotel.pids("one")) == 2)
    with Traffic(hotel, "one") as traffic:
        hotel.eventually(lambda: len(traffic.answers) > 20)
    assert traffic.failures == [] and set(traffic.answers) == {"old"}


def test_a_deployment_that_takes_too_long_is_brought_back(make_hotel):
    clock = ManualClock()
    hotel = prepared(make_hotel(clock=clock), "import time\ndef model_fn(folder):\n    time.sleep(600)\n")
    slow = blue_green()
    slow["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 600
    update(hotel, slow)
    hotel.eventually(lambda: len(hotel.pids("one")) == 2)
    clock.advance(601)
    found = hotel.settled("one")
    assert found["EndpointConfigName"] == "one"
    assert "MaximumExecutionTimeoutInSeconds (600)" in found["FailureReason"]


def test_a_rolling_update_replaces_batches_and_never_serves_with_fewer(make_hotel):
    clock = ManualClock()
    hotel = prepared(make_hotel(clock=clock), count=4)
    policy = {"MaximumBatchSize": HALF, "WaitIntervalInSeconds": 60}
    with Traffic(hotel, "one") as traffic:
        update(hotel, {"RollingUpdatePolicy": policy})
        hotel.eventually(lambda: shares(hotel) == {"old": 0.5, "new": 0.5})
        assert len(hotel.instances("one")) == 6
        clock.advance(61)
        hotel.eventually(lambda: shares(hotel) == {"new": 1.0})
        assert len(hotel.instances("one")) == 4
        clock.advance(61)
        found = hotel.settled("one")
    assert traffic.failures == []
    assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    hotel.eventually(lambda: len(hotel.pids("one")) == 4)


def test_a_rolling_update_that_is_brought_back_starts_old_instances_again(make_hotel):
    clock = ManualClock()
    hotel = prepared(make_hotel(clock=clock), count=2)
    policy = {"MaximumBatchSize": HALF, "WaitIntervalInSeconds": 60, "RollbackMaximumBatchSize": HALF}
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "late"}]}}
    with Traffic(hotel, "one") as traffic:
        update(hotel, {"RollingUpdatePolicy": policy, **alarms})
        hotel.eventually(lambda: shares(hotel) == {"old": 0.5, "new": 0.5})
        clock.advance(61)
        hotel.eventually(lambda: shares(hotel) == {"new": 1.0})
        with hotel.stores.database.write() as tx:
            arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:late"
            resources.create(tx, arn=arn, kind="MetricAlarm", name="late", document={}, now=1.0, status="ALARM")
        found = hotel.settled("one")
    assert traffic.failures == []
    assert shares(hotel) == {"old": 1.0}
    assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def test_a_deployment_goes_on_with_the_next_server(home, make_hotel):
    clock = ManualClock()
    hotel = prepared(make_hotel(clock=clock))
    update(hotel, blue_green("CANARY", 300, CanarySize=HALF))
    hotel.eventually(lambda: shares(hotel) == {"old": 0.5, "new": 0.5})
    hotel.abandon()
    again = make_hotel(clock=clock)
    again.eventually(lambda: again.route("one") and len(again.instances("one")) == 2)
    assert shares(again) == {"old": 0.5, "new": 0.5}
    clock.advance(301)
    again.eventually(lambda: shares(again) == {"new": 1.0})
    clock.advance(301)
    assert again.settled("one")["EndpointConfigName"] == "next"


def test_weights_and_counts_are_changed_by_starting_and_stopping_instances(hotel):
    hotel.model("a")
    hotel.model("b")
    hotel.serve("one", {"ModelName": "a"}, {"ModelName": "b", "InitialVariantWeight": 3})
    assert shares(hotel) == {"a": 1.0, "b": 3.0}
    change = [{"VariantName": "v1", "DesiredInstanceCount": 2, "DesiredWeight": 5.0}]
    with Traffic(hotel, "one") as traffic:
        hotel.call("UpdateEndpointWeightsAndCapacities", {"EndpointName": "one", "DesiredWeightsAndCapacities": change})
        found = hotel.settled("one")
        assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 2
        assert found["ProductionVariants"][0]["CurrentWeight"] == 5.0
        assert len(hotel.instances("one")) == 3
        change[0]["DesiredInstanceCount"] = 1
        hotel.call("UpdateEndpointWeightsAndCapacities", {"EndpointName": "one", "DesiredWeightsAndCapacities": change})
        hotel.settled("one")
        hotel.eventually(lambda: len(hotel.pids("one")) == 2)
    assert traffic.failures == []
    assert shares(hotel) == {"a": 5.0, "b": 3.0}


def test_variant_properties_are_retained_when_asked(hotel):
    prepared(hotel)
    change = [{"VariantName": "v1", "DesiredInstanceCount": 2, "DesiredWeight": 5.0}]
    hotel.call("UpdateEndpointWeightsAndCapacities", {"EndpointName": "one", "DesiredWeightsAndCapacities": change})
    hotel.settled("one")
    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    update(hotel, RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=excluded)
    variant = hotel.settled("one")["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (2, 1.0)


def test_requests_under_way_are_finished_before_an_old_instance_is_stopped(make_hotel):
    code = TELLER.replace('    return model + " "', '    import time; time.sleep(3)\n    return model + " "')
    hotel = make_hotel(patience=Patience(well=0.2, retry=0.1, busy=30))
    hotel.model("old", code)
    hotel.model("new")
    hotel.serve("one", {"ModelName": "old"})
    hotel.configure("next", {"ModelName": "new"})
    with Traffic(hotel, "one") as traffic:
        hotel.eventually(lambda: hotel.instances("one")[0].active == 1)
        update(hotel)
        hotel.settled("one")
        hotel.eventually(lambda: traffic.answers)
    assert traffic.failures == []
    assert traffic.answers[0] == "old"
