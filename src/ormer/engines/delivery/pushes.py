"""Starts delivery pipelines whose source is a repository here and asks to be followed, when its branch moves: a
CodeCommit source that polls, and one behind a code connection that detects changes.

Nothing is polled: the repository's own event says that a branch moved. Durable is the place in the outbox, which is
written in the transaction that starts what an event asks for, so that each push starts a delivery pipeline once.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.stores import connections, events, resources
from ormer.stores.database import Tx, upsert
from ormer.stores.deliveries import executions
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tables import settings

JsonDict = dict[str, Any]
CURSOR = "delivery_pushes"
SOURCE, DETAIL_TYPE = "aws.codecommit", "CodeCommit Repository State Change"
MOVES = ("referenceCreated", "referenceUpdated")
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
        self._unlisten = self._stores.database.signals.events.listen(self._news.set)
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
            page = events.between(tx, self._cursor, newest, BATCH, {SOURCE}, {DETAIL_TYPE})
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
        detail = event["detail"]
        if detail.get("event") not in MOVES or detail.get("referenceType") != "branch":
            return
        for pipeline in _pipelines(tx, event):
            trigger = _trigger(tx, pipeline, detail)
            before = pipeline.created > event["time"] or executions.is_from_before(tx, pipeline, event["uuid"])
            if trigger is None or before:
                continue
            declared = pipeline.document["pipeline"].get("variables", ())
            variables = [
                {"name": one["name"], "resolvedValue": one["defaultValue"]} for one in declared if "defaultValue" in one
            ]
            now = self._stores.clock.now()
            more = {"variables": variables}
            executions.begin(tx, pipeline, trigger, now, actor=event["actor"], more=more, facts={"revisions": {}})

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


def _trigger(tx: Tx, pipeline: Row, detail: JsonDict) -> JsonDict | None:
    """What starts a pipeline when this branch has moved; None when none of its sources is this branch and asks so.

    Sources ask unless told otherwise, as AWS's do.
    """
    for action in pipeline.document["pipeline"]["stages"][0]["actions"]:
        given = action.get("configuration", {})
        if given.get("BranchName") != detail.get("referenceName"):
            continue
        provider = action["actionTypeId"]["provider"]
        is_this = given.get("RepositoryName") == detail.get("repositoryName")
        if provider == "CodeCommit" and is_this and _asks(given, "PollForSourceChanges"):
            return {"triggerType": "PollForSourceChanges", "triggerDetail": detail["referenceName"]}
        if provider == "CodeStarSourceConnection" and _asks(given, "DetectChanges"):
            connection = connections.find(tx, pipeline.account, pipeline.region, given["ConnectionArn"])
            if connection is None:
                continue
            own = connections.own_repository(connection, given["FullRepositoryId"])
            if own and own == detail.get("repositoryName"):
                return {"triggerType": "WebhookV2", "triggerDetail": connection.arn}
    return None


def _asks(given: JsonDict, member: str) -> bool:
    return bool(given.get(member, "true").lower() != "false")
