"""Reading a training channel into xgboost's DMatrix, with AWS's words for data that does not fit.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html#InputOutput-XGBoost
"""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any, List, Optional, Tuple

import xgboost

from ..toolkit.failures import UserError
from ..toolkit.recordio import read_matrix

CSV, LIBSVM, PARQUET, RECORDIO = "csv", "libsvm", "parquet", "recordio-protobuf"
CONTENT_TYPES = {
    "csv": CSV,
    "libsvm": LIBSVM,
    "parquet": PARQUET,
    "recordio-protobuf": RECORDIO,
    "text/csv": CSV,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "application/x-parquet": PARQUET,
    "application/x-recordio-protobuf": RECORDIO,
}
DELIMITERS = (",", "\t", ";", "|", " ")
SNIPPET_CHARS = 50
FOLDER_DEPTH_MAX = 3


def content_kind(content_type: Optional[str]) -> str:
    """Returns which format a content type names; LIBSVM when there is none. Raises UserError for an unknown one."""
    if not content_type:
        return LIBSVM
    media, _, parameters = content_type.lower().partition(";")
    kind = CONTENT_TYPES.get(media.strip())
    if kind is None:
        raise UserError("{} is not an accepted ContentType: {}.".format(content_type, ", ".join(CONTENT_TYPES)))
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if kind == CSV and name.strip() == "label_size" and value.strip() != "1":
            raise UserError(
                "{} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1".format(
                    content_type
                )
            )
    return kind


def data_files(folder: Path) -> List[Path]:
    """Returns the files of a channel in name order, sub-folders included; names that start with . or _ are left out."""
    found = []
    for current, folders, names in os.walk(str(folder)):
        depth = len(Path(current).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if depth < FOLDER_DEPTH_MAX and not name.startswith((".", "_")))
        found += [Path(current) / name for name in sorted(names) if not name.startswith((".", "_"))]
    return [path for path in found if path.is_file() and path.stat().st_size]


def load_matrix(folders: List[Path], kind: str, csv_weights: bool) -> Optional[Any]:
    """Returns the DMatrix of all files below the folders, None when there are none. Raises UserError for bad data."""
    files = [path for folder in folders for path in data_files(folder)]
    if not files:
        return None
    if kind == CSV:
        matrix = _load_csv(files, csv_weights)
    elif kind == LIBSVM:
        matrix = _load_libsvm(files)
    elif kind == PARQUET:
        matrix = _load_parquet(files)
    else:
        matrix = _load_recordio(files)
    if matrix.get_label().size == 0:
        raise UserError("Got input data without labels. Please check the input data set.")
    return matrix


def _load_csv(files: List[Path], csv_weights: bool) -> Any:
    delimiter = ""
    for path in files:
        found = _check_csv(path)
        delimiter = delimiter or found
    options = "format=csv&label_column=0&delimiter={}".format(delimiter)
    with tempfile.TemporaryDirectory(prefix="headless-") as scratch:
        headless = [_without_header(path, delimiter, Path(scratch) / str(index)) for index, path in enumerate(files)]
        return _load_uri(headless, options + ("&weight_column=1" if csv_weights else ""), CSV)


def _without_header(path: Path, delimiter: str, target: Path) -> Path:
    """Returns the file, or a copy without the line of names that it begins with.

    SageMaker's own image takes such a line for a row without numbers; a row that is left out harms no model.
    """
    line = _first_line(path)
    if not _is_header(line, delimiter):
        return path
    print("File '{}' begins with the names of its columns, which are passed over.".format(path.name), flush=True)
    with open(str(path), "rb") as lines, open(str(target), "wb") as left:
        for each in lines:
            if each.strip():
                break
        shutil.copyfileobj(lines, left)
    return target


def _is_header(line: str, delimiter: str) -> bool:
    """Whether no cell of a line is a number."""
    cells = [cell for cell in line.split(delimiter) if cell.strip().strip('"')]
    return bool(cells) and not any(_is_number(cell) for cell in cells)


def _load_libsvm(files: List[Path]) -> Any:
    for path in files:
        _check_libsvm(path)
    return _load_uri(files, "format=libsvm", LIBSVM)


def _load_uri(files: List[Path], options: str, kind: str) -> Any:
    """xgboost's own parser reads one folder, so the files are linked into one."""
    with tempfile.TemporaryDirectory(prefix="channel-") as scratch:
        for number, path in enumerate(files):
            os.symlink(str(path), os.path.join(scratch, "part-{:06d}".format(number)))
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*Text file input has been deprecated")
                return xgboost.DMatrix("{}?{}".format(scratch, options))
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise UserError("Failed to load {} data with exception:\n{}".format(kind, error)) from error


def _load_parquet(files: List[Path]) -> Any:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as error:
        raise UserError("Parquet data needs pyarrow, which this image lacks; add pyarrow to it") from error
    import numpy as np

    try:
        tables = [parquet.read_table(str(path)) for path in files]
        values = np.vstack([_columns(table) for table in tables])
    except (ArrowInvalid, OSError, ValueError, TypeError) as error:
        raise UserError("Failed to load parquet data with exception:\n{}".format(error)) from error
    return xgboost.DMatrix(values[:, 1:], label=values[:, 0])


def _columns(table: Any) -> Any:
    import numpy as np

    return np.column_stack([np.asarray(column.to_numpy(), dtype=np.float64) for column in table.columns])


def _load_recordio(files: List[Path]) -> Any:
    try:
        features, labels = read_matrix(b"".join(path.read_bytes() for path in files))
    except ValueError as error:
        raise UserError("Failed to load recordio-protobuf data with exception:\n{}".format(error)) from error
    return xgboost.DMatrix(features, label=labels)


def find_delimiter(line: str) -> str:
    """Returns what separates the cells of a CSV line: the first usual delimiter that leaves numbers, else a guess.

    Raises UserError when nothing does.
    """
    for delimiter in DELIMITERS:
        if delimiter in line and all(_is_number(cell) for cell in line.split(delimiter)):
            return delimiter
    if "," in line:
        return ","
    try:
        return csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError("Could not determine delimiter on line {}:\n{}".format(line[:SNIPPET_CHARS], error)) from error


def _check_csv(path: Path) -> str:
    line = _first_line(path)
    delimiter = find_delimiter(line)
    if _is_header(line, delimiter):
        return delimiter
    for cell in line.split(delimiter):
        if not _is_number(cell):
            raise UserError(
                "First line '{}...' of file '{}' is not 'CSV' format. Please ensure the file is in 'CSV' format: "
                "'{}' is no number (every cell must be one, and the label stands in the first column).".format(
                    line[:SNIPPET_CHARS], path.name, cell.strip()
                )
            )
    return delimiter


def _check_libsvm(path: Path) -> None:
    line = _first_line(path)
    label, *features = line.split()
    pairs = [feature.split(":") for feature in features]
    good = all(_is_number(part) for part in label.split(":")) and label.count(":") <= 1
    if not good or not all(len(pair) == 2 and _is_number(pair[0]) and _is_number(pair[1]) for pair in pairs):
        raise UserError(
            "First line '{}...' of file '{}' is not 'LIBSVM' format. Please ensure the file is in 'LIBSVM' format, "
            "or name its format in the ContentType of the channel.".format(line[:SNIPPET_CHARS], path.name)
        )


def _first_line(path: Path) -> str:
    with open(str(path), encoding="utf-8-sig", errors="replace") as lines:
        for line in lines:
            if line.strip():
                return line.strip("\r\n")
    raise UserError("File '{}' holds empty lines only".format(path.name))


def _is_number(cell: str) -> bool:
    cell = cell.strip().strip('"')
    if not cell:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True


def shape_of(matrix: Any) -> Tuple[int, int]:
    """Returns rows × columns."""
    return int(matrix.num_row()), int(matrix.num_col())
