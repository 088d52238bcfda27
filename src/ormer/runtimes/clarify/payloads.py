"""Writes records as the model wants them: CSV, JSON Lines or JSON, through the configuration's templates.

Templates: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-data-format-tabular-request.html
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from .errors import ClientError

CSV, JSON_LINES, JSON = "text/csv", "application/jsonlines", "application/json"
DEFAULT_LINE = '{"features":$features}'
DEFAULT_DOCUMENT = '{"instances":$records}'
DEFAULT_RECORD = '{"features":$features}'
NAMED_FEATURE = re.compile(r'"\$\{([^}]*)\}"')
MANY, ONE = "$records", "$record"


@dataclass(frozen=True)
class RequestFormat:
    """content_type: what is sent; line, document, record: the templates of JSON Lines and JSON requests."""

    content_type: str
    line: str = DEFAULT_LINE
    document: str = DEFAULT_DOCUMENT
    record: str = DEFAULT_RECORD

    @property
    def one_at_a_time(self) -> bool:
        """A JSON document built around `$record` holds a single record."""
        return self.content_type == JSON and MANY not in self.document

    def body(self, rows: pl.DataFrame) -> bytes:
        """Return the request body for the rows."""
        if self.content_type == CSV:
            return _with_python_booleans(rows).write_csv(include_header=False).encode("utf-8")
        if self.content_type == JSON_LINES:
            return "\n".join(filled(self.line, rows.columns, row) for row in rows.iter_rows()).encode("utf-8")
        records = [filled(self.record, rows.columns, row) for row in rows.iter_rows()]
        if self.one_at_a_time:
            return self.document.replace(ONE, records[0]).encode("utf-8")
        return self.document.replace(MANY, f"[{','.join(records)}]").encode("utf-8")


def matrix_body(rows: pl.DataFrame) -> bytes | None:
    """Return the rows as a NumPy array file of the numbers that their CSV spells, or None when it would not be a table.

    A boolean is a word in CSV, and a missing cell alone on its line is no line at all.
    """
    if rows.width < 2 or not all(dtype == pl.Float64 or dtype.is_integer() for dtype in rows.dtypes):
        return None
    body = io.BytesIO()
    np.save(body, np.ascontiguousarray(rows.cast(pl.Float64).to_numpy()), allow_pickle=False)
    return body.getvalue()


def _with_python_booleans(rows: pl.DataFrame) -> pl.DataFrame:
    """CSV written from Python spells booleans True and False, and models were trained on that."""
    spelled = [
        pl.when(pl.col(name)).then(pl.lit("True")).otherwise(pl.lit("False")).alias(name)
        for name in rows.columns
        if rows[name].dtype == pl.Boolean
    ]
    return rows.with_columns(spelled)


def request_format(predictor: dict[str, Any], dataset_type: str) -> RequestFormat:
    """Return the format the configuration asks for. Raises ClientError when a template lacks its placeholder."""
    content_type = predictor.get("content_type") or (dataset_type if dataset_type in (JSON_LINES, JSON) else CSV)
    template = predictor.get("content_template")
    if content_type == JSON_LINES:
        line = template or DEFAULT_LINE
        _require_placeholder(line, "content_template")
        return RequestFormat(content_type, line=line)
    if content_type == JSON:
        document, record = template or DEFAULT_DOCUMENT, predictor.get("record_template") or DEFAULT_RECORD
        if ONE not in document:
            raise ClientError("Data must contain features. content_template must hold $records or $record.")
        _require_placeholder(record, "record_template")
        return RequestFormat(content_type, document=document, record=record)
    return RequestFormat(content_type)


def _require_placeholder(template: str, name: str) -> None:
    if "$features" not in template and not NAMED_FEATURE.search(template):
        raise ClientError(f'Data must contain features. {name} must hold $features, $features_kvp or "${{NAME}}".')


def filled(template: str, names: list[str], row: tuple[Any, ...]) -> str:
    """Return the template with its placeholders replaced by the row's values."""
    values = dict(zip(names, row, strict=True))
    text = template.replace('"$features_kvp"', "$features_kvp").replace("$features_kvp", _json(values))
    text = text.replace("$feature_names", _json(list(names))).replace("$features", _json(list(row)))
    return NAMED_FEATURE.sub(lambda match: _json(_named(match.group(1), values)), text)


def _named(name: str, values: dict[str, Any]) -> Any:
    if name not in values:
        raise ClientError(f"Feature names not found. The template names {name}, which is not a feature.")
    return values[name]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
