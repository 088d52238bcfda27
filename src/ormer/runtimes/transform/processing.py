"""Data processing around the model: filter the input, join it with the prediction, filter the output.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Tuple

from ..toolkit.failures import UserError
from . import jsonpath
from .records import LINE, strip_break

INPUT_KEY, OUTPUT_KEY = "SageMakerInput", "SageMakerOutput"
JOIN_INPUT = "Input"
CSV, JSON, JSONLINES = "text/csv", "application/json", "application/jsonlines"
FORMATS = {
    CSV: CSV,
    JSON: JSON,
    JSONLINES: JSONLINES,
    "application/x-jsonlines": JSONLINES,
    "application/json-lines": JSONLINES,
}


@dataclass(frozen=True)
class Codec:
    """How one record of a format is read and written: CSV rows are arrays of cells."""

    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]


def read_row(record: bytes) -> List[str]:
    """Returns the cells of one CSV line, as they stand there."""
    rows = list(csv.reader(io.StringIO(record.decode("utf-8"))))
    return rows[0] if rows else []


def write_row(cells: Any) -> bytes:
    """Returns one CSV line without its line break; a single value is a row of one cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells if isinstance(cells, list) else [cells])
    return text.getvalue().encode("utf-8")


def read_json(record: bytes) -> Any:
    """Returns a JSON record. Raises UserError when it is none."""
    try:
        return json.loads(record)
    except ValueError as error:
        raise UserError("a record is no JSON: {}: {}".format(error, record[:80].decode("utf-8", "replace"))) from error


def write_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("utf-8")


CODECS: Mapping[str, Codec] = {
    CSV: Codec(read_row, write_row),
    JSON: Codec(read_json, write_json),
    JSONLINES: Codec(read_json, write_json),
}


@dataclass(frozen=True)
class Processing:
    """What a transform job does with each record; without filters and join records pass untouched."""

    input_filter: jsonpath.Path
    output_filter: jsonpath.Path
    joins: bool
    input_format: str
    output_format: str
    by_line: bool

    @property
    def touches_output(self) -> bool:
        return self.joins or not self.output_filter.is_root

    def filter_record(self, record: bytes) -> bytes:
        """Returns what the model is sent of a record."""
        if self.input_filter.is_root:
            return record
        if self.input_format == JSON:
            return self._filtered(record)
        return b"".join(self._filtered(line) for line in record.splitlines(keepends=True) if line.strip())

    def finish(self, records: List[bytes], answer: bytes) -> bytes:
        """Returns the output for the records of one request. Raises UserError when the answer does not fit them."""
        if not self.touches_output:
            return answer
        codec = CODECS[self.output_format]
        results = self._split_answer(answer)
        if not self.joins:
            finished = [self.output_filter.select(codec.read(result)) for result in results]
        else:
            if len(results) != len(records):
                raise UserError(
                    "the model answered {} records for {} that it was sent, so that they cannot be joined with the "
                    "input; it must answer one line for each record".format(len(results), len(records))
                )
            finished = [self._joined(record, result) for record, result in zip(records, results)]
        return b"\n".join(codec.write(one) for one in finished)

    def _filtered(self, record: bytes) -> bytes:
        codec = CODECS[self.input_format]
        bare, line_break = strip_break(record)
        return codec.write(self.input_filter.select(codec.read(bare))) + line_break

    def _split_answer(self, answer: bytes) -> List[bytes]:
        if self.output_format == JSON and not self.by_line:
            return [answer]
        return [line for line in answer.splitlines() if line.strip()]

    def _joined(self, record: bytes, result: bytes) -> Any:
        """The join takes the record as it was before the input filter."""
        original = CODECS[self.input_format].read(strip_break(record)[0])
        prediction = CODECS[self.output_format].read(result)
        if self.output_format == CSV:
            return self.output_filter.select(original + prediction)
        whole = dict(original) if isinstance(original, dict) else {INPUT_KEY: original}
        whole[OUTPUT_KEY] = prediction
        return self.output_filter.select(whole)


def read_processing(request: Mapping[str, Any]) -> Processing:
    """Returns the processing of a CreateTransformJob request. Raises UserError for what AWS does not allow."""
    settings: Dict[str, Any] = request.get("DataProcessing") or {}
    transform_input, output = request.get("TransformInput") or {}, request.get("TransformOutput") or {}
    processing = Processing(
        input_filter=jsonpath.parse(settings.get("InputFilter") or "$"),
        output_filter=jsonpath.parse(settings.get("OutputFilter") or "$"),
        joins=settings.get("JoinSource") == JOIN_INPUT,
        input_format=_format(transform_input.get("ContentType")),
        output_format=_format(output.get("Accept")),
        by_line=transform_input.get("SplitType") == LINE,
    )
    _check(processing, transform_input, output)
    return processing


def _format(content_type: Any) -> str:
    return FORMATS.get(str(content_type or "").partition(";")[0].strip().lower(), "")


def _check(processing: Processing, transform_input: Mapping[str, Any], output: Mapping[str, Any]) -> None:
    uses: List[Tuple[bool, str, str]] = [
        (not processing.input_filter.is_root or processing.joins, processing.input_format, "ContentType"),
        (processing.touches_output, processing.output_format, "Accept"),
    ]
    for used, form, name in uses:
        if used and not form:
            raise UserError("DataProcessing needs {} text/csv, application/json or application/jsonlines".format(name))
    if not processing.joins:
        return
    if processing.input_format != processing.output_format:
        raise UserError("JoinSource Input needs the same ContentType and Accept: both CSV or both JSON")
    if (transform_input.get("SplitType") or "None") != (output.get("AssembleWith") or "None"):
        raise UserError("JoinSource Input needs the same SplitType and AssembleWith")
    if processing.input_format in (CSV, JSONLINES) and not processing.by_line:
        raise UserError("JoinSource Input on CSV or JSON lines needs SplitType Line and AssembleWith Line")
