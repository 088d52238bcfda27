"""From what a model server exported to an evaluator that was proven to answer like it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from ormer.engines.hosting.routes import Evaluator
from ormer.engines.hosting.trees import ubjson
from ormer.engines.hosting.trees.answers import CSV, ForestAnswers, body_bytes_max
from ormer.engines.hosting.trees.flat_trees import FlatTrees
from ormer.engines.hosting.trees.forests import Forest, NotFlat, forest_of
from ormer.engines.hosting.trees.objectives import readings

EXPORT_VERSION = 1
FACTS, MODEL = "flat.json", "model.ubj"
ROWS, PREDICTIONS, MARGINS, OUTCOMES = "rows.f32", "predictions.f32", "margins.f32", "outcomes.f32"
FACTS_BYTES_MAX = 64 * 1024
MODEL_BYTES_MAX = 256 * 1024**2
NUMBERS_BYTES_MAX = 64 * 1024**2
FLOAT_BYTES = 4

Count = Annotated[int, msgspec.Meta(ge=0, le=2**16)]


class Export(msgspec.Struct, frozen=True):
    """flat.json, written last by the model server.

    not_flat: why nothing else was written. rows: in rows.f32 and predictions.f32. width: numbers in a prediction, 0
    where it is a bare number. margins: sums in margins.f32 and what they become in outcomes.f32. rows_on_one_line: the
    habit of the image tag.
    """

    version: int
    not_flat: str = ""
    rows: Count = 0
    width: Count = 0
    margins: Count = 0
    rows_on_one_line: bool = False


def build(folder: Path, environ: Mapping[str, str]) -> Evaluator:
    """The evaluator of the model that a server exported into the folder. environ: the variables the server runs with.

    Raises NotFlat with the reason why this model is answered by its server alone.
    """
    for name in ("SAGEMAKER_INFERENCE_OUTPUT", "SAGEMAKER_BATCH", "SAGEMAKER_PROGRAM"):
        if environ.get(name):
            raise NotFlat(f"{name} is set, so its server shapes the answers")
    export = _facts(folder)
    forest = forest_of(_document(folder))
    trees = _proven(folder, export, forest)
    if export.width not in ((0, 1) if trees.outputs == 1 else (trees.outputs,)):
        raise NotFlat(f"the server predicts {export.width} numbers a row, the document {trees.outputs}")
    accept = environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or CSV
    return ForestAnswers(trees, export.width, export.rows_on_one_line, accept, body_bytes_max(environ))


def _facts(folder: Path) -> Export:
    try:
        export = msgspec.json.decode(_read(folder / FACTS, FACTS_BYTES_MAX), type=Export)
    except msgspec.MsgspecError as error:
        raise NotFlat(f"{FACTS} is not as the model server writes it: {error}") from error
    if export.not_flat:
        raise NotFlat(export.not_flat[:1000])
    if export.version != EXPORT_VERSION:
        raise NotFlat(f"{FACTS} has version {export.version}, not {EXPORT_VERSION}")
    return export


def _document(folder: Path) -> object:
    try:
        return ubjson.load(_read(folder / MODEL, MODEL_BYTES_MAX))
    except ubjson.Malformed as error:
        raise NotFlat(f"{MODEL} is malformed: {error}") from error


def _proven(folder: Path, export: Export, forest: Forest) -> FlatTrees:
    """The reading of the forest that gives the exported numbers back, bit for bit."""
    rows = _numbers(folder / ROWS, export.rows * forest.columns)
    margins = _numbers(folder / MARGINS, export.margins * forest.groups)
    if not export.rows or not export.margins:
        raise NotFlat("the export holds nothing to compare with")
    wrong = "predicts other numbers"
    for reading in readings(forest.objective):
        trees = FlatTrees(forest, reading)
        outcomes = _numbers(folder / OUTCOMES, export.margins * trees.outputs)
        predictions = _numbers(folder / PREDICTIONS, export.rows * trees.outputs)
        if trees.transformed(margins) != outcomes:
            wrong = "turns margins into other numbers"
        elif trees.predict_cells(rows, export.rows) == predictions:
            return trees
    raise NotFlat(f"the evaluator {wrong} than the model's server does for {forest.objective}")


def _numbers(path: Path, count: int) -> bytes:
    content = _read(path, NUMBERS_BYTES_MAX)
    if len(content) != count * FLOAT_BYTES:
        raise NotFlat(f"{path.name} has {len(content)} bytes where {count} numbers of {FLOAT_BYTES} belong")
    return content


def _read(path: Path, bytes_max: int) -> bytes:
    """A file's content. The sandbox wrote the folder, so links are not followed and nothing is waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotFlat(f"the model server left no {path.name} ({error.strerror})") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > bytes_max:
            raise NotFlat(f"{path.name} is no file of at most {bytes_max} bytes")
        with open(handle, "rb", closefd=False) as source:
            return source.read(bytes_max)
    finally:
        os.close(handle)
