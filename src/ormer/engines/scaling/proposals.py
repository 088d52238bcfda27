"""What each policy of a target asks for, and which of them is followed.

Outward the largest wish is followed at once; inward only when every target tracking policy that may scale in agrees.
https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ormer.engines.scaling import readings
from ormer.engines.scaling.readings import Readings
from ormer.engines.scaling.steps import stepped
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.scaling import activities, targets

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
COOLDOWN_SECONDS = 300.0


@dataclass(frozen=True)
class Proposal:
    """A policy's wish, already within its cooldowns. alarm: what made it wish."""

    policy: Row
    alarm: Row
    capacity: int


@dataclass(frozen=True)
class Wishes:
    """proposals: of the policies whose alarms act. acting: whether any alarm does, so that it is worth looking again.
    agreed: whether every tracking policy that may scale in wants to.
    """

    proposals: Sequence[Proposal]
    acting: bool
    agreed: bool


def gather(tx: Tx, target: Row, current: int, now: float) -> Wishes:
    """Ask every policy of the target."""
    proposals: list[Proposal] = []
    is_acting, agreed = False, True
    for policy in targets.belongings(tx, target, "ScalingPolicy"):
        alarms = [alarm for alarm in targets.alarms_naming(tx, policy) if targets.acting(alarm, policy)]
        is_acting = is_acting or bool(alarms)
        found = [_ask(tx, target, policy, alarm, current, now) for alarm in alarms]
        wishes = [proposal for proposal in found if proposal is not None and proposal.capacity != current]
        proposals += wishes
        if _may_shrink(policy) and not any(wish.capacity < current for wish in wishes):
            agreed = False
    return Wishes(proposals, is_acting, agreed)


def chosen(target: Row, current: int, wishes: Wishes) -> Proposal | None:
    """The wish to follow, within the target's bounds; None when nothing is to change."""
    low, high = target.document["MinCapacity"], target.document["MaxCapacity"]
    suspended = target.document["SuspendedState"]
    bounded = [Proposal(one.policy, one.alarm, min(max(one.capacity, low), high)) for one in wishes.proposals]
    out = [one for one in bounded if one.capacity > current]
    if out and not suspended["DynamicScalingOutSuspended"]:
        return max(out, key=lambda one: one.capacity)
    inward = [one for one in bounded if one.capacity < current]
    if out or not inward or suspended["DynamicScalingInSuspended"]:
        return None
    largest = max(inward, key=lambda one: one.capacity)
    return largest if wishes.agreed or largest.policy.document["PolicyType"] == "StepScaling" else None


def _may_shrink(policy: Row) -> bool:
    configuration = policy.document.get("TargetTrackingScalingPolicyConfiguration")
    return configuration is not None and not configuration.get("DisableScaleIn", False)


def _ask(tx: Tx, target: Row, policy: Row, alarm: Row, current: int, now: float) -> Proposal | None:
    last = activities.last_change(tx, target.arn)
    values = readings.recent(tx, alarm, now, last["ended"] if last is not None else 0.0)
    if not values.newest:
        return None
    if policy.document["PolicyType"] == "StepScaling":
        wanted = _by_steps(tx, target, policy, alarm, values, current, now)
    else:
        wanted = _by_tracking(tx, target, policy, alarm, values, current, now)
    return None if wanted is None else Proposal(policy, alarm, wanted)


def _by_tracking(
    tx: Tx, target: Row, policy: Row, alarm: Row, values: Readings, current: int, now: float
) -> int | None:
    """The capacity at which the metric would be at its target, were the load shared evenly."""
    configuration = policy.document["TargetTrackingScalingPolicyConfiguration"]
    goal = float(configuration["TargetValue"])
    if alarm.document["ComparisonOperator"].startswith("Greater"):
        base = _base(tx, target, policy, current, now, configuration.get("ScaleOutCooldown", COOLDOWN_SECONDS))
        # The period under way may have little of its data yet.
        wanted = math.ceil(base * max(values.newest) / goal)
        return wanted if wanted > current else None
    if configuration.get("DisableScaleIn", False) or not values.full:
        return None
    if _cooling(tx, target, now, configuration.get("ScaleInCooldown", COOLDOWN_SECONDS), out=False):
        return None
    wanted = math.ceil(current * max(values.full) / goal)
    return wanted if wanted < current else None


def _by_steps(tx: Tx, target: Row, policy: Row, alarm: Row, values: Readings, current: int, now: float) -> int | None:
    configuration = policy.document["StepScalingPolicyConfiguration"]
    cooldown = configuration.get("Cooldown", COOLDOWN_SECONDS)
    breach = _breach(alarm, values)
    wanted = stepped(configuration, current, breach)
    if wanted is not None and wanted > current:
        wanted = stepped(configuration, _base(tx, target, policy, current, now, cooldown), breach)
        return wanted if wanted is not None and wanted > current else None
    if _cooling(tx, target, now, cooldown, out=False):
        return None
    return wanted


def _breach(alarm: Row, values: Readings) -> float:
    """How far the metric is from the threshold. The period under way counts once it breaches by itself."""
    upward = alarm.document["ComparisonOperator"].startswith("Greater")
    value = max(values.newest) if upward else values.newest[0]
    return value - float(alarm.document["Threshold"])


def _base(tx: Tx, target: Row, policy: Row, current: int, now: float, cooldown: float) -> int:
    """The capacity that a wish to grow is reckoned from: in a cooldown, what was added last is part of the wish."""
    last = activities.last_change(tx, target.arn, out=True)
    if last is None or last["policy_arn"] != policy.arn or now >= last["ended"] + cooldown:
        return current
    return int(last["capacity_before"])


def _cooling(tx: Tx, target: Row, now: float, cooldown: float, *, out: bool) -> bool:
    last = activities.last_change(tx, target.arn, out=out)
    return last is not None and now < last["ended"] + cooldown
