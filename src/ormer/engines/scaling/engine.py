"""The task "scalable_target": gives one variant the capacity it should have.

Durable are the target, its policies and scheduled actions, and the activities. A look may happen again at any moment:
an activity is written in the transaction that orders the change, so no change is ordered twice, and it ends when the
endpoint is settled. Alarms wake the target; while one acts it looks again every minute, as CloudWatch repeats itself.
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.scaling import capacity, proposals
from ormer.engines.scaling.capacity import Capacity
from ormer.engines.worker import Again, Work
from ormer.stores import linked_roles, resources
from ormer.stores.database import Tx
from ormer.stores.linked_roles import SCALING_ENDPOINTS
from ormer.stores.port import Api
from ormer.stores.resources import Row
from ormer.stores.scaling import activities, schedules, targets
from ormer.stores.scaling.targets import DIMENSIONS, TASK

JsonDict = dict[str, Any]
SESSION = "AutoScaling-Scale"
REPEAT_SECONDS = 60.0
SETTLING_SECONDS = 2.0
DONE = "Successfully set desired {what} to {count}. Change successfully fulfilled by sagemaker."
FAILED = "Failed to set desired {what} to {count}. Reason: {reason}"


def run(work: Work) -> Again | None:
    """Look at the target. Returns None when it is deregistered."""
    next_time = _come_due(work)
    with work.read() as tx:
        target = resources.get(tx, work.subject)
        if target is None:
            return None
        open_activity = activities.under_way(tx, target.arn)
    api = work.port.acting_as(linked_roles.session(target.account, SCALING_ENDPOINTS, SESSION), target.region)
    try:
        seen = capacity.read(api, target)
    except AwsError as error:
        if open_activity is not None:
            _end(work, target, open_activity, error.message)
        return Again(at=next_time)
    if not seen.settled:
        with work.write() as tx:
            resources.watch(tx, seen.endpoint_arn, TASK, target.arn)
        return Again(at=next_time)
    if open_activity is not None:
        if seen.in_service and seen.desired == open_activity["capacity_after"] != seen.current:
            # It is on its way though the endpoint shows no update.
            return Again(seconds=SETTLING_SECONDS)
        _end(work, target, open_activity, "" if _reached(seen, open_activity) else f"The endpoint is {seen.status}.")
    repeat = _scale(work, api, target, seen) if seen.in_service else False
    soon = work.now + REPEAT_SECONDS if repeat else None
    return Again(at=min((at for at in (soon, next_time) if at is not None), default=None))


def _come_due(work: Work) -> float | None:
    """Do what scheduled actions say whose time has come, once for each time. Returns when the next one comes."""
    with work.write() as tx:
        target = resources.get(tx, work.subject)
        if target is None:
            return None
        coming = []
        for action in targets.belongings(tx, target, "ScheduledAction"):
            at = action.facts.get("next")
            if at is not None and at <= work.now:
                if not target.document["SuspendedState"]["ScheduledScalingSuspended"]:
                    target = _set_bounds(tx, target, action, work.now)
                at = schedules.next_time(action.document, at)
                if at is not None and at <= work.now:
                    # Times that were missed while nothing ran come once, together.
                    at = schedules.next_time(action.document, work.now)
                resources.save(tx, action, {}, now=work.now, facts={"next": at}, touch=False)
            if at is not None:
                coming.append(at)
    return min(coming, default=None)


def _set_bounds(tx: Tx, target: Row, action: Row, now: float) -> Row:
    """The target with the bounds of a scheduled action; the other bound gives way."""
    wanted = action.document["ScalableTargetAction"]
    low = wanted.get("MinCapacity", min(target.document["MinCapacity"], wanted.get("MaxCapacity", 1 << 31)))
    high = wanted.get("MaxCapacity", max(target.document["MaxCapacity"], low))
    bounds = {"MinCapacity": low, "MaxCapacity": high}
    return resources.save(tx, target, bounds, now=now, facts={"bounds_by": action.name})


def _scale(work: Work, api: Api, target: Row, seen: Capacity) -> bool:
    """Order what is due. Returns whether to look again by itself."""
    low, high = target.document["MinCapacity"], target.document["MaxCapacity"]
    if not low <= seen.current <= high:
        bound, count = ("minimum", low) if seen.current < low else ("maximum", high)
        scheduled = target.facts.get("bounds_by")
        cause = f"{bound} capacity was set to {count}"
        if scheduled:
            cause = f"scheduled action name {scheduled} was triggered and {cause}"
        return _order(work, api, target, seen, count, cause, "")
    with work.read() as tx:
        wishes = proposals.gather(tx, target, seen.current, work.now)
    found = proposals.chosen(target, seen.current, wishes)
    if found is None:
        return wishes.acting
    cause = f"monitor alarm {found.alarm.name} in state {found.alarm.status} triggered policy {found.policy.name}"
    return _order(work, api, target, seen, found.capacity, cause, found.policy.arn)


def _order(work: Work, api: Api, target: Row, seen: Capacity, count: int, cause: str, policy_arn: str) -> bool:
    """Order a capacity and write the activity, in one transaction. Returns whether to try again by itself."""
    what = DIMENSIONS[target.document["ScalableDimension"]]

    def begin(tx: Tx) -> str:
        return activities.begin(
            tx,
            target,
            description=f"Setting desired {what} to {count}.",
            cause=cause,
            before=seen.current,
            after=count,
            now=work.now,
            policy_arn=policy_arn,
        )

    try:
        with work.write() as tx:
            begin(tx)
            capacity.order(api, target, seen, count)
            resources.watch(tx, seen.endpoint_arn, TASK, target.arn)
    except AwsError as error:
        with work.write() as tx:
            message = FAILED.format(what=what, count=count, reason=error.message)
            activities.end(tx, begin(tx), "Failed", message, work.now)
        return True
    return False


def _reached(seen: Capacity, activity: Any) -> bool:
    return seen.in_service and seen.current == activity["capacity_after"]


def _end(work: Work, target: Row, activity: Any, fault: str) -> None:
    words = {
        "what": DIMENSIONS[target.document["ScalableDimension"]],
        "count": activity["capacity_after"],
        "reason": fault,
    }
    message = FAILED.format(**words) if fault else DONE.format(**words)
    with work.write() as tx:
        activities.end(tx, activity["id"], "Failed" if fault else "Successful", message, work.now)
