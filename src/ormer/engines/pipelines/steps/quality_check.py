"""QualityCheck steps: data quality and model quality by the model-monitor analyzer."""

from __future__ import annotations

from typing import Any

from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.outcomes import Outcome
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import checks
from ormer.engines.pipelines.steps.checks import Style

JsonDict = dict[str, Any]
STYLE = Style({"Statistics": "statistics.json", "Constraints": "constraints.json"}, "Quality", "QualityCheck")


def start(step: Step, run: Run) -> Outcome:
    """Create the analyzer's job."""
    return checks.start(step, run, STYLE, run.arguments(step))


def finish(step: Step, run: Run, described: JsonDict) -> Outcome:
    """Baselines and violations of the ended job."""
    return checks.finish(step, run, STYLE, described)
