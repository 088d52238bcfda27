"""The first job of an AutoML job, `run.py automl process`: looks at the data, splits it, and says what was found.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-data-exploration-report.html
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from . import notebooks
from .mistakes import ClientError
from .schemas import REGRESSION, Schema, chosen, classes_of, column_of, explained_by, problem_of
from .tables import numbers, read_channel, write_rows

ROOT = Path("/opt/ml")
TRAINING, VALIDATION, SPECIFICATION = "training", "validation", "specification"
CHUNK = "chunk_0.csv"
ROWS_MIN = 10
# So many validation rows are explained.
EXPLAINED_ROWS_MAX = 50
SEED = 0


def main(argv: Optional[Sequence[str]] = None, root: Path = ROOT) -> int:
    """Look at the inputs below root; returns 0, or 1 after a user's mistake, which becomes the job's ExitMessage."""
    asked = _parser().parse_args(sys.argv[1:] if argv is None else argv)
    try:
        schema = look(asked, root / "processing")
    except ClientError as error:
        (root / "output").mkdir(parents=True, exist_ok=True)
        (root / "output" / "message").write_text("ClientError: {}".format(error))
        print("ClientError: {}".format(error), file=sys.stderr)
        return 1
    print(
        "{}: {} rows to learn from, {} to judge by, {} features.".format(
            schema.problem, schema.rows["train"], schema.rows["validation"], len(schema.columns)
        )
    )
    return 0


def look(asked: argparse.Namespace, folder: Path) -> Schema:
    """Write the split data, the schema, what is to be explained and the notebooks. Raises ClientError."""
    inputs, outputs = folder / "input", folder / "output"
    table = read_channel(inputs / TRAINING)
    _check_names(table, asked)
    table = _usable(table, asked)
    held_out = _usable(read_channel(inputs / VALIDATION), asked) if (inputs / VALIDATION).is_dir() else None
    if len(table) < ROWS_MIN:
        raise ClientError("Only {} rows have a target; {} are needed at least.".format(len(table), ROWS_MIN))
    problem = asked.problem_type or problem_of(table[asked.target])
    classes = classes_of(table[asked.target], problem)
    train, validation = _split(table, held_out, asked, problem, classes)
    wanted = chosen(list(table.columns), asked.target, asked.weight, _specification(inputs / SPECIFICATION))
    explained = validation[:EXPLAINED_ROWS_MAX]
    columns = [explained_by(column_of(train[name], name, kind), explained[name]) for name, kind in wanted.items()]
    if not columns:
        raise ClientError("The data has no column besides the target: there is nothing to learn from.")
    rows = {"train": len(train), "validation": len(validation)}
    schema = Schema(asked.target, problem, columns, classes, rows, bool(asked.weight))
    order = [asked.target, *([asked.weight] if asked.weight else []), *schema.names]
    write_rows(train[order], outputs / "data" / "train" / CHUNK)
    write_rows(validation[order], outputs / "data" / "validation" / CHUNK)
    write_rows(explained[schema.names], outputs / "explained" / "dataset.csv")
    schema.write(outputs / "schema" / "schema.json")
    notebooks.write(outputs / "notebooks", schema, train[asked.target], asked.mode, asked.job)
    return schema


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True)
    parser.add_argument("--job", default="")
    parser.add_argument("--mode", default="ENSEMBLING")
    parser.add_argument("--problem-type", default="")
    parser.add_argument("--weight", default=None)
    parser.add_argument("--validation-fraction", type=float, default=0.2)
    return parser


def _check_names(table: pd.DataFrame, asked: argparse.Namespace) -> None:
    for name in (asked.target, asked.weight):
        if name and name not in table.columns:
            raise ClientError(
                "There is no column {}; the data has {}.".format(name, ", ".join(map(str, table.columns)))
            )


def _usable(table: pd.DataFrame, asked: argparse.Namespace) -> pd.DataFrame:
    """The rows that have a target and, where rows are weighted, a weight that is not negative."""
    kept = table[asked.target].notna() if asked.target in table else pd.Series(False, index=table.index)
    if asked.weight and asked.weight in table:
        kept &= numbers(table[asked.weight]).fillna(-1.0) >= 0
    return table[kept].reset_index(drop=True)


def _split(
    table: pd.DataFrame, held_out: Optional[pd.DataFrame], asked: argparse.Namespace, problem: str, classes: List[str]
) -> Tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to learn from and those to judge by; of the latter only classes that can be learnt."""
    if held_out is not None:
        if list(held_out.columns) != list(table.columns):
            raise ClientError("The channels training and validation have different columns.")
        known = held_out if problem == REGRESSION else held_out[held_out[asked.target].isin(classes)]
        if not len(known):
            raise ClientError("The channel validation has no row whose target is known from training.")
        return table, known.reset_index(drop=True)
    counts = table[asked.target].map(table[asked.target].value_counts())
    single = np.zeros(len(table), bool) if problem == REGRESSION else (counts == 1).to_numpy()
    many = table[~single]
    share = min(max(asked.validation_fraction, 1 / len(many)), 1 - 1 / len(many))
    try:
        by = None if problem == REGRESSION else many[asked.target]
        train, validation = train_test_split(many, test_size=share, random_state=SEED, stratify=by)
    except ValueError:  # more classes than rows to judge by
        train, validation = train_test_split(many, test_size=share, random_state=SEED)
    train = pd.concat([train, table[single]])
    if problem != REGRESSION:
        validation = validation[validation[asked.target].isin(train[asked.target])]
    return train.reset_index(drop=True), validation.reset_index(drop=True)


def _specification(folder: Path) -> Dict[str, Any]:
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    if not files:
        return {}
    try:
        found = json.loads(files[0].read_text())
    except ValueError as error:
        raise ClientError("The feature specification is no JSON: {}".format(error)) from error
    if not isinstance(found, dict):
        raise ClientError("The feature specification must hold FeatureAttributeNames or FeatureDataTypes.")
    return found


if __name__ == "__main__":
    sys.exit(main())
