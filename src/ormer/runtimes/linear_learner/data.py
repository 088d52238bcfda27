"""Reading channels and request bodies into matrices.

https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner.html#ll-input_output
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..toolkit.failures import UserError
from ..toolkit.recordio import read_matrix
from .hyperparameters import AUTO, BINARY, MULTICLASS

CSV, RECORDIO = "text/csv", "application/x-recordio-protobuf"


@dataclass(frozen=True)
class Table:
    """Features, rows × columns (numpy, or scipy CSR for sparse records), and one label a row. All float64."""

    features: Any
    labels: Any

    @property
    def is_sparse(self) -> bool:
        return not isinstance(self.features, np.ndarray)


def load_channel(folder: Path, name: str, content_type: str | None) -> Table:
    """Returns the table of all files of a channel. Raises UserError for data that is not what its type says."""
    media, _, parameters = (content_type or RECORDIO).partition(";")
    media = media.strip().lower()
    if media not in (CSV, RECORDIO):
        raise UserError(f"ContentType {content_type} of channel {name} is not supported; use {RECORDIO} or {CSV}.")
    if media == CSV and (size := _parameter(parameters, "label_size")) not in (None, "1"):
        raise UserError(f"ContentType {content_type} of channel {name}: label_size is {size}; every row has one label.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size]
    if not files:
        raise UserError(f"No data found in channel {name}; its folder is empty.")
    return _load_csv(files, name) if media == CSV else _load_recordio(files, name)


def check_table(table: Table, name: str, values: dict[str, Any], width: int) -> None:
    """Raises UserError when a channel's width or labels do not suit the model."""
    if table.features.shape[1] != width:
        said = "feature_dim" if values["feature_dim"] != AUTO else "the width of channel train"
        raise UserError(f"Channel {name} has {table.features.shape[1]} features, but {said} is {width}.")
    cells = table.features.data if table.is_sparse else table.features
    if not np.isfinite(cells).all() or not np.isfinite(table.labels).all():
        raise UserError(f"Channel {name} holds NaN or infinite numbers; linear-learner takes finite ones only.")
    count = {BINARY: 2, MULTICLASS: values.get("num_classes", 0)}.get(values["predictor_type"])
    if count is None:
        return
    wrong = table.labels[(table.labels < 0) | (table.labels >= count) | (table.labels != np.floor(table.labels))]
    if len(wrong):
        raise UserError(
            f"Channel {name} has the label {wrong[0]:g}; labels of predictor_type {values['predictor_type']} are the "
            f"whole numbers from 0 to {count - 1}."
        )


def csv_matrix(text: str) -> Any:
    """Returns lines × cells of CSV without a header. Raises ValueError that names the line."""
    if not text.strip():
        raise ValueError("there are no rows in it")
    return np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2, quotechar='"', comments=None)


def record_matrix(body: bytes) -> tuple[Any, Any]:
    """Returns features (float64) and labels or None of RecordIO-protobuf. Raises ValueError when it is none."""
    features, labels = read_matrix(body)
    return features.astype(np.float64), None if labels is None else labels.astype(np.float64)


def _load_csv(files: list[Path], name: str) -> Table:
    parts = []
    for path in files:
        try:
            parts.append(csv_matrix(path.read_text(encoding="utf-8-sig")))
        except ValueError as error:
            raise UserError(
                f"Unable to read {path.name} of channel {name} as CSV: {error}. Files have no header line, numbers "
                "only, and the label in the first column."
            ) from error
    _check_widths([part.shape[1] for part in parts], name)
    cells = np.vstack(parts)
    if cells.shape[1] < 2:
        raise UserError(f"Channel {name} has rows of one cell; a row is its label and at least one feature.")
    return Table(cells[:, 1:], cells[:, 0])


def _load_recordio(files: list[Path], name: str) -> Table:
    parts = []
    for path in files:
        try:
            features, labels = record_matrix(path.read_bytes())
        except ValueError as error:
            raise UserError(
                f"Unable to read {path.name} of channel {name} as {RECORDIO}: {error}. For CSV set the channel's "
                f"ContentType to {CSV}."
            ) from error
        if labels is None or len(labels) != features.shape[0]:
            raise UserError(f"{path.name} of channel {name} has records without a label.")
        parts.append((features, labels))
    _check_widths([features.shape[1] for features, _ in parts], name)
    labels = np.concatenate([labels for _, labels in parts])
    if all(isinstance(features, np.ndarray) for features, _ in parts):
        return Table(np.vstack([features for features, _ in parts]), labels)
    from scipy.sparse import vstack

    return Table(vstack([features for features, _ in parts], format="csr"), labels)


def _check_widths(widths: list[int], name: str) -> None:
    if len(set(widths)) > 1:
        raise UserError(f"The files of channel {name} have different numbers of columns: {sorted(set(widths))}.")


def _parameter(parameters: str, wanted: str) -> str | None:
    pairs = (parameter.partition("=") for parameter in parameters.split(";"))
    return next((value.strip() for name, _, value in pairs if name.strip().lower() == wanted), None)
