"""The stops behind an approval: staging, production, and the monitors that watch them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ormer.stores import model_activity, tagging
from ormer.stores.database import Tx
from ormer.stores.deliveries import actions
from ormer.stores.deliveries import executions as deliveries
from ormer.stores.deliveries.actions import ActionRow
from ormer.stores.model_activity import Happening
from ormer.stores.monitoring import executions as monitoring
from ormer.stores.projects import Belongings
from ormer.stores.resources import Row
from ormer.studio.story_stops import Stop
from ormer.studio.story_training import deployed_versions

JsonDict = dict[str, Any]
STAGING, PRODUCTION = "staging", "production"
# The words by which stages and tags name their environment.
WORDS = {STAGING: ("stag", "test"), PRODUCTION: ("prod", "live")}
ACTIONS_MAX = 200


def stops(tx: Tx, own: Belongings, version: Row | None, deploy: Row | None, monitor: Row | None) -> list[Stop]:
    """Where a version has been brought to, and what watches it there; those of no use in the project left out."""
    if deploy is None and not own.endpoints:
        return []
    happenings = model_activity.activity(tx, version.arn) if version is not None else []
    execution = _carrying(tx, deploy, happenings)
    runs = _runs(tx, execution)
    found = [_environment(tx, own, word, happenings, execution, runs) for word in (STAGING, PRODUCTION)]
    if execution is not None and not any(run.status == actions.IN_PROGRESS for run in runs):
        _ask_for_earlier(tx, execution, found)
    if version is not None and version.document.get("ModelApprovalStatus") == "Rejected":
        for stop in found:
            stop.state = "ahead" if stop.state in ("running", "failed") else stop.state
    if monitor is not None or own.monitoring_schedules:
        found.append(_monitored(tx, own, monitor, happenings))
    return found


def _ask_for_earlier(tx: Tx, execution: Row, found: list[Stop]) -> None:
    """An execution that waits behind an earlier one's approval asks for that."""
    blocking = in_the_way(tx, execution) if execution.status == "InProgress" else None
    stop = next((stop for stop in found if stop.state in ("ahead", "running")), None)
    if blocking is not None and stop is not None:
        earlier, run = blocking
        stop.state, stop.started = "waiting", run.started
        stop.text, stop.asks = f"{run.action} of the one before", asked(earlier, run)


def _carrying(tx: Tx, deploy: Row | None, happenings: Sequence[Happening]) -> Row | None:
    """The delivery that brings the version out: the newest that began with its approval or later."""
    approved = next((one.time for one in reversed(happenings) if one.what == "approved"), None)
    if deploy is None or approved is None:
        return None
    return next((row for row in deliveries.all_of(tx, deploy.arn) if row.created >= approved), None)


def _runs(tx: Tx, execution: Row | None) -> list[ActionRow]:
    """The current runs of an execution's actions, oldest first."""
    if execution is None:
        return []
    return actions.listed(tx, execution.parent, execution.arn, 0, ACTIONS_MAX, only_current=True)[::-1]


def _environment(
    tx: Tx, own: Belongings, word: str, happenings: Sequence[Happening], execution: Row | None, runs: list[ActionRow]
) -> Stop:
    stop = Stop(word, "ahead", stands=_stands(tx, own, word))
    if execution is not None:
        _follow(stop, word, execution, runs)
    deployed = next((one for one in reversed(happenings) if one.what == "deployed" and _is(one.stage, word)), None)
    if deployed is not None:
        endpoint = next((row for row in own.endpoints if row.name == deployed.endpoint), None)
        stop.state, stop.ended = "done", deployed.time
        stop.text = deployed.endpoint
        stop.link = endpoint.arn if endpoint is not None else stop.link
        stop.asks = {}
    if stop.state == "done":
        stop.stands = {}
    return stop


def _follow(stop: Stop, word: str, execution: Row, runs: list[ActionRow]) -> None:
    """What a delivery under way says of an environment."""
    mine = [run for run in runs if _stop_of(run) == word]
    waiting = next((run for run in mine if _is_approval(run) and run.status == actions.IN_PROGRESS), None)
    stop.link, stop.execution = execution.parent, execution.name
    if waiting is not None:
        stop.state, stop.started, stop.text = "waiting", waiting.started, waiting.action
        stop.asks = asked(execution, waiting)
        return
    if not mine:
        stop.link = stop.execution = ""
        return
    stop.started = min(run.started for run in mine)
    failed = next((run for run in mine if run.status == actions.FAILED), None)
    if failed is not None:
        answer = failed.facts.get("answer", {}) if _is_approval(failed) else {}
        stop.state, stop.ended = "failed", failed.modified
        stop.text = f"{failed.action} was rejected" if answer or _is_approval(failed) else f"{failed.action} failed"
        stop.detail = failed.result.get("errorDetails", {}).get("message", "") or failed.output.get("summary", "")
    elif execution.status == "InProgress":
        running = next((run.action for run in mine if run.status == actions.IN_PROGRESS), "")
        stop.state, stop.text = "running", running
    elif execution.status == "Succeeded":
        stop.state, stop.ended = "done", max(run.modified for run in mine)
    else:
        stop.state, stop.ended = "stopped", execution.modified


def waiting_in(tx: Tx, execution: Row) -> ActionRow | None:
    """The approval that an execution waits for, None when it waits for nobody."""
    return next((run for run in _runs(tx, execution) if _is_approval(run) and run.status == actions.IN_PROGRESS), None)


def in_the_way(tx: Tx, execution: Row) -> tuple[Row, ActionRow] | None:
    """The approval that keeps an execution from going on: its own, or that of an earlier one in the stage it waits for.

    None when it waits for nobody.
    """
    for earlier in reversed(deliveries.moving(tx, execution.parent)):
        run = waiting_in(tx, earlier) if earlier.created <= execution.created else None
        if run is not None:
            return earlier, run
    return None


def asked(execution: Row, run: ActionRow) -> JsonDict:
    """The decision that an approval waits for, as PutApprovalResult takes it."""
    return {
        "what": "action",
        "pipeline": execution.document["pipelineName"],
        "stage": run.stage,
        "action": run.action,
        "token": run.facts.get("token", ""),
        "execution": execution.name,
    }


def _stop_of(run: ActionRow) -> str:
    """The stop an action belongs to: an approval in one environment's stage asks for the next environment."""
    if _is(run.stage, PRODUCTION) or (_is_approval(run) and _is(run.stage, STAGING)):
        return PRODUCTION
    return STAGING


def _is(name: str, word: str) -> bool:
    return any(part in name.lower() for part in WORDS[word])


def _is_approval(run: ActionRow) -> bool:
    return bool(run.input.get("actionTypeId", {}).get("category") == "Approval")


def _stands(tx: Tx, own: Belongings, word: str) -> JsonDict:
    """What an environment serves now, {} for nothing."""
    for endpoint in own.endpoints:
        stage = tagging.of(tx, endpoint.arn).get(model_activity.STAGE_TAG, "")
        if not _is(stage or endpoint.name, word):
            continue
        numbers = [str(row.document["ModelPackageVersion"]) for row in deployed_versions(tx, endpoint.arn)]
        text = f"version {', '.join(numbers)} serves" if numbers else f"{endpoint.name} stands"
        return {"text": text, "link": endpoint.arn}
    return {}


def _monitored(tx: Tx, own: Belongings, monitor: Row | None, happenings: Sequence[Happening]) -> Stop:
    stop = Stop("monitored", "ahead")
    reached = next((one.time for one in happenings if one.what == "deployed"), None)
    newest = next(iter(deliveries.all_of(tx, monitor.arn)), None) if monitor is not None else None
    if newest is not None and reached is not None and newest.created >= reached:
        runs = _runs(tx, newest)
        waiting = waiting_in(tx, newest)
        stop.link, stop.execution, stop.started = newest.parent, newest.name, newest.created
        if waiting is not None:
            stop.state, stop.text = "waiting", waiting.action
            stop.asks, stop.started = asked(newest, waiting), waiting.started
            return stop
        if newest.status == "InProgress":
            stop.state = "running"
            stop.text = next((run.action for run in runs if run.status == actions.IN_PROGRESS), "")
            return stop
        if newest.status == "Failed":
            failed = next((run for run in runs if run.status == actions.FAILED), None)
            stop.state, stop.ended, stop.text = "failed", newest.modified, f"{failed.action} failed" if failed else ""
            stop.detail = failed.result.get("errorDetails", {}).get("message", "") if failed else ""
            return stop
    return _watching(tx, own, stop, reached is not None)


def _watching(tx: Tx, own: Belongings, stop: Stop, reached: bool) -> Stop:
    """What the schedules that stand found last."""
    schedules = own.monitoring_schedules
    if not schedules:
        return stop
    latest = [found for schedule in schedules if (found := monitoring.latest(tx, schedule)) is not None]
    violated = [run for run in latest if run.status == "CompletedWithViolations"]
    count = f"{len(schedules)} {'schedule' if len(schedules) == 1 else 'schedules'}"
    words = f"{count}, {len(violated)} with violations" if violated else count
    if not reached:
        stop.stands = {"text": words, "link": _watched(own)}
        return stop
    stop.state, stop.text = ("failed" if violated else "done"), words
    stop.link, stop.execution = _watched(own), ""
    stop.ended = max((run.modified for run in latest), default=max(row.created for row in schedules))
    return stop


def _watched(own: Belongings) -> str:
    """The endpoint whose monitors are shown first: production's, or any."""
    names = {row.document.get("EndpointName", "") for row in own.monitoring_schedules}
    endpoints = sorted(
        (row for row in own.endpoints if row.name in names), key=lambda row: not _is(row.name, PRODUCTION)
    )
    return endpoints[0].arn if endpoints else ""
