"""The notebooks of an AutoML job: what was found in the data, and which candidates are tried.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-data-exploration-report.html
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-candidate-generation-notebook.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

import pandas as pd

from .schemas import REGRESSION, Column, Schema
from .tables import numbers

EXPLORATION = "SageMakerAutopilotDataExplorationNotebook.ipynb"
DEFINITION = "SageMakerAutopilotCandidateDefinitionNotebook.ipynb"
MISSING_MUCH, ROWS_SHOWN_MAX = 0.5, 20
TUNED = "HYPERPARAMETER_TUNING"
TREATMENTS = {
    "numeric": "missing ones become the median and are marked; then scaled to mean 0 and deviation 1",
    "categorical": "one column for each of the 50 most frequent values, one for the rest",
    "datetime": "year, month, day, day of the week and hour",
    "text": "TF-IDF of the 100 most telling words",
}


def write(folder: Path, schema: Schema, target: pd.Series, mode: str, job: str) -> None:
    """Write the exploration, and the candidates' definition where candidates are tuned one by one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EXPLORATION).write_text(json.dumps(notebook(exploration(schema, target)), indent=1))
    if mode == TUNED:
        (folder / DEFINITION).write_text(json.dumps(notebook(definition(schema, job)), indent=1))


def notebook(cells: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Return a notebook of these cells, in nbformat 4."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def exploration(schema: Schema, target: pd.Series) -> List[Dict[str, Any]]:
    """Return the cells that say what the data holds."""
    rows = schema.rows
    head = "# What the data holds\n\nTarget `{}`, problem type **{}**: {} rows to learn from, {} to judge by.".format(
        schema.target, schema.problem, rows["train"], rows["validation"]
    )
    lines = ["| column | type | missing | different values | examples |", "|---|---|---|---|---|"]
    lines += [_line(column) for column in schema.columns]
    return [
        _text(head),
        _text("## Target\n\n" + _target(schema, target)),
        _text("## Features\n\n" + "\n".join(lines)),
        _text("## Worth a look\n\n" + "\n".join("- " + one for one in remarks(schema))),
    ]


def definition(schema: Schema, job: str) -> List[Dict[str, Any]]:
    """Return the cells that say how candidates are made, and one that lists them."""
    kinds = sorted(set(schema.types))
    made = "\n".join("- {}: {}".format(kind, TREATMENTS[kind]) for kind in kinds)
    program = (
        'import boto3\n\nsagemaker = boto3.client("sagemaker")\n'
        "found = sagemaker.list_candidates_for_auto_ml_job(\n"
        '    AutoMLJobName={!r}, SortBy="FinalObjectiveMetricValue"\n)\n'
        'for one in found["Candidates"]:\n'
        '    print(one["CandidateName"], one["CandidateStatus"], one.get("FinalAutoMLJobObjectiveMetric"))'
    ).format(job)
    return [
        _text("# The candidates\n\nEvery candidate takes the features of data processor `dpp0`:\n\n" + made),
        _text(
            "XGBoost and the linear learner are tuned side by side by one hyperparameter tuning job; each of its "
            "training jobs is a candidate."
        ),
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": program},
    ]


def remarks(schema: Schema) -> List[str]:
    """Return what a person should know of the columns."""
    found = []
    for column in schema.columns:
        if column.cardinality <= 1:
            found.append("`{}` has one value only: it tells nothing.".format(column.name))
        if column.missing >= MISSING_MUCH:
            found.append("`{}` is missing in {:.0%} of the rows.".format(column.name, column.missing))
        if column.type == "categorical" and column.cardinality == schema.rows["train"]:
            found.append("`{}` differs in every row, as an identifier does: better left out.".format(column.name))
    return found or ["Nothing looks odd."]


def _line(column: Column) -> str:
    examples = ", ".join("`{}`".format(one.replace("|", "/").replace("`", "'")) for one in column.examples)
    return "| {} | {} | {:.1%} | {} | {} |".format(
        column.name, column.type, column.missing, column.cardinality, examples
    )


def _target(schema: Schema, target: pd.Series) -> str:
    if schema.problem == REGRESSION:
        told = numbers(target).describe()
        return "\n".join("- {}: {:.6g}".format(name, value) for name, value in told.items())
    counts = target.value_counts()
    lines = ["- `{}`: {} rows ({:.1%})".format(name, count, count / len(target)) for name, count in counts.items()]
    more = ["- and {} more".format(len(lines) - ROWS_SHOWN_MAX)] if len(lines) > ROWS_SHOWN_MAX else []
    return "\n".join(lines[:ROWS_SHOWN_MAX] + more)


def _text(source: str) -> Dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}
