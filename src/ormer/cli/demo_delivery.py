"""One delivery of the demo's project: the executions that something starts, their actions, and a person's approvals."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.console import Console

from ormer.cli.client import Client
from ormer.cli.demo_board import MARKS, Line, watch

FINAL = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
START_SECONDS = 60.0
POLL_SECONDS = 0.1


class Delivery:
    """A delivery pipeline by its name."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        self._client = client
        self._shown: set[tuple[str, str]] = set()

    def executions(self) -> list[str]:
        """The ids of its executions, the newest first."""
        listed = self._call("ListPipelineExecutions", pipelineName=self.name)
        return [each["pipelineExecutionId"] for each in listed["pipelineExecutionSummaries"]]

    def begun(self, known: Sequence[str]) -> str:
        """Wait for an execution that is not among those known; returns its id. ClickException when none begins."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for identifier in self.executions():
                if identifier not in known:
                    return identifier
            time.sleep(POLL_SECONDS)
        raise click.ClickException(f"Nothing has started {self.name} within {START_SECONDS:.0f} s.")

    def status(self, execution: str) -> str:
        """The status of an execution."""
        found = self._call("GetPipelineExecution", pipelineName=self.name, pipelineExecutionId=execution)
        return str(found["pipelineExecution"]["status"])

    def trigger(self, execution: str) -> str:
        """What a person reads of the revision that an execution carries: the commit's message."""
        found = self._call("GetPipelineExecution", pipelineName=self.name, pipelineExecutionId=execution)
        revisions = found["pipelineExecution"].get("artifactRevisions", [])
        return str(revisions[0].get("revisionSummary", "")).partition("\n")[0] if revisions else ""

    def lines(self, execution: str) -> list[Line]:
        """The execution's actions so far, in the order in which they began."""
        return [_line(detail) for detail in self._details(execution)]

    def waiting(self, execution: str) -> dict[str, Any] | None:
        """{stage, action, token} of the approval that the execution waits for, None while it does not."""
        state = self._call("GetPipelineState", name=self.name)
        for stage in state["stageStates"]:
            if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution:
                continue
            for action in stage["actionStates"]:
                latest = action.get("latestExecution", {})
                if latest.get("status") == "InProgress" and latest.get("token"):
                    return {"stage": stage["stageName"], "action": action["actionName"], "token": latest["token"]}
        return None

    def approve(self, waiting: dict[str, Any], comment: str) -> None:
        """Approve what waits."""
        self._call(
            "PutApprovalResult",
            pipelineName=self.name,
            stageName=waiting["stage"],
            actionName=waiting["action"],
            token=waiting["token"],
            result={"status": "Approved", "summary": comment},
        )

    def reason(self, execution: str) -> str:
        """Why an execution failed, in the words of what ended it; "" when nothing said why."""
        state = self._call("GetPipelineState", name=self.name)
        for stage in state["stageStates"]:
            if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution:
                continue
            for action in stage["actionStates"]:
                message = action.get("latestExecution", {}).get("errorDetails", {}).get("message", "")
                if message:
                    return str(message).rstrip().rpartition("\n")[2]
        return ""

    def follow(self, execution: str, console: Console, more: Callable[[], Sequence[Line]] = lambda: ()) -> str:
        """Show the actions until the execution ends or a person is asked; returns its status. more: lines below.

        Followed once more, after the person has answered, it shows what came since.
        """
        shown = set(self._shown)
        watch(console, lambda: self._look(execution, shown, more))
        return self.status(execution)

    def _look(
        self, execution: str, shown: set[tuple[str, str]], more: Callable[[], Sequence[Line]]
    ) -> tuple[list[Line], bool]:
        """How far it is first, then the lines: when it has ended, so have all that are listed."""
        done = self.status(execution) in FINAL or self.waiting(execution) is not None
        lines = [line for line in self.lines(execution) if (execution, line.name) not in shown]
        self._shown |= {(execution, line.name) for line in lines if line.status in MARKS}
        return [*lines, *more()], done

    def _details(self, execution: str) -> list[dict[str, Any]]:
        listed = self._call(
            "ListActionExecutions", pipelineName=self.name, filter={"pipelineExecutionId": execution}, maxResults=100
        )
        return sorted(listed["actionExecutionDetails"], key=lambda detail: detail["startTime"])

    def _call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self._client.call("codepipeline", operation, **params)


def _line(detail: dict[str, Any]) -> Line:
    over = detail["status"] != "InProgress"
    return Line(
        f"{detail['stageName']} / {detail['actionName']}",
        {"Abandoned": "Stopped"}.get(detail["status"], detail["status"]),
        detail["startTime"].timestamp(),
        detail["lastUpdateTime"].timestamp() if over else 0.0,
    )
