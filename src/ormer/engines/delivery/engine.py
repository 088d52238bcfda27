"""Moves a delivery pipeline on: the task "delivery", whose subject is the pipeline's ARN.

One task a pipeline, not one an execution: which execution may enter a stage, and which waits or is superseded, depends
on all of them, and is decided in one place. Durable are the executions' rows (which stage, inside it or before it) and
one row a run of an action. A run's row is written before its work begins, and everything the work makes is named after
the row's id, so that work which is begun a second time makes the same thing. What waits (a stack, a build, a person)
wakes the task by its change; approvals wait for the calendar.
https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.delivery import running
from ormer.engines.delivery.declared import Stage, stages_of
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.deliveries import actions, announcements, executions
from ormer.stores.deliveries.actions import IN_PROGRESS, SUCCEEDED, ActionRow
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PARALLEL, QUEUED = "PARALLEL", "QUEUED"


def run(work: Work) -> Again | None:
    """Move every execution of the pipeline on. Returns None when there is none left, else when to look again."""
    with work.read() as tx:
        pipeline = resources.get(tx, work.subject)
    return None if pipeline is None else Coordinator(work, pipeline).coordinate()


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail the executions that are inside a stage when the task raises again and again; those that wait get their turn.

    See `work.Ending`.
    """
    moving = executions.moving(tx, work.subject)
    inside = [row for row in moving if row.facts["inside"]]
    for row in inside or moving:
        _give_up(tx, row, reason, work.now)
    return bool(moving)


def _give_up(tx: Tx, row: Row, reason: str, now: float) -> None:
    # The declaration may be what raises: the stages it is in stand in the row as well.
    stage = next((name for name, status in row.facts["stages"].items() if status == IN_PROGRESS), "")
    for run in actions.current(tx, row.arn, stage).values():
        if run.status == IN_PROGRESS:
            result = {**run.result, "errorDetails": {"code": "JobFailed", "message": reason}}
            actions.change(tx, row, run, now, status=actions.FAILED, output={**run.output, "executionResult": result})
    facts: JsonDict = {"inside": False}
    if row.facts["inside"]:
        facts["stages"] = {**row.facts["stages"], stage: "Failed"}
        announcements.stage(tx, row, stage, "Failed", now)
    executions.advance(tx, row, "Failed", now=now, facts=facts, change={"statusSummary": reason})


class Coordinator:
    """One look at all executions of one pipeline."""

    def __init__(self, work: Work, pipeline: Row) -> None:
        self.work = work
        self.pipeline = pipeline
        self.declarations: dict[int, JsonDict] = {}
        self.waits: list[Again] = []

    def coordinate(self) -> Again | None:
        """Go round until nothing moves any more."""
        moved = True
        while moved:
            moved, self.waits = False, []
            rows = self._moving()
            for row in rows:
                if self._step(row.arn):
                    moved = True
        return self._wait() if rows else None

    def _moving(self) -> list[Row]:
        with self.work.read() as tx:
            return executions.moving(tx, self.pipeline.arn)

    def _wait(self) -> Again:
        """When to look again: at the soonest moment that anything asked for."""
        ats = [one.at for one in self.waits if one.at is not None]
        pauses = [one.seconds for one in self.waits if one.seconds is not None]
        return Again(seconds=min(pauses)) if pauses else Again(at=min(ats)) if ats else Again()

    def _step(self, arn: str) -> bool:
        """Move one execution; whether it moved."""
        with self.work.read() as tx:
            row = resources.get(tx, arn)
        if row is None or row.status not in executions.MOVING:
            return False
        stage = self._stages(row)[row.facts["stage"]]
        if row.facts["inside"]:
            return self._work_inside(row, stage)
        return self._stop_outside(row) if row.status == "Stopping" else self._try_to_enter(row, stage)

    def _declaration(self, row: Row) -> JsonDict:
        version = int(row.document["pipelineVersion"])
        if version not in self.declarations:
            with self.work.read() as tx:
                found = executions.declaration(tx, self.pipeline.arn, version)
            assert found is not None, "a version stays as long as its pipeline"
            self.declarations[version] = found
        return self.declarations[version]

    def _stages(self, row: Row) -> list[Stage]:
        return stages_of(self._declaration(row))

    # -- before a stage -------------------------------------------------------------------------------------------

    def _stop_outside(self, row: Row) -> bool:
        with self.work.write() as tx:
            executions.advance(tx, row, "Stopped", now=self.work.now, expect=("Stopping",))
        return True

    def _try_to_enter(self, row: Row, stage: Stage) -> bool:
        """Enter the stage when it is free and open, else give way to a newer execution that waits too."""
        with self.work.write() as tx:
            others = [one for one in executions.moving(tx, row.parent) if one.arn != row.arn]
            here = [one for one in others if self._stages(one)[one.facts["stage"]].name == stage.name]
            pipeline = resources.get(tx, row.parent)
            if pipeline is None:
                return False
            open_ = pipeline.facts.get("transitions", {}).get(stage.name, {}).get("enabled", True)
            mode, number = row.document["executionMode"], row.facts["number"]
            waiting = [one.facts["number"] for one in here if not one.facts["inside"]]
            occupied = any(one.facts["inside"] for one in here)
            turn = mode == PARALLEL or not (occupied or (mode == QUEUED and waiting and min(waiting) < number))
            if open_ and turn:
                self._enter(tx, pipeline, row, stage)
                return True
            if mode not in (PARALLEL, QUEUED) and waiting and max(waiting) > number:
                newer = next(one for one in here if one.facts["number"] == max(waiting))
                text = f"Superseded by execution {newer.name}."
                executions.advance(tx, row, "Superseded", now=self.work.now, change={"statusSummary": text})
                return True
        return False

    def _enter(self, tx: Tx, pipeline: Row, row: Row, stage: Stage) -> None:
        stages = {**row.facts["stages"], stage.name: IN_PROGRESS}
        facts = {"inside": True, "stages": stages}
        resources.save(tx, row, {}, now=self.work.now, facts=facts)
        latest = {**pipeline.facts.get("stages", {}), stage.name: row.name}
        resources.save(tx, pipeline, {}, now=self.work.now, facts={"stages": latest}, touch=False)
        announcements.stage(tx, row, stage.name, IN_PROGRESS, self.work.now)

    # -- inside a stage -------------------------------------------------------------------------------------------

    def _work_inside(self, row: Row, stage: Stage) -> bool:
        """Take in what has become of runs, start what is next, and leave the stage when it is over."""
        with self.work.read() as tx:
            runs = actions.current(tx, row.arn, stage.name)
        moved = False
        for run in runs.values():
            if run.status == IN_PROGRESS:
                moved = self._move(row, stage, run) or moved
        if moved:
            return True
        if any(run.status == IN_PROGRESS for run in runs.values()):
            return False
        bad = any(run.status not in (IN_PROGRESS, SUCCEEDED) for run in runs.values())
        following = self._next(stage, runs)
        if row.status == "Stopping" or bad or not following:
            return self._leave(row, stage, bad)
        return self._begin(row, stage, following)

    def _next(self, stage: Stage, runs: dict[str, ActionRow]) -> list[JsonDict]:
        """The next group's actions that have no run yet."""
        for group in stage.groups:
            left = [action for action in group if action["name"] not in runs]
            if left:
                return left
        return []

    def _begin(self, row: Row, stage: Stage, declarations: list[JsonDict]) -> bool:
        """Write the runs of a group; their work begins at the next look."""
        with self.work.write() as tx:
            fresh = resources.get(tx, row.arn)
            if fresh is None or fresh.status != "InProgress":
                return True
            for declaration in declarations:
                made = running.prepared(fresh, self._declaration(row), stage.name, declaration, self.work.now)
                actions.begin(tx, fresh, made, self.work.now)
        return True

    def _move(self, row: Row, stage: Stage, run: ActionRow) -> bool:
        """Begin a run's work or look at it; whether it ended or began to wait."""
        if row.facts.get("abandon"):
            return running.abandon(self.work, self._declaration(row), stage, row, run)
        again = running.move(self.work, self._declaration(row), stage, row, run)
        if again is not None:
            self.waits.append(again)
        return again is None

    def _leave(self, row: Row, stage: Stage, bad: bool) -> bool:
        """The stage is over: on to the next, or the execution has come to its end."""
        stopping = row.status == "Stopping"
        status = "Stopped" if stopping else "Failed" if bad else SUCCEEDED
        with self.work.write() as tx:
            fresh = resources.get(tx, row.arn)
            if fresh is None or fresh.status != row.status:
                return True
            facts: JsonDict = {"inside": False, "stages": {**fresh.facts["stages"], stage.name: status}}
            announcements.stage(tx, fresh, stage.name, status, self.work.now)
            last = fresh.facts["stage"] + 1 == len(self._stages(row))
            if status == SUCCEEDED and not last:
                resources.save(tx, fresh, {}, now=self.work.now, facts=facts | {"stage": fresh.facts["stage"] + 1})
            else:
                executions.advance(tx, fresh, status, now=self.work.now, facts=facts)
        return True
