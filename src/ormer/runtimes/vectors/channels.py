"""Reading channels into matrices: RecordIO-protobuf, dense or sparse, and CSV.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from ..toolkit.failures import UserError
from ..toolkit.recordio import read_matrix
from .hyperparameters import AUTO

CSV, RECORDIO = "text/csv", "application/x-recordio-protobuf"
LABELS_IN_CSV = 1
"""How many columns of a CSV row are labels where the content type does not say label_size."""


@dataclass(frozen=True)
class Table:
    """Features, rows × columns (numpy, or scipy CSR for sparse records), and one label a row or None. All float64."""

    features: Any
    labels: Any

    @property
    def is_sparse(self) -> bool:
        return not isinstance(self.features, np.ndarray)

    @property
    def dense(self) -> Any:
        """The features as a numpy array."""
        return self.features.toarray() if self.is_sparse else self.features


def load_channel(
    folder: Path, name: str, content_type: str | None, needs_labels: bool, usual_label_size: int = LABELS_IN_CSV
) -> Table:
    """Returns the table of all files of a channel. Raises UserError for data that is not what its type says."""
    media, _, parameters = (content_type or RECORDIO).partition(";")
    media = media.strip().lower()
    if media not in (CSV, RECORDIO):
        raise UserError(f"ContentType {content_type} of channel {name} is not supported; use {RECORDIO} or {CSV}.")
    size = _parameter(parameters, "label_size") or str(usual_label_size)
    allowed = ("1",) if needs_labels else ("0", "1")
    if media == CSV and size not in allowed:
        every = "every row has one label" if needs_labels else "a row has one label or none"
        raise UserError(f"ContentType {content_type} of channel {name}: label_size is {size}; {every}.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size]
    if not files:
        raise UserError(f"No data found in channel {name}; its folder is empty.")
    return _load_csv(files, name, int(size)) if media == CSV else _load_recordio(files, name, needs_labels)


def check_table(table: Table, name: str, values: Mapping[str, Any], width: int, algorithm: str) -> None:
    """Raises UserError when a channel's width does not suit the model or numbers in it are not finite."""
    if table.features.shape[1] != width:
        said = "feature_dim" if values["feature_dim"] != AUTO else "the width of channel train"
        raise UserError(f"Channel {name} has {table.features.shape[1]} features, but {said} is {width}.")
    cells = table.features.data if table.is_sparse else table.features
    if not np.isfinite(cells).all() or not (table.labels is None or np.isfinite(table.labels).all()):
        raise UserError(f"Channel {name} holds NaN or infinite numbers; {algorithm} takes finite ones only.")


def csv_matrix(text: str) -> Any:
    """Returns lines × cells of CSV without a header. Raises ValueError that names the line."""
    if not text.strip():
        raise ValueError("there are no rows in it")
    return np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2, quotechar='"', comments=None)


def record_matrix(body: bytes) -> tuple[Any, Any]:
    """Returns features (float64) and labels or None of RecordIO-protobuf. Raises ValueError when it is none."""
    features, labels = read_matrix(body)
    return features.astype(np.float64), None if labels is None else labels.astype(np.float64)


def _load_csv(files: list[Path], name: str, label_size: int) -> Table:
    parts = []
    first = "and the label in the first column" if label_size else "and no label, for label_size is 0"
    for path in files:
        try:
            parts.append(csv_matrix(path.read_text(encoding="utf-8-sig")))
        except ValueError as error:
            raise UserError(
                f"Unable to read {path.name} of channel {name} as CSV: {error}. Files have no header line, numbers "
                f"only, {first}."
            ) from error
    _check_widths([part.shape[1] for part in parts], name)
    cells = np.vstack(parts)
    if not label_size:
        return Table(cells, None)
    if cells.shape[1] < 2:
        raise UserError(f"Channel {name} has rows of one cell; a row is its label and at least one feature.")
    return Table(cells[:, 1:], cells[:, 0])


def _load_recordio(files: list[Path], name: str, needs_labels: bool) -> Table:
    parts = []
    for path in files:
        try:
            features, labels = record_matrix(path.read_bytes())
        except ValueError as error:
            raise UserError(
                f"Unable to read {path.name} of channel {name} as {RECORDIO}: {error}. For CSV set the channel's "
                f"ContentType to {CSV}."
            ) from error
        whole = labels is not None and len(labels) == features.shape[0]
        if needs_labels and not whole:
            raise UserError(f"{path.name} of channel {name} has records without a label.")
        parts.append((features, labels if whole else None))
    _check_widths([features.shape[1] for features, _ in parts], name)
    labelled = all(labels is not None for _, labels in parts)
    labels = np.concatenate([labels for _, labels in parts]) if labelled else None
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
