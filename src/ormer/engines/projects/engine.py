"""Follows a project's stack: the task "project", whose subject is the project's ARN.

The operations that make, change and delete a project do the same to its stack in one transaction, so that neither
stands without the other. What is left to be done is to wait for the stack and to say what became of it; nothing here
begins anything, so a second run finds what the first one left.
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-whatis.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ormer.aws.lifecycles import lifecycle
from ormer.engines.projects import outcomes
from ormer.engines.worker import Again, Work
from ormer.stores import projects, resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stacks import stacks


@dataclass(frozen=True)
class Direction:
    """Where a project under way comes to. good: the stack's status that means it is `done`."""

    good: str
    done: str
    failed: str


DIRECTIONS: Mapping[str, Direction] = {
    "CreateInProgress": Direction("CREATE_COMPLETE", "CreateCompleted", "CreateFailed"),
    "UpdateInProgress": Direction("UPDATE_COMPLETE", "UpdateCompleted", "UpdateFailed"),
    "DeleteInProgress": Direction(stacks.GONE, "DeleteCompleted", "DeleteFailed"),
}


def run(work: Work) -> Again | None:
    """Move the project on. Returns None when its status is final, else when to look again."""
    with work.write() as tx:
        project = resources.get(tx, work.subject)
        if project is None or project.status in lifecycle(project.kind).final:
            return None
        if project.status == "Pending":
            moved = resources.advance(tx, project.arn, "CreateInProgress", now=work.now)
            assert moved is not None, "it was read in this transaction"
            project = moved
        stack = resources.get(tx, project.facts["stack"]) if project.facts.get("stack") else None
        if stack is not None and stack.status not in lifecycle(stack.kind).final:
            resources.watch(tx, stack.arn, work.task.kind, project.arn)
            return Again()
        direction = DIRECTIONS[project.status]
        status = stacks.GONE if stack is None else stack.status
        is_good = status == direction.good or bool(project.facts.get("unchanged"))
        to = direction.done if is_good else direction.failed
        change = projects.told(project, _text(work, project, stack, to))
        resources.advance(tx, project.arn, to, now=work.now, change=change, facts={"unchanged": False})
    return None


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail a project whose task raises again and again; its stack is left as it is. See `work.Ending`."""
    project = resources.get(tx, work.subject)
    if project is None or project.status in lifecycle(project.kind).final:
        return False
    to = DIRECTIONS[project.status].failed if project.status in DIRECTIONS else "CreateFailed"
    resources.advance(tx, project.arn, to, now=work.now, change=projects.told(project, reason))
    return True


def _text(work: Work, project: Row, stack: Row | None, to: str) -> str:
    """What people are to know of how it ended, "" when all is as wanted."""
    with work.read() as tx:
        if to == "DeleteCompleted":
            return outcomes.remains(tx, project, stack)
        if not to.endswith("Failed"):
            return ""
        return "The stack of the project is gone." if stack is None else outcomes.reason(tx, stack)
