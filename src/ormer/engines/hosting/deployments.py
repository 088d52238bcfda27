"""How a deployment goes: the stages of a policy, and one step of them at a time. Pure: it answers a new state.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html

A stage first grows fleets, waits until the new instances answer, then moves traffic, watches alarms for a while, and
only then lets old instances go. So at no moment do fewer instances serve than were promised. Waits are the calendar's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from ormer.engines.hosting.records import Deployment, Fleet, Stage, State, Target, changed

JsonDict = dict[str, Any]

ALARMED = "The deployment was rolled back because the alarm {alarm} went into ALARM state."
TIMED_OUT = "The deployment was rolled back because it took longer than MaximumExecutionTimeoutInSeconds ({seconds})."


class View(Protocol):
    """What is true of fleets right now."""

    def ready(self, fleet: Fleet) -> int:
        """How many of its instances could serve."""
        ...

    def problem(self, fleet: Fleet) -> str:
        """Why it will not come up; "" while there is hope."""
        ...

    def alarm(self, names: list[str]) -> str:
        """The first of these alarms that is in ALARM state, or ""."""
        ...


class Outcome(msgspec.Struct, frozen=True):
    """Where a deployment stands after a step.

    status: the endpoint's new status, "" while it is under way. reason: its FailureReason.
    at: the calendar's second to look again, None to wait for news. failed: nothing serves, all fleets go.
    """

    status: str = ""
    reason: str = ""
    at: float | None = None


# -- the stages of a policy ---------------------------------------------------------------------------------------


def policy_stages(asked: JsonDict, old: Iterable[Fleet], new: Iterable[Fleet]) -> tuple[Stage, ...]:
    """The stages that lead from the old fleets to the new ones."""
    before, after = list(old), list(new)
    rolling = asked.get("RollingUpdatePolicy")
    if rolling and before:
        return _rolling(rolling["MaximumBatchSize"], float(rolling["WaitIntervalInSeconds"]), before, after)
    policy = asked.get("BlueGreenUpdatePolicy") or {}
    routing = policy.get("TrafficRoutingConfiguration") or {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    wait = float(routing["WaitIntervalInSeconds"])
    hold = float(policy.get("TerminationWaitInSeconds", 0))
    if not before:
        return (Stage(tuple(Target(fleet.number, fleet.count, 1.0) for fleet in after)),)
    shares = _shares(routing, after)
    stages = [Stage(_shifted(before, after, share, whole=True), wait) for share in shares[:-1]]
    return (*stages, Stage(_shifted(before, after, 1.0, whole=False), wait, hold))


def _shares(routing: JsonDict, after: list[Fleet]) -> list[float]:
    """The growing parts of traffic that the new fleets get."""
    count = max((fleet.count for fleet in after if not fleet.shadow), default=1)
    if routing["Type"] == "CANARY":
        return [_part(routing["CanarySize"], count), 1.0]
    if routing["Type"] == "LINEAR":
        step = _part(routing["LinearStepSize"], count)
        steps = math.ceil(round(1 / step, 6))
        return [min(1.0, step * (number + 1)) for number in range(steps)]
    return [1.0]


def _part(size: JsonDict, count: int) -> float:
    """A CapacitySize as a part of the whole, 0 to 1."""
    if size["Type"] == "CAPACITY_PERCENT":
        return float(size["Value"]) / 100
    return min(1.0, float(size["Value"]) / max(1, count))


def _shifted(before: list[Fleet], after: list[Fleet], share: float, whole: bool) -> tuple[Target, ...]:
    """whole: the old fleets keep all their instances."""
    old = [Target(each.number, each.count if whole else 0, 1.0 - share, awaited=False) for each in before]
    return (*old, *[Target(each.number, each.count, share) for each in after])


def _rolling(size: JsonDict, wait: float, before: list[Fleet], after: list[Fleet]) -> tuple[Stage, ...]:
    """Batches: so many new instances, their part of the traffic, then old instances to match the part that is left."""
    largest = max(after, key=lambda fleet: max(1, fleet.count) / _batch(size, fleet.count))
    batches = math.ceil(max(1, largest.count) / _batch(size, largest.count))
    stages = []
    for number in range(1, batches + 1):
        share = 1.0 if number == batches else _batch(size, largest.count) * number / largest.count
        news = [Target(each.number, _part_of(each.count, share), share) for each in after]
        olds = [Target(each.number, _part_of(each.count, 1.0 - share), 1.0 - share, False) for each in before]
        stages.append(Stage((*olds, *news), wait))
    return tuple(stages)


def _batch(size: JsonDict, count: int) -> int:
    """Instances of one batch: at least one."""
    if size["Type"] == "CAPACITY_PERCENT":
        return max(1, count * int(size["Value"]) // 100)
    return int(size["Value"])


def _part_of(count: int, share: float) -> int:
    """The instances that a part of the traffic needs of `count`: rounded up, so that some serve while there is any."""
    return math.ceil(round(count * share, 6))


# -- steps ----------------------------------------------------------------------------------------------------------


def begin(state: State, config: JsonDict, asked: JsonDict, new: tuple[Fleet, ...], now: float) -> State:
    """The state with a deployment of new fleets begun; they have no instances yet."""
    old = [fleet for fleet in state.fleets if fleet.share > 0 or fleet.members]
    deployment = Deployment(
        config=config,
        asked=asked,
        stages=policy_stages(asked, old, new),
        began=now,
        before={str(fleet.number): (fleet.count, fleet.weight) for fleet in old},
        fresh=tuple(fleet.number for fleet in new),
    )
    fleets = (*old, *[changed(fleet, count=0, share=0.0) for fleet in new])
    numbers = max([fleet.number for fleet in new], default=0) + 1
    return changed(state, fleets=fleets, deployment=deployment, next_number=max(state.next_number, numbers))


def rescale(state: State, changes: list[JsonDict], now: float) -> State:
    """The state with counts, weights and serverless capacities on their way to what was asked for."""
    asked = {change["VariantName"]: change for change in changes}
    targets, fleets = [], []
    for fleet in state.fleets:
        change = asked.get(fleet.name, {})
        count = change.get("DesiredInstanceCount")
        count = fleet.count if count is None else count
        targets.append(Target(fleet.number, count, fleet.share, awaited=count > fleet.count))
        weight, variant = change.get("DesiredWeight"), fleet.variant
        if change.get("ServerlessUpdateConfig"):
            variant = {
                **variant,
                "ServerlessConfig": {**variant["ServerlessConfig"], **change["ServerlessUpdateConfig"]},
            }
        fleets.append(changed(fleet, weight=fleet.weight if weight is None else weight, variant=variant))
    deployment = Deployment(
        config=None,
        asked={},
        stages=(Stage(tuple(targets)),),
        began=now,
        before={str(fleet.number): (fleet.count, fleet.weight) for fleet in state.fleets},
        variants_before={str(fleet.number): fleet.variant for fleet in state.fleets},
    )
    return changed(state.replacing(*fleets), deployment=deployment)


def step(state: State, view: View, now: float) -> tuple[State, Outcome]:
    """Take the deployment as far as it goes now."""
    while True:
        deployment = state.deployment
        assert deployment is not None, "a step needs a deployment"
        reason = "" if deployment.back else _verdict(deployment, view, now)
        if reason:
            return undo(state, reason, now)
        stage = deployment.stages[deployment.stage]
        if deployment.phase == "growing":
            state = state.replacing(*[_grown(state, target) for target in stage.targets])
            short = [
                each for each in stage.targets if each.awaited and view.ready(state.fleet(each.fleet)) < each.count
            ]
            problems = [problem for each in short if (problem := view.problem(state.fleet(each.fleet)))]
            if problems:
                return undo(state, problems[0], now)
            if short:
                return state, Outcome(at=_deadline(deployment))
            moved = [changed(state.fleet(target.fleet), share=target.share) for target in stage.targets]
            state = _phase(state.replacing(*moved), "baking", now + stage.wait)
        elif now < deployment.until:
            return state, Outcome(at=deployment.until)
        elif deployment.phase == "baking" and stage.hold:
            state = _phase(state, "holding", now + stage.hold)
        else:
            shrunk = [changed(state.fleet(target.fleet), count=target.count) for target in stage.targets]
            state = state.replacing(*shrunk)
            if deployment.stage + 1 == len(deployment.stages):
                return _finished(state, deployment)
            state = changed(state, deployment=changed(deployment, stage=deployment.stage + 1, phase="growing"))


def undo(state: State, reason: str, now: float) -> tuple[State, Outcome]:
    """Turn the deployment back: the fleets that served before get everything again, then the new ones go."""
    deployment = state.deployment
    assert deployment is not None, "only a deployment can be undone"
    if deployment.back:
        return changed(state, deployment=None), Outcome("UpdateRollbackFailed", reason)
    if not deployment.before:
        return changed(state, deployment=None), Outcome("Failed", reason)
    if deployment.config is None:
        restored = [_restored(fleet, deployment) for fleet in state.fleets]
        return changed(state.replacing(*restored), deployment=None), Outcome("InService", reason)
    back = changed(
        deployment, stages=_stages_back(state, deployment), stage=0, phase="growing", back=True, reason=reason
    )
    return changed(state, deployment=back), Outcome("RollingBack", reason)


def _stages_back(state: State, deployment: Deployment) -> tuple[Stage, ...]:
    old = [state.fleet(int(number)) for number in deployment.before]
    new = [fleet for fleet in state.fleets if fleet.number in deployment.fresh]
    full = {fleet.number: deployment.before[str(fleet.number)][0] for fleet in old}
    size = (deployment.asked.get("RollingUpdatePolicy") or {}).get("RollbackMaximumBatchSize")
    last = Stage(
        (
            *[Target(each.number, full[each.number], 1.0, awaited=each.count < full[each.number]) for each in old],
            *[Target(each.number, 0, 0.0, awaited=False) for each in new],
        )
    )
    missing = max(full[each.number] - each.count for each in old)
    share = max((each.share for each in new), default=0.0)
    if not size or missing <= 0 or not share:
        return (last,)
    stages = []
    batches = max(math.ceil((full[each.number] - each.count) / _batch(size, full[each.number])) for each in old)
    for number in range(1, batches):
        part = share * (1 - number / batches)
        olds = [
            Target(each.number, min(full[each.number], each.count + number * _batch(size, full[each.number])), 1 - part)
            for each in old
        ]
        news = [Target(each.number, _part_of(each.count, part / share), part, False) for each in new]
        stages.append(Stage((*olds, *news)))
    return (*stages, last)


def _verdict(deployment: Deployment, view: View, now: float) -> str:
    """Why the deployment must be undone now, or ""."""
    alarms = [each["AlarmName"] for each in (deployment.asked.get("AutoRollbackConfiguration") or {}).get("Alarms", ())]
    if alarms and deployment.phase != "growing" and (alarm := view.alarm(alarms)):
        return ALARMED.format(alarm=alarm)
    deadline = _deadline(deployment)
    if deadline is not None and now >= deadline:
        return TIMED_OUT.format(seconds=int(deadline - deployment.began))
    return ""


def _deadline(deployment: Deployment) -> float | None:
    policy = deployment.asked.get("BlueGreenUpdatePolicy") or deployment.asked.get("RollingUpdatePolicy") or {}
    seconds = policy.get("MaximumExecutionTimeoutInSeconds")
    return None if seconds is None or deployment.back else deployment.began + float(seconds)


def _finished(state: State, deployment: Deployment) -> tuple[State, Outcome]:
    """Fleets without a part in what serves now are dropped; their last instances leave with the next look."""
    config = state.config if deployment.config is None or deployment.back else deployment.config
    return changed(state, config=config, deployment=None), Outcome("InService", deployment.reason)


def _grown(state: State, target: Target) -> Fleet:
    fleet = state.fleet(target.fleet)
    return fleet if fleet.count >= target.count else changed(fleet, count=target.count)


def _phase(state: State, phase: str, until: float) -> State:
    assert state.deployment is not None, "only a deployment has phases"
    return changed(state, deployment=changed(state.deployment, phase=phase, until=until))


def _restored(fleet: Fleet, deployment: Deployment) -> Fleet:
    count, weight = deployment.before[str(fleet.number)]
    variant = deployment.variants_before.get(str(fleet.number), fleet.variant)
    return changed(fleet, count=count, weight=weight, variant=variant)
