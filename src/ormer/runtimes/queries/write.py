"""Make Parquet of records: `N.jsonl` becomes `N.parquet`, with the columns and types of the offline store.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from .names import quoted, text

TYPES = {"Integral": "BIGINT", "Fractional": "DOUBLE", "String": "VARCHAR"}
OWN = (("write_time", "make_timestamp({})"), ("api_invocation_time", "make_timestamp({})"), ("is_deleted", "{}"))
OWN_TYPES = {"write_time": "BIGINT", "api_invocation_time": "BIGINT", "is_deleted": "BOOLEAN"}


def main(folder: Path = Path()) -> int:
    """Write the parts that request.json names; returns the exit code."""
    request = json.loads((folder / "request.json").read_text())
    connection = duckdb.connect()
    connection.execute("SET threads = {}".format(request["threads"]))
    connection.execute("SET memory_limit = '{}MiB'".format(request["memory_mib"]))
    connection.execute("SET preserve_insertion_order = true")
    columns = request["columns"]
    for number in request["parts"]:
        connection.execute(statement(columns, folder / "{}.jsonl".format(number), folder / "{}.parquet".format(number)))
    return 0


def statement(columns: list[dict], source: Path, target: Path) -> str:
    """The SQL that writes one part. Values come as texts, so that no number loses anything on its way."""
    read = {one["name"]: "VARCHAR[]" if one["many"] else "VARCHAR" for one in columns}
    read.update(OWN_TYPES)
    shapes = ", ".join("{}: {}".format(text(column), text(kind)) for column, kind in read.items())
    chosen = []
    for one in columns:
        kind = TYPES[one["type"]] + ("[]" if one["many"] else "")
        chosen.append("CAST({0} AS {1}) AS {0}".format(quoted(one["name"]), kind))
    chosen += ["{} AS {}".format(form.format(quoted(own)), quoted(own)) for own, form in OWN]
    rows = "read_json({}, format = 'newline_delimited', columns = {{{}}}, maximum_object_size = 33554432)".format(
        text(str(source)), shapes
    )
    return "COPY (SELECT {} FROM {}) TO {} (FORMAT parquet, COMPRESSION snappy)".format(
        ", ".join(chosen), rows, text(str(target))
    )
