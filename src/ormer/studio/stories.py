"""How far a project's newest change has come: the stops of its rail, from the commit to the monitors.

A story follows one change. It is what the newest execution of the project's pipelines runs, or a newer commit whose
build has not started one yet; where nothing builds, what was deployed last. Stops that the change has not reached say
what stands there now, so that nobody takes a new commit for an empty production.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ormer.aws.clock import iso
from ormer.stores import projects, resources
from ormer.stores.database import Tx
from ormer.stores.deliveries import executions as deliveries
from ormer.stores.projects import Belongings
from ormer.stores.repositories.repository import Missing
from ormer.stores.resources import Row
from ormer.stores.runs import steps
from ormer.stores.stores import Stores
from ormer.studio import story_deployments, story_training
from ormer.studio.story_stops import Stop

JsonDict = dict[str, Any]
# What a delivery pipeline is for, by the word its name has.
BUILD, DEPLOY, MONITOR = "build", "deploy", "monitor"
MESSAGE_CHARACTERS_MAX = 300


@dataclass
class Change:
    """What a story follows. build: the delivery that brought it, None for a run somebody started. run: its pipeline
    execution. version: the model package it registered. Each None until it is there."""

    build: Row | None = None
    run: Row | None = None
    version: Row | None = None
    steps: list[steps.StepRow] = field(default_factory=list)


def of(tx: Tx, stores: Stores, project: Row) -> JsonDict:
    """{"stops": [...], "title", "version", "about": ARNs that change it} of a project."""
    own = projects.belongings(tx, project)
    flows = flows_of(own)
    change = _newest(tx, own, flows.get(BUILD))
    stops: list[Stop] = []
    if BUILD in flows or own.pipelines:
        stops.append(_commit(tx, stores, own, change, flows.get(BUILD)))
        stops += story_training.stops(change.build, change.run, change.steps)
        _ask(tx, change, stops)
    if own.model_groups or stops:
        version = change.version
        stops += [story_training.registered(tx, own, change.run, change.steps, version)]
        stops += [story_training.approved(tx, version)]
        stops += story_deployments.stops(tx, own, version, flows.get(DEPLOY), flows.get(MONITOR))
    return {
        "project": project.name,
        "title": _title(stops, change),
        "version": int(change.version.document["ModelPackageVersion"]) if change.version else None,
        "versionArn": change.version.arn if change.version else "",
        "stops": [_written(stop) for stop in stops],
        "about": _about(own),
    }


def flows_of(own: Belongings) -> dict[str, Row]:
    """{what for: the project's delivery pipeline}, by the word that its name has; an only one builds."""
    found: dict[str, Row] = {}
    for row in own.delivery_pipelines:
        ending = row.name.rpartition("-")[2]
        for word in (BUILD, DEPLOY, MONITOR):
            if word in ending:
                found.setdefault(word, row)
    if not found and len(own.delivery_pipelines) == 1:
        found[BUILD] = own.delivery_pipelines[0]
    return found


def _newest(tx: Tx, own: Belongings, flow: Row | None) -> Change:
    runs = own.executions
    builds = deliveries.all_of(tx, flow.arn) if flow is not None else []
    build, run = next(iter(builds), None), next(iter(runs), None)
    if build is not None and (run is None or run.created < build.created):
        run = None
    elif run is not None:
        build = next((one for one in builds if ran_in(run, one)), None)
    change = Change(build, run)
    if run is not None:
        change.steps = list(steps.of(tx, run.arn).values())
        arn = next((found for step in change.steps if (found := story_training.version_of(step))), "")
        change.version = resources.get(tx, arn) if arn else None
    return change


def ran_in(run: Row, build: Row) -> bool:
    """Whether a build started a pipeline execution: it fell into the build's time."""
    over = build.status in deliveries.FINAL
    return build.created <= run.created and not (over and run.created > build.modified)


def _commit(tx: Tx, stores: Stores, own: Belongings, change: Change, flow: Row | None) -> Stop:
    build = change.build or _latest_build(tx, flow, change.run)
    revision = next(iter(build.document.get("artifactRevisions") or ()), None) if build is not None else None
    if change.build is None and change.run is not None:
        who = change.run.document.get("CreatedBy", {}).get("IamIdentity", {}).get("Arn", "")
        stop = Stop("commit", "done", "Started by hand", who=who, link=change.run.arn)
        stop.started = stop.ended = change.run.created
        stop.detail = revision["revisionId"] if revision else ""
        return stop
    if revision is None or build is None:
        state = "ahead" if build is None else _state(build)
        return Stop("commit", state, "Nothing has been committed yet", link=build.parent if build else "")
    stop = Stop("commit", "done", revision["revisionSummary"][:MESSAGE_CHARACTERS_MAX], link=build.parent)
    stop.detail, stop.started, stop.ended = revision["revisionId"], revision["created"], revision["created"]
    stop.execution = build.name
    stop.who = _author(stores, own, revision["revisionId"])
    return stop


def _ask(tx: Tx, change: Change, stops: list[Stop]) -> None:
    """A build that waits for a person before it starts a pipeline asks at the stop that it has not reached."""
    moving = change.build if change.run is None and change.build and change.build.status == "InProgress" else None
    blocking = story_deployments.in_the_way(tx, moving) if moving else None
    if blocking is None:
        return
    execution, run = blocking
    stop = next(stop for stop in stops if stop.id == "data")
    stop.state, stop.text, stop.started = "waiting", run.action, run.started
    stop.asks = story_deployments.asked(execution, run)


def _latest_build(tx: Tx, flow: Row | None, run: Row | None) -> Row | None:
    """The build whose code a run by hand has: the last one before it."""
    if flow is None or run is None:
        return None
    return next((row for row in deliveries.all_of(tx, flow.arn) if row.created <= run.created), None)


def _state(build: Row) -> str:
    return {"Failed": "failed", "Stopped": "stopped"}.get(build.status, "running")


def _author(stores: Stores, own: Belongings, commit_id: str) -> str:
    for repository in own.repositories:
        try:
            found = stores.repositories.log(repository.document["repositoryId"], commit_id, 1)
        except (Missing, KeyError, OSError):
            continue
        if found and found[0].id == commit_id:
            return found[0].author.name
    return ""


def _title(stops: list[Stop], change: Change) -> str:
    """What the change is called: the first line of its commit."""
    commit = next((stop for stop in stops if stop.id == "commit"), None)
    if commit is not None:
        return commit.text.partition("\n")[0]
    return f"Version {change.version.document['ModelPackageVersion']}" if change.version else ""


def _about(own: Belongings) -> list[str]:
    """The ARNs whose events change the story."""
    rows = (*own.repositories, *own.delivery_pipelines, *own.pipelines, *own.executions[:1], *own.endpoints)
    return [row.arn for row in (*rows, *own.monitoring_schedules)]


def _written(stop: Stop) -> JsonDict:
    """A stop as pages read it: times are ISO texts, what is not known is left out."""
    values = asdict(stop)
    for name in ("started", "ended"):
        values[name] = iso(values[name]) if values[name] is not None else None
    return {name: value for name, value in values.items() if value not in (None, "", {})}
