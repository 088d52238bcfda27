"""Condition steps: all conditions together decide which branch is taken."""

from __future__ import annotations

from ormer.engines.pipelines import conditions
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.outcomes import Outcome, Succeeded
from ormer.engines.pipelines.runs import Run


def start(step: Step, run: Run) -> Outcome:
    """Decide. References find the outcome as a truth value, lists show it as AWS's word."""
    view = run.view(step)
    outcome = all(conditions.holds(condition, view) for condition in step.arguments["Conditions"])
    return Succeeded({"Outcome": outcome}, {"Condition": {"Outcome": str(outcome)}})
