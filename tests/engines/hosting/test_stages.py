"""The stages of deployment policies: counts and shares, never fewer instances than promised."""

from __future__ import annotations

import pytest

from ormer.engines.hosting import deployments
from ormer.engines.hosting.records import Fleet, State, changed

OLD, NEW = 1, 2


def fleet(number: int, count: int, **more) -> Fleet:
    variant = {"VariantName": "v", "ModelName": "m"}
    return Fleet(number=number, variant=variant, containers=(), weight=1.0, count=count, resolved=0.0, **more)


def steps(asked, old: int, new: int) -> list[tuple[int, int, float]]:
    """(old count, new count, share of the new) after each stage."""
    found = deployments.policy_stages(asked, [fleet(OLD, old)] if old else [], [fleet(NEW, new)])
    return [
        (
            next((each.count for each in stage.targets if each.fleet == OLD), 0),
            next(each.count for each in stage.targets if each.fleet == NEW),
            round(next(each.share for each in stage.targets if each.fleet == NEW), 6),
        )
        for stage in found
    ]


def routing(kind: str, **more):
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": 0, **more}}
    }


def size(kind: str, value: int):
    return {"Type": kind, "Value": value}


def rolling(kind: str, value: int):
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size(kind, value), "WaitIntervalInSeconds": 0}}


@pytest.mark.parametrize(
    ("asked", "old", "new", "expected"),
    [
        ({}, 0, 3, [(0, 3, 1.0)]),
        ({}, 2, 3, [(0, 3, 1.0)]),
        (routing("CANARY", CanarySize=size("CAPACITY_PERCENT", 30)), 2, 2, [(2, 2, 0.3), (0, 2, 1.0)]),
        (routing("CANARY", CanarySize=size("INSTANCE_COUNT", 1)), 4, 4, [(4, 4, 0.25), (0, 4, 1.0)]),
        (
            routing("LINEAR", LinearStepSize=size("CAPACITY_PERCENT", 40)),
            1,
            1,
            [(1, 1, 0.4), (1, 1, 0.8), (0, 1, 1.0)],
        ),
        (rolling("INSTANCE_COUNT", 1), 3, 3, [(2, 1, 0.333333), (1, 2, 0.666667), (0, 3, 1.0)]),
        (rolling("CAPACITY_PERCENT", 50), 4, 4, [(2, 2, 0.5), (0, 4, 1.0)]),
        (rolling("INSTANCE_COUNT", 2), 5, 5, [(3, 2, 0.4), (1, 4, 0.8), (0, 5, 1.0)]),
        (rolling("CAPACITY_PERCENT", 5), 2, 2, [(1, 1, 0.5), (0, 2, 1.0)]),
        (rolling("CAPACITY_PERCENT", 50), 1, 3, [(1, 1, 0.333333), (1, 2, 0.666667), (0, 3, 1.0)]),
    ],
)
def test_the_stages_of_a_policy(asked, old, new, expected):
    assert steps(asked, old, new) == expected


class Sight:
    """Instances that come up as they are asked for, unless their fleet is broken."""

    def __init__(self, broken: int = 0) -> None:
        self.broken = broken
        self.ringing = ""

    def ready(self, fleet: Fleet) -> int:
        return 0 if fleet.number == self.broken else fleet.count

    def problem(self, fleet: Fleet) -> str:
        return "it is broken" if fleet.number == self.broken else ""

    def alarm(self, names: list[str]) -> str:
        return self.ringing if self.ringing in names else ""


def serving(count: int = 2) -> State:
    return State(config={"EndpointConfigName": "old"}, fleets=(fleet(OLD, count, share=1.0),), next_number=NEW)


def begun(asked, count: int = 2) -> State:
    return deployments.begin(serving(count), {"EndpointConfigName": "new"}, asked, (fleet(NEW, count),), 0.0)


def test_a_deployment_ends_with_the_new_fleet_alone():
    state, outcome = deployments.step(begun({}), Sight(), 0.0)
    assert (outcome.status, state.config["EndpointConfigName"], state.deployment) == ("InService", "new", None)
    assert [(each.number, each.count, each.share) for each in state.fleets] == [(OLD, 0, 0.0), (NEW, 2, 1.0)]


def test_a_broken_fleet_is_taken_back_and_its_reason_kept():
    state, outcome = deployments.step(begun({}), Sight(broken=NEW), 0.0)
    assert (outcome.status, outcome.reason) == ("RollingBack", "it is broken")
    state, outcome = deployments.step(state, Sight(broken=NEW), 0.0)
    assert (outcome.status, outcome.reason) == ("InService", "it is broken")
    assert state.config["EndpointConfigName"] == "old"
    assert [(each.number, each.count, each.share) for each in state.fleets] == [(OLD, 2, 1.0), (NEW, 0, 0.0)]


def test_a_roll_back_that_cannot_start_old_instances_again_leaves_the_mix():
    asked = rolling("CAPACITY_PERCENT", 50) | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}}
    asked["RollingUpdatePolicy"]["WaitIntervalInSeconds"] = 60
    state, _ = deployments.step(begun(asked), Sight(), 0.0)
    state, _ = deployments.step(state, Sight(), 61.0)
    assert state.fleet(OLD).count == 1 and state.fleet(NEW).count == 2
    alarmed = Sight()
    alarmed.ringing = "a"
    state, outcome = deployments.step(state, alarmed, 62.0)
    assert outcome.status == "RollingBack"
    state, outcome = deployments.step(state, Sight(broken=OLD), 63.0)
    assert outcome.status == "UpdateRollbackFailed"
    assert {each.share for each in state.fleets} == {0.0, 1.0}
    assert state.fleet(NEW).count == 2


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to():
    state = deployments.begin(State(), {"EndpointConfigName": "new"}, {}, (fleet(OLD, 1),), 0.0)
    _, outcome = deployments.step(state, Sight(broken=OLD), 0.0)
    assert outcome.status == "Failed"


def test_more_instances_that_do_not_come_up_leave_the_count_as_it_was():
    state = deployments.rescale(serving(), [{"VariantName": "v", "DesiredInstanceCount": 3, "DesiredWeight": 2.0}], 0.0)
    grown = changed(state, fleets=tuple(changed(each, count=3) for each in state.fleets))
    state, outcome = deployments.step(grown, Sight(broken=OLD), 0.0)
    assert (outcome.status, outcome.reason) == ("InService", "it is broken")
    assert (state.fleet(OLD).count, state.fleet(OLD).weight) == (2, 1.0)
