"""Which steps are ready: all they need has succeeded, and their branch was taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ormer.engines.pipelines.definitions import Step
from ormer.stores.runs import steps as rows_of
from ormer.stores.runs.steps import StepRow


class Graph:
    """A definition's steps over an execution's rows."""

    def __init__(self, steps: Mapping[str, Step], rows: Mapping[str, StepRow]) -> None:
        self._steps = steps
        self._rows = rows
        self._dependents: dict[str, list[str]] = {name: [] for name in steps}
        for name, step in steps.items():
            for need in step.needs:
                self._dependents[need].append(name)

    def ready(self) -> Iterator[str]:
        """Steps that wait and need not: to be started, or to be skipped; in the definition's order."""
        return (name for name in self._steps if self.is_ready(name))

    def freed_by(self, done: str) -> Iterator[str]:
        """Steps that became ready by this one's end."""
        return (name for name in self._dependents[done] if self.is_ready(name))

    def is_ready(self, name: str) -> bool:
        if self._rows[name].status != rows_of.WAITING:
            return False
        return self.is_skipped(name) or all(self._rows[need].status == "Succeeded" for need in self._steps[name].needs)

    def is_skipped(self, name: str) -> bool:
        """Whether the step will not run: its branch was not taken, or something it needs was skipped."""
        step = self._steps[name]
        if any(self._rows[need].status == rows_of.SKIPPED for need in step.needs):
            return True
        if step.branch is None:
            return False
        condition, wanted = step.branch
        decided = self._rows[condition]
        return decided.status == "Succeeded" and decided.properties.get("Outcome") is not wanted
