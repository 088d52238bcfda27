"""Starts delivery pipelines whose source is a repository here and asks to be followed, when its branch moves: a
CodeCommit source that polls, one behind a code connection that detects changes, and one whose pipeline has triggers:
those say which branches, tags, files and pull requests start it, and win over the source's own branch.

Nothing is polled: the repository's own event says that a branch moved. Durable is the place in the outbox, which is
written in the transaction that starts what an event asks for, so that each push starts a delivery pipeline once.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.engines.delivery import triggers
from ormer.engines.delivery.triggers import Moved
from ormer.stores import connections, events, resources
from ormer.stores.database import Tx, upsert
from ormer.stores.deliveries import executions
from ormer.stores.repositories.processes import GitFailed
from ormer.stores.repositories.repository import Missing
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tables import settings

JsonDict = dict[str, Any]
CURSOR = "delivery_pushes"
SOURCE, PULLED = "aws.codecommit", "CodeCommit Pull Request State Change"
DETAIL_TYPES = {"CodeCommit Repository State Change", PULLED}
MOVES = ("referenceCreated", "referenceUpdated")
HEADS = "refs/heads/"
BATCH = 200
# Events without pushes after which the place is written all the same.
CURSOR_STEP = 1000
POLL_SECONDS = 1.0
# News are gathered for this long, so that a burst of commits is one look.
PAUSE_SECONDS = 0.05
RECOVERY_SECONDS = 1.0

log = structlog.get_logger("ormer.delivery")


class Pushes:
    """Follows the outbox. `step` is one look at it; tests call it themselves."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="pushes", daemon=True)
        self._unlisten: Callable[[], None] = lambda: None
        self._written = self._cursor = self._found_cursor()

    def start(self) -> None:
        self._unlisten = self._stores.database.signals.events_of(SOURCE).listen(self._news.set)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; what was not looked at yet is looked at from the next start on."""
        self._unlisten()
        self._stopping.set()
        self._news.set()
        self._thread.join(10)

    def step(self) -> bool:
        """Look at the next pushes. Returns whether more are there already."""
        database = self._stores.database
        with database.read() as tx:
            newest = events.last(tx)
            page = events.between(tx, self._cursor, newest, BATCH, {SOURCE}, DETAIL_TYPES)
        full = len(page) == BATCH
        cursor = int(page[-1]["id"]) if full else newest
        if page or cursor - self._written >= CURSOR_STEP:
            with database.write() as tx:
                for event in page:
                    self._start_for(tx, event)
                tx.execute(upsert(tx, settings, ["name"], {"name": CURSOR, "value": cursor}))
            self._written = cursor
        self._cursor = cursor
        return full

    def _found_cursor(self) -> int:
        """Where to go on; a first start has nothing to catch up with but its own."""
        with self._stores.database.read() as tx:
            row = tx.one(sa.select(settings.c.value).where(settings.c.name == CURSOR))
            return int(row["value"]) if row is not None else 0

    def _start_for(self, tx: Tx, event: JsonDict) -> None:
        moved = _moved(event)
        if moved is None:
            return
        for pipeline in _pipelines(tx, event):
            found = self._begun_by(tx, pipeline, event, moved)
            before = pipeline.created > event["time"] or executions.is_from_before(tx, pipeline, event["uuid"])
            if found is None or before:
                continue
            trigger, facts = found
            declared = pipeline.document["pipeline"].get("variables", ())
            variables = [
                {"name": one["name"], "resolvedValue": one["defaultValue"]} for one in declared if "defaultValue" in one
            ]
            now = self._stores.clock.now()
            executions.begin(
                tx, pipeline, trigger, now, actor=event["actor"], more={"variables": variables}, facts=facts
            )

    def _begun_by(self, tx: Tx, pipeline: Row, event: JsonDict, moved: Moved) -> tuple[JsonDict, JsonDict] | None:
        """What starts a pipeline now, and the facts of its execution; None when none of its sources asks for it.

        Sources ask unless told otherwise, as AWS's do.
        """
        repository = _repository(event)
        for action in pipeline.document["pipeline"]["stages"][0]["actions"]:
            given, provider = action.get("configuration", {}), action["actionTypeId"]["provider"]
            is_its_branch = not moved.pull and given.get("BranchName") == moved.branch
            if provider == "CodeStarSourceConnection":
                found = self._behind_connection(tx, pipeline, action, event, moved, is_its_branch)
                if found is not None:
                    return found
            is_its = provider == "CodeCommit" and given.get("RepositoryName") == repository and is_its_branch
            if is_its and _asks(given, "PollForSourceChanges"):
                return {"triggerType": "PollForSourceChanges", "triggerDetail": moved.branch}, {"revisions": {}}
        return None

    def _behind_connection(
        self, tx: Tx, pipeline: Row, action: JsonDict, event: JsonDict, moved: Moved, is_its_branch: bool
    ) -> tuple[JsonDict, JsonDict] | None:
        """The same for a source behind a connection: its triggers decide, where the pipeline has any for it."""
        given = action["configuration"]
        connection = connections.find(tx, pipeline.account, pipeline.region, given["ConnectionArn"])
        if connection is None:
            return None
        own = connections.own_repository(connection, given["FullRepositoryId"])
        if not own or own != _repository(event):
            return None
        cause = {"triggerType": "WebhookV2", "triggerDetail": connection.arn}
        configurations = triggers.of_action(pipeline.document["pipeline"], action["name"])
        if not configurations:
            return (cause, {"revisions": {}}) if is_its_branch and _asks(given, "DetectChanges") else None
        if triggers.ask_for_paths(configurations):
            moved = self._with_paths(event, moved)
        if not any(triggers.start(one, moved) for one in configurations):
            return None
        revisions = {action["name"]: {"COMMIT_ID": moved.commit_id}}
        return cause, {"revisions": revisions, "branches": {action["name"]: moved.branch or moved.tag}}

    def _with_paths(self, event: JsonDict, moved: Moved) -> Moved:
        """With the files that changed: since the branch was there before, of its last commit where it is new, and of a
        pull request against the branch that it is for."""
        if moved.paths is not None:
            return moved
        stores, detail = self._stores.repositories, event["detail"]
        identifier = stores.named(event["account"], event["region"], _repository(event))
        if identifier is None:
            return replace(moved, paths=())
        try:
            before = detail.get("destinationCommit") or detail.get("oldCommitId")
            if before is None:
                parents = stores.log(identifier, moved.commit_id, 1)[0].parents
                before = parents[0] if parents else None
            paths = {one.path for one in stores.diff(identifier, before, moved.commit_id)}
        except (Missing, IndexError, GitFailed):  # the commits are gone again
            return replace(moved, paths=())
        return replace(moved, paths=paths)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                if self.step():
                    continue
            except SQLAlchemyError as error:  # a full disk, a database away: it is asked again until it answers
                log.error("pushes cannot be looked at", exc_info=error)
                self._stopping.wait(RECOVERY_SECONDS)
                continue
            self._news.wait(POLL_SECONDS)
            self._stopping.wait(PAUSE_SECONDS)


def _pipelines(tx: Tx, event: JsonDict) -> Iterator[Row]:
    c = table.c
    where = (c.account == event["account"], c.region == event["region"], c.kind == executions.PIPELINE)
    yield from resources.select(tx, *where)


def _moved(event: JsonDict) -> Moved | None:
    """What an event tells of; None when it can start nothing."""
    detail = event["detail"]
    if event["detail_type"] == PULLED:
        pull = triggers.PULL_EVENTS.get(str(detail.get("event")))
        if pull is None or (pull == "CLOSED" and detail.get("pullRequestStatus") != "Closed"):
            return None
        branch, target = (str(detail[name]).removeprefix(HEADS) for name in ("sourceReference", "destinationReference"))
        return Moved(str(detail["sourceCommit"]), branch=branch, pull=pull, target=target)
    kind, name = detail.get("referenceType"), str(detail.get("referenceName"))
    if detail.get("event") not in MOVES or kind not in ("branch", "tag"):
        return None
    return Moved(str(detail["commitId"]), **{kind: name})


def _repository(event: JsonDict) -> str:
    """The name of the repository that an event is of."""
    detail = event["detail"]
    return str(detail.get("repositoryName") or detail["repositoryNames"][0])


def _asks(given: JsonDict, member: str) -> bool:
    return bool(given.get(member, "true").lower() != "false")
