"""The rows inside captured requests and answers, and the paths that point into them."""

import base64
import binascii
import csv
import json
import re
from dataclasses import dataclass
from typing import Any

from .choices import RECORD_LIST_KEYS
from .mistakes import ClientError

Row = dict[str, str | None]


@dataclass(frozen=True)
class Payload:
    """One captured body: its rows and whether its cells have names (JSON objects) or only places (CSV, lists)."""

    rows: list[Row]
    named: bool
    whole: Row


def read_payload(part: dict[str, Any], where: str) -> Payload:
    """Parse `{"data", "encoding", "observedContentType"}`; `where` names it in errors."""
    data, encoding = part.get("data"), str(part.get("encoding", "CSV")).upper()
    content_type = str(part.get("observedContentType") or "")
    if encoding == "BASE64":
        data, encoding = _decode(str(data or ""), where), _encoding_of(content_type, where)
    if encoding == "CSV":
        return _from_csv(str(data if data is not None else ""))
    if encoding == "JSON":
        return _from_json(data, where)
    raise ClientError(f"The {where} has the encoding {encoding}, which cannot be analyzed; capture it as CSV or JSON.")


def literal(value: object) -> str | None:
    """A JSON value as the text of a cell."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)


def parse_json(text: str | bytes) -> Any:
    """JSON with its numbers as the text they were written in, because 1 and 1.0 differ in type."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def flatten(value: object, prefix: str = "") -> Row:
    """`{"a": {"b": [1]}}` as `{"a.b.0": "1"}`."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [(str(index), item) for index, item in enumerate(value)]
    else:
        return {prefix: literal(value)}
    row: Row = {}
    for key, item in pairs:
        row |= flatten(item, f"{prefix}.{key}" if prefix else key)
    return row


def plain_path(attribute: str) -> str:
    """A JSONPath or JMESPath of names and indexes in the form of `flatten`: `$['a'].b[0]` is `a.b.0`."""
    path = re.sub(r"\[\s*['\"]?([^'\"\]]*)['\"]?\s*\]", r".\1", attribute.removeprefix("$"))
    return path.strip(".").replace('"', "")


def _decode(data: str, where: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ClientError(f"The {where} is captured as BASE64 and does not decode to text: {error}.") from error


def _encoding_of(content_type: str, where: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/csv":
        return "CSV"
    if kind in ("application/json", "application/jsonlines", "application/x-json"):
        return "JSON"
    raise ClientError(
        f"The {where} is captured as BASE64 of content type {content_type or '(none)'}; list that type in "
        "CaptureContentTypeHeader as CSV or JSON, or read it in a record preprocessor script."
    )


def _from_csv(text: str) -> Payload:
    lines = [cells for cells in csv.reader(text.splitlines()) if cells]
    rows: list[Row] = [{f"_c{index}": cell or None for index, cell in enumerate(cells)} for cells in lines]
    return Payload(rows, named=False, whole=rows[0] if rows else {})


def _from_json(data: object, where: str) -> Payload:
    if isinstance(data, str):
        try:
            data = _json_or_lines(data)
        except ValueError as error:
            raise ClientError(f"The {where} is not JSON: {error}.") from error
    records = _records(data)
    named = all(isinstance(record, dict) for record in records)
    rows = [flatten(record) if named else _placed(record) for record in records]
    return Payload(rows, named, flatten(data) if isinstance(data, (dict, list)) else _placed(data))


def _json_or_lines(text: str) -> object:
    try:
        return parse_json(text)
    except ValueError:
        return [parse_json(line) for line in text.splitlines() if line.strip()]


def _records(data: object) -> list[object]:
    if isinstance(data, dict):
        lists = [data[key] for key in RECORD_LIST_KEYS if isinstance(data.get(key), list)]
        return list(lists[0]) if len(lists) == 1 and len(data) == 1 else [data]
    if isinstance(data, list) and data and all(isinstance(item, (dict, list)) for item in data):
        return list(data)
    return [data]


def _placed(record: object) -> Row:
    return {f"_c{index}": cell for index, cell in enumerate(flatten(record).values())}
