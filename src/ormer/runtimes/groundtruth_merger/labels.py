"""Ground truth: lines that say for an inference's id what the right answer was."""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from .mistakes import ClientError

Record = Dict[str, Any]


def read_labels(folder: Path) -> Dict[str, Record]:
    """{inference id: its groundTruthData}; of two labels of one id the later file's, and line's, counts."""
    found: Dict[str, Record] = {}
    for file in files_below(folder):
        for where, record in records_of(file):
            try:
                found[str(record["eventMetadata"]["eventId"])] = record["groundTruthData"]
            except (KeyError, TypeError):
                text = f"{where} is no ground truth: it needs groundTruthData and eventMetadata.eventId."
                raise ClientError(text) from None
    return found


def records_of(file: Path) -> Iterator[Tuple[str, Record]]:
    """Every line of JSON of a file, with a name for errors."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                where = f"Line {number} of {file.name}"
                yield where, _parsed(line, where)


def files_below(folder: Path) -> List[Path]:
    """Every file below a folder, by path; hidden ones and markers as `_SUCCESS` are left out."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not path.name.startswith((".", "_"))]


def _parsed(line: str, where: str) -> Record:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ClientError(f"{where} is not a line of JSON: {error}.") from None
    if not isinstance(record, dict):
        raise ClientError(f"{where} is not a JSON object.")
    return record
