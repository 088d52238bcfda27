"""Selective execution: some steps run, what they need of the others is taken from an earlier execution.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-selective-ex.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.engines.pipelines import expressions
from ormer.engines.pipelines.definitions import Definition, Step, functions_of
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.runs import executions, steps
from ormer.stores.runs.steps import StepRow

JsonDict = dict[str, Any]
TAKEN_OVER = ("metadata", "properties", "property_files", "made_arn", "started", "ended", "attempt", "began")


def select(tx: Tx, pipeline: Row, definition: Definition, rows: dict[str, StepRow], config: JsonDict) -> None:
    """Prepare the rows of a new execution: unselected steps are skipped, or stand as they ended in the source.

    Raises ValidationException when a step is unknown, or when the source lacks what a selected step refers to.
    """
    chosen = {one["StepName"] for one in config["SelectedSteps"]}
    unknown = sorted(chosen - set(rows))
    if unknown:
        raise validation(f"SelectedSteps names steps the pipeline does not have: {', '.join(unknown)}.")
    source_arn = config.get("SourcePipelineExecutionArn")
    source = _source(tx, pipeline, source_arn) if source_arn else {}
    for name, row in rows.items():
        if name not in chosen:
            row.status = steps.SKIPPED
    for name in chosen:
        step = definition.steps[name]
        for need in step.needs - chosen:
            _supply(rows[need], source.get(need), source_arn, step, definition)


def _source(tx: Tx, pipeline: Row, arn: str) -> dict[str, StepRow]:
    row = resources.get(tx, arn)
    if row is None or row.kind != executions.KIND or row.parent != pipeline.arn:
        raise validation(f"SourcePipelineExecutionArn '{arn}' is no execution of this pipeline.")
    if row.status not in executions.FINAL:
        raise validation(f"SourcePipelineExecutionArn '{arn}' is still running. Wait until it has ended.")
    return steps.of(tx, arn)


def _supply(row: StepRow, earlier: StepRow | None, source_arn: str | None, step: Step, definition: Definition) -> None:
    row.status = "Succeeded"
    if earlier is not None and earlier.status == "Succeeded":
        for column in TAKEN_OVER:
            setattr(row, column, getattr(earlier, column))
        row.selective_source = source_arn
    elif any(found.name == row.name for found in expressions.references(functions_of(step.raw))):
        raise validation(
            f"Selected step '{step.name}' refers to step '{row.name}', which is not selected and did not succeed in "
            "the source execution. Select it too, or give a SourcePipelineExecutionArn in which it succeeded."
        )
    if step.branch is not None and step.branch[0] == row.name:
        # To select a step of a branch is to take that branch.
        row.properties = {"Outcome": step.branch[1]}
