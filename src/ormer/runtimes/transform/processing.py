"""Data processing around the model: filter the input, join it with the prediction, filter the output, name each row.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, Iterator, Mapping, Optional, Tuple

from ..toolkit.failures import UserError
from . import jsonpath
from .csv_rows import read_row, write_row
from .inference_ids import InferenceIds
from .records import LINE, NONE, strip_break

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
RECORD_CHARS_SHOWN = 80


@dataclass(frozen=True)
class Codec:
    """How one record of a format is read and written: CSV rows are arrays of cells."""

    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]


def read_json(record: bytes) -> Any:
    """Returns a JSON record. Raises UserError when it is none."""
    try:
        return json.loads(record)
    except ValueError as error:
        shown = record[:RECORD_CHARS_SHOWN].decode("utf-8", "replace")
        raise UserError("a record is no JSON: {}: {}".format(error, shown)) from error


def write_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


CODECS: Mapping[str, Codec] = {
    CSV: Codec(read_row, write_row),
    JSON: Codec(read_json, write_json),
    JSONLINES: Codec(read_json, write_json),
}


@dataclass(frozen=True)
class Processing:
    """What a transform job does with each record; without filters, join and ids records pass untouched."""

    input_filter: jsonpath.Path
    output_filter: jsonpath.Path
    joins: bool
    ids: Optional[InferenceIds]
    input_format: str
    output_format: str
    by_line: bool

    @property
    def filters_input(self) -> bool:
        return not self.input_filter.is_root

    @property
    def reads_lines(self) -> bool:
        """Whether the input is filtered line by line, even an object that is sent whole."""
        return self.input_format != JSON or self.by_line

    @property
    def touches_output(self) -> bool:
        return self.joins or self.ids is not None or not self.output_filter.is_root

    def filter_record(self, record: bytes) -> bytes:
        """Returns what the model is sent of a record. Raises UserError for one that the filter does not fit."""
        if not self.filters_input:
            return record
        if self.input_format == JSON:
            return self._filtered(record)
        return b"".join(self._filtered(line) for line in record.splitlines(keepends=True) if line.strip())

    def finish(self, records: Iterable[bytes], answer: Iterable[bytes]) -> Iterator[bytes]:
        """Yields the output of one request, line by line, where `touches_output`.

        records: as they were before the input filter, needed for a join only. answer: the model's, line by line.
        Raises UserError, perhaps after some lines, when the answer does not fit the records.
        """
        results = self._results(answer)
        rows = self._joined(records, results) if self.joins else self._read(results)
        for row in rows:
            row = self.output_filter.select(row)
            if self.ids is not None:
                row = self.ids.named_row(row) if self.output_format == CSV else self.ids.named_value(row)
            yield CODECS[self.output_format].write(row) + b"\n"

    def _filtered(self, record: bytes) -> bytes:
        codec = CODECS[self.input_format]
        bare, line_break = strip_break(record)
        return codec.write(self.input_filter.select(codec.read(bare))) + line_break

    def _results(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        """A JSON document may have line breaks in it, unless every record is a line."""
        if self.output_format == JSON and not self.by_line:
            yield b"".join(answer)
            return
        for line in answer:
            if not line.isspace():
                yield strip_break(line)[0]

    def _read(self, results: Iterator[bytes]) -> Iterator[Any]:
        read = CODECS[self.output_format].read
        return (read(result) for result in results)

    def _joined(self, records: Iterable[bytes], results: Iterator[bytes]) -> Iterator[Any]:
        originals = iter(records)
        sent = answered = 0
        for original in originals:
            sent += 1
            result = next(results, None)
            if result is None:
                break
            answered += 1
            yield self._join(original, result)
        sent += sum(1 for _ in originals)
        answered += sum(1 for _ in results)
        if sent != answered:
            raise UserError(
                "the model answered {} records for {} that it was sent, so that they cannot be joined with the "
                "input; it must answer one line for each record".format(answered, sent)
            )

    def _join(self, record: bytes, result: bytes) -> Any:
        original = CODECS[self.input_format].read(strip_break(record)[0])
        prediction = CODECS[self.output_format].read(result)
        if self.output_format == CSV:
            return original + prediction
        whole = dict(original) if isinstance(original, dict) else {INPUT_KEY: original}
        whole[OUTPUT_KEY] = prediction
        return whole


def read_processing(request: Mapping[str, Any]) -> Processing:
    """Returns the processing of a CreateTransformJob request. Raises UserError for what AWS does not allow."""
    settings: Dict[str, Any] = request.get("DataProcessing") or {}
    transform_input, output = request.get("TransformInput") or {}, request.get("TransformOutput") or {}
    processing = Processing(
        input_filter=jsonpath.parse(settings.get("InputFilter") or jsonpath.ROOT),
        output_filter=jsonpath.parse(settings.get("OutputFilter") or jsonpath.ROOT),
        joins=settings.get("JoinSource") == JOIN_INPUT,
        ids=InferenceIds() if (request.get("DataCaptureConfig") or {}).get("GenerateInferenceId") else None,
        input_format=_format(transform_input.get("ContentType")),
        output_format=_format(output.get("Accept")),
        by_line=transform_input.get("SplitType") == LINE,
    )
    _check_formats(processing)
    _check_paths(processing)
    _check_split(processing, transform_input.get("SplitType") or NONE, output.get("AssembleWith") or NONE)
    return processing


def _format(content_type: Any) -> str:
    return FORMATS.get(str(content_type or "").partition(";")[0].strip().lower(), "")


def _check_formats(processing: Processing) -> None:
    used_for: Tuple[Tuple[bool, str, str], ...] = (
        (processing.filters_input or processing.joins, processing.input_format, "ContentType"),
        (processing.touches_output, processing.output_format, "Accept"),
    )
    what = "DataProcessing" if processing.ids is None else "DataProcessing with GenerateInferenceId"
    for used, form, name in used_for:
        if used and not form:
            raise UserError("{} needs {} text/csv, application/json or application/jsonlines".format(what, name))
    if processing.joins and processing.input_format != processing.output_format:
        raise UserError("JoinSource Input needs the same ContentType and Accept: both CSV or both JSON")


def _check_paths(processing: Processing) -> None:
    """A CSV row is an array: nothing in it has a name."""
    for name, path, form in (
        ("InputFilter", processing.input_filter, processing.input_format),
        ("OutputFilter", processing.output_filter, processing.output_format),
    ):
        if form == CSV and path.names_members:
            raise UserError(
                "{} {} asks for a name, but the columns of CSV have none: use their positions, counted from 0, "
                "such as $[0] or $[1:]".format(name, path.text)
            )


def _check_split(processing: Processing, split: str, assemble: str) -> None:
    if (processing.filters_input or processing.joins) and split not in (NONE, LINE):
        raise UserError("DataProcessing needs SplitType Line or None, not {}".format(split))
    if not processing.joins:
        return
    if split != assemble:
        raise UserError("JoinSource Input needs the same SplitType and AssembleWith")
    if processing.input_format in (CSV, JSONLINES) and not processing.by_line:
        raise UserError("JoinSource Input on CSV or JSON lines needs SplitType Line and AssembleWith Line")
