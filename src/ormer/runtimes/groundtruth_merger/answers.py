"""What was answered, record by record: captured by an endpoint, or written by a batch transform with inference ids.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
"""

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from .labels import Record, files_below, records_of
from .mistakes import ClientError

CAPTURED_PLACE = re.compile(r"(?P<variant>[^/]+)/(?P<hour>\d{4}/\d{2}/\d{2}/\d{2})/[^/]+$")
ID_KEY, TIME_KEY, VALUE_KEY = "SageMakerInferenceId", "SageMakerInferenceTime", "SageMakerOutput"
NO_IDS = "has no inference ids: switch GenerateInferenceId on in the transform's DataCaptureConfig."


@dataclass(frozen=True)
class Answer:
    """One answer. id: what ground truth names it by. time: ISO text or "". folder: the variant's, "" for transforms."""

    id: str
    time: str
    folder: str
    captured: Record
    metadata: Record


def captured_answers(source: Path) -> Iterator[Answer]:
    """The records of an endpoint's data capture."""
    for file in files_below(source):
        place = CAPTURED_PLACE.search(file.as_posix())
        variant = place["variant"] if place else ""
        for where, record in records_of(file):
            metadata = record.get("eventMetadata")
            if not isinstance(record.get("captureData"), dict) or not isinstance(metadata, dict):
                raise ClientError(f"{where} is not a data capture record: it has no captureData and eventMetadata.")
            key = metadata.get("inferenceId") or metadata.get("eventId")
            yield Answer(str(key), str(metadata.get("inferenceTime", "")), variant, record["captureData"], metadata)


def transformed_answers(source: Path, form: Dict[str, Any]) -> Iterator[Answer]:
    """The rows that batch transforms wrote, their ids and times taken off. form: the job's dataset_format."""
    kind = next(iter(form), "csv")
    for file in files_below(source):
        text = file.read_text(encoding="utf-8")
        if kind == "csv":
            yield from _csv_answers(text, bool((form["csv"] or {}).get("header")), file.name)
        elif kind == "json":
            yield from _json_answers(text, bool((form["json"] or {}).get("line", True)), file.name)
        else:
            raise ClientError(f"Ground truth is merged with CSV and JSON outputs; {kind} has no rows to join.")


def _csv_answers(text: str, header: bool, name: str) -> Iterator[Answer]:
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    for row in rows[1:] if header else rows:
        if len(row) < 3:
            raise ClientError(f"{name} {NO_IDS}")
        *cells, key, moment = row
        yield _transformed(key, moment, _csv_line(cells), "text/csv", "CSV")


def _json_answers(text: str, lines: bool, name: str) -> Iterator[Answer]:
    try:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()] if lines else json.loads(text)
    except ValueError as error:
        raise ClientError(f"{name} is not JSON: {error}.") from None
    for document in documents if isinstance(documents, list) else [documents]:
        if not isinstance(document, dict) or ID_KEY not in document:
            raise ClientError(f"{name} {NO_IDS}")
        rest = {key: value for key, value in document.items() if key not in (ID_KEY, TIME_KEY)}
        value = rest[VALUE_KEY] if set(rest) == {VALUE_KEY} else rest
        yield _transformed(document[ID_KEY], document.get(TIME_KEY, ""), json.dumps(value), "application/json", "JSON")


def _transformed(key: str, moment: str, data: str, content_type: str, encoding: str) -> Answer:
    output = {"observedContentType": content_type, "mode": "OUTPUT", "data": data, "encoding": encoding}
    return Answer(key, moment, "", {"batchTransformOutput": output}, {"eventId": key, "inferenceTime": moment})


def _csv_line(cells: List[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def variant_folder(answer: Answer, folder: str, hour: Optional[str]) -> str:
    """Where a merged answer goes: `<endpoint or schedule>/<variant>/YYYY/MM/DD/HH`."""
    return "/".join(part for part in (folder, answer.folder, hour) if part)
