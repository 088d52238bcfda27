"""Leaving the model behind as data, with proof, so that whoever started this server may answer without it.

ORMER_FLAT names a folder. It gets the model in xgboost's own UBJSON form, rows and what this server predicts for them,
and sums of leaves (margins) with what the objective makes of them. The reader believes nothing: it computes these
numbers itself and compares bits. `flat.json` is written last and is there exactly when all is; where this model cannot
be had as data it holds the reason. The archive may be a pickle: it was opened here, in the sandbox, and only here.
"""

from __future__ import annotations

import json
import os
import re
import time
import traceback
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np
import xgboost

from .model_files import BEST_ITERATION
from .tags import Behaviour

FOLDER_VARIABLE = "ORMER_FLAT"
EXPORT_VERSION = 1
FACTS = "flat.json"
TREE_BOOSTERS = ("gbtree", "dart")
ROWS = 384
MARGINS = 4096
CELLS_MAX = 2_000_000
SPLITS_MAX = 200_000
SEED = 20
TYPED_ARRAYS = {
    "split_conditions": re.compile(rb"split_conditions\[\$(d)#L(.{8})", re.DOTALL),
    "split_indices": re.compile(rb"split_indices\[\$([lL])#L(.{8})", re.DOTALL),
}
TYPES = {b"d": ">f4", b"l": ">i4", b"L": ">i8"}
FLOATS = np.finfo(np.float32)
SPECIAL = np.array(
    [0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, FLOATS.tiny, -FLOATS.tiny, 1e30, -1e30, FLOATS.max, FLOATS.min], np.float32
)
MARGIN_REACH = 110.0
"""expf overflows at 88.7 and ends in denormals at -103.3."""

Predict = Callable[[Any], Any]


class NotFlat(Exception):
    """This model is not left behind; the text says why."""


def export(
    boosters: List[Any], predict: Predict, behaviour: Behaviour, environ: Mapping[str, str]
) -> Optional[Dict[str, Any]]:
    """Writes the export where ORMER_FLAT says and returns flat.json's content; None where nobody asked for it.

    predict: this server's own way from a matrix to predictions. Never raises: the server serves with or without it.
    """
    named = environ.get(FOLDER_VARIABLE)
    if not named:
        return None
    folder, started = Path(named), time.monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget(folder / FACTS)
        facts = _export(folder, boosters, predict)
        facts["rows_on_one_line"] = behaviour.rows_on_one_line
    except NotFlat as reason:
        facts = {"not_flat": str(reason)}
    except Exception as error:  # Whatever xgboost raises for a strange model is a reason, not the server's end.
        traceback.print_exc()
        facts = {"not_flat": "the model server could not export it: {}: {}".format(type(error).__name__, error)}
    facts = {"version": EXPORT_VERSION, **facts}
    try:
        _write(folder / FACTS, json.dumps(facts).encode())
    except OSError as error:
        print("{} was not written: {}".format(FACTS, error), flush=True)
    facts["seconds"] = time.monotonic() - started
    return facts


def _export(folder: Path, boosters: List[Any], predict: Predict) -> Dict[str, Any]:
    if len(boosters) != 1:
        raise NotFlat("its archive holds {} models that answer together".format(len(boosters)))
    kind = json.loads(boosters[0].save_config())["learner"]["gradient_booster"]["name"]
    if kind not in TREE_BOOSTERS:
        raise NotFlat("its booster is {}, which has no trees".format(kind))
    booster = _as_predicted(boosters[0])
    document = _document(booster)
    columns = int(booster.num_features())
    rows = _rows(document, columns)
    margins, outcomes = _outcomes(booster, rows)
    predictions = np.asarray(predict(xgboost.DMatrix(rows.astype(np.float64))))
    for name, numbers in (("rows", rows), ("predictions", predictions), ("margins", margins), ("outcomes", outcomes)):
        _write(folder / "{}.f32".format(name), np.ascontiguousarray(numbers, "<f4").tobytes())
    _write(folder / "model.ubj", document)
    width = 0 if predictions.ndim == 1 else int(predictions.shape[1])
    return {"rows": len(rows), "width": width, "margins": len(margins)}


def _as_predicted(booster: Any) -> Any:
    """The Booster without the rounds that predictions leave out."""
    best = booster.attr(BEST_ITERATION)
    if best is not None and int(booster.num_boosted_rounds()) > int(best) + 1:
        return booster[: int(best) + 1]
    return booster


def _document(booster: Any) -> bytes:
    try:
        return bytes(booster.save_raw(raw_format="ubj"))
    except (TypeError, AttributeError) as error:
        raise NotFlat("xgboost {} cannot write models as UBJSON".format(xgboost.__version__)) from error


def _rows(document: bytes, columns: int) -> Any:
    """Rows × columns that sit on the model's thresholds, right beside them and between them, with gaps and extremes."""
    random = np.random.default_rng(SEED)
    shape = (max(8, min(ROWS, CELLS_MAX // columns)), columns)
    features, thresholds = _splits(document)
    elsewhere = random.normal(scale=3.0, size=shape).astype(np.float32)
    one, other = (_of_columns(random, shape, features, thresholds, elsewhere) for _ in range(2))
    beside = np.nextafter(one, random.choice(np.array([-np.inf, np.inf], np.float32), shape))
    rows = np.choose(random.integers(4, size=shape), [one, beside, one / 2 + other / 2, elsewhere])
    rows = np.where(random.random(shape) < 0.05, random.choice(SPECIAL, shape), rows)
    rows = np.where(np.isfinite(rows), rows, np.float32(0))
    rows = np.where(random.random(shape) < 0.12, np.float32(np.nan), rows)
    rows[0], rows[1] = np.nan, 0.0
    return rows.astype(np.float32)


def _of_columns(random: Any, shape: Tuple[int, int], features: Any, thresholds: Any, otherwise: Any) -> Any:
    """For each cell a threshold of its column, where that has any. features: ascending, one for each threshold."""
    columns = np.arange(shape[1])
    first, end = np.searchsorted(features, columns), np.searchsorted(features, columns, side="right")
    chosen = first + (random.random(shape) * (end - first)).astype(np.int64)
    return np.where(end > first, thresholds[np.minimum(chosen, len(thresholds) - 1)], otherwise)


def _splits(document: bytes) -> Tuple[Any, Any]:
    """Features, ascending, and their thresholds, found in the document without reading all of it.

    Leaves are among them, as feature 0; they make no row wrong.
    """
    found = {name: _typed_arrays(document, pattern) for name, pattern in TYPED_ARRAYS.items()}
    features, thresholds = found["split_indices"], found["split_conditions"]
    if len(features) != len(thresholds) or not len(features):
        raise NotFlat("its document shows no trees")
    step = 1 + len(features) // SPLITS_MAX
    order = np.argsort(features[::step], kind="stable")
    return features[::step][order], thresholds[::step][order].astype(np.float32)


def _typed_arrays(document: bytes, pattern: Any) -> Any:
    parts = [np.empty(0, np.float32)]
    for match in pattern.finditer(document):
        count = int.from_bytes(match.group(2), "big")
        parts.append(np.frombuffer(document, TYPES[match.group(1)], count, match.end()))
    return np.concatenate(parts)


def _outcomes(booster: Any, rows: Any) -> Tuple[Any, Any]:
    """Margins from far below to far above, and the predictions that the objective makes of them.

    A base margin moves the sum of the first round's leaves to where it is wanted.
    """
    settings = {"iteration_range": (0, 1), "validate_features": False}
    shape = booster.predict(_matrix(rows[:1]), output_margin=True, **settings).shape[1:]
    count = max(8, min(MARGINS, CELLS_MAX // (8 * int(np.prod(shape)))))
    random = np.random.default_rng(SEED)
    wanted = random.uniform(-MARGIN_REACH, MARGIN_REACH, size=(count, *shape)).astype(np.float32)
    wanted[::2] /= 16
    matrix = _matrix(np.repeat(rows[1:2], count, axis=0))
    matrix.set_base_margin(wanted)
    return booster.predict(matrix, output_margin=True, **settings), booster.predict(matrix, **settings)


def _matrix(rows: Any) -> Any:
    return xgboost.DMatrix(rows.astype(np.float64))


def _forget(path: Path) -> None:
    """An earlier server's export is not this one's."""
    if path.exists():
        path.unlink()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for a reader may look at any time."""
    scratch = path.with_name(".{}".format(path.name))
    scratch.write_bytes(content)
    os.replace(str(scratch), str(path))
