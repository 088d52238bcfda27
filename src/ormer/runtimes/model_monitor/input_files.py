"""The files of the input directory, opened whether they are compressed or not."""

import gzip
from pathlib import Path
from typing import BinaryIO, cast

from .mistakes import ClientError


def find_files(source: Path) -> list[Path]:
    """Every file with content at or below `source`, by name; hidden ones and markers as `_SUCCESS` are left out.

    Raises ClientError when there is none."""
    if not source.exists():
        raise ClientError(f"The dataset_source {source} does not exist.")
    found = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    files = [path for path in found if path.stat().st_size and not path.name.startswith((".", "_"))]
    if not files:
        raise ClientError(f"Job inputs had no data: there is no file with content under {source}.")
    return files


def open_file(path: Path) -> BinaryIO:
    """The bytes of a file; a name that ends in .gz is decompressed on the way."""
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
