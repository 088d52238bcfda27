"""Tables of the data catalog as views of DuckDB over the files that were laid beside the query.

https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from __future__ import annotations

from typing import Any, Dict, List

import duckdb
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .mistakes import QueryMistake
from .names import quoted, text

CSV, PARQUET, JSON = "csv", "parquet", "json"
OPEN_CSV = "opencsv"
# Hive's own separator.
DEFAULT_DELIMITER = "\x01"
ESCAPES = {"\\t": "\t", "\\n": "\n", "\\001": "\x01", "\\u0001": "\x01", "\\\\": "\\"}
TEXTS = ("VARCHAR", "TEXT")


def make_view(connection: duckdb.DuckDBPyConnection, table: Dict[str, Any]) -> None:
    """The view of one table. QueryMistake for a table whose files cannot be read."""
    schema, name = quoted(table["database"]), quoted(table["name"])
    connection.execute("CREATE SCHEMA IF NOT EXISTS {}".format(schema))
    connection.execute("CREATE VIEW {}.{} AS {}".format(schema, name, select_of(connection, table)))


def select_of(connection: duckdb.DuckDBPyConnection, table: Dict[str, Any]) -> str:
    """The SELECT that reads a table's files with its columns and types."""
    keys = table["partition_keys"]
    if not table["files"]:
        columns = [
            "CAST(NULL AS {}) AS {}".format(duck_type(one["type"]), quoted(one["name"]))
            for one in table["columns"] + keys
        ]
        return "SELECT {} WHERE false".format(", ".join(columns))
    columns = _columns(connection, table)
    rows = _rows(table)
    if not keys:
        return "SELECT {} FROM {} AS f".format(", ".join(columns), rows)
    parts = ", ".join(
        "({})".format(", ".join(text(value) for value in [one["path"], *one["values"]])) for one in table["files"]
    )
    names = ["k{}".format(number) for number in range(len(keys))]
    columns += [
        "CAST(p.{} AS {}) AS {}".format(name, duck_type(key["type"]), quoted(key["name"]))
        for name, key in zip(names, keys)
    ]
    found = "SELECT {} FROM {} AS f JOIN (VALUES {}) AS p(path, {}) ON f.filename = p.path"
    return found.format(", ".join(columns), rows, parts, ", ".join(names))


def duck_type(hive: str) -> str:
    """Hive's name of a type as DuckDB's. QueryMistake for one that is none."""
    try:
        return exp.DataType.build(hive, dialect="hive").sql("duckdb")
    except (SqlglotError, ValueError):
        raise QueryMistake("HIVE_INVALID_METADATA: a column has the type {}, which is not known".format(hive)) from None


def _columns(connection: duckdb.DuckDBPyConnection, table: Dict[str, Any]) -> List[str]:
    kind = table["format"]
    there = None
    if kind == PARQUET:
        told = connection.execute("DESCRIBE SELECT * FROM {}".format(_rows(table))).fetchall()
        there = {row[0].lower(): row[0] for row in told}
    found = []
    for one in table["columns"]:
        name, target = quoted(one["name"]), duck_type(one["type"])
        if there is not None and one["name"] not in there:
            found.append("CAST(NULL AS {}) AS {}".format(target, name))
        elif there is not None:
            found.append("CAST(f.{} AS {}) AS {}".format(quoted(there[one["name"]]), target, name))
        elif kind == JSON or target in TEXTS:
            found.append("f.{0} AS {0}".format(name))
        else:
            # A text that is no value of its type is NULL, as Hive has it.
            found.append("TRY_CAST(NULLIF(f.{0}, '') AS {1}) AS {0}".format(name, target))
    return found


def _rows(table: Dict[str, Any]) -> str:
    """The table function that reads a table's files."""
    files = "[{}]".format(", ".join(text(one["path"]) for one in table["files"]))
    named = ", filename = true" if table["partition_keys"] else ""
    kind = table["format"]
    if kind == PARQUET:
        return "read_parquet({}, union_by_name = true, hive_partitioning = false{})".format(files, named)
    if kind == JSON:
        shapes = ", ".join("{}: {}".format(text(one["name"]), text(duck_type(one["type"]))) for one in table["columns"])
        form = "read_json({}, format = 'newline_delimited', hive_partitioning = false, columns = {{{}}}{})"
        return form.format(files, shapes, named)
    if kind in (CSV, OPEN_CSV):
        return _csv_rows(table, files, named)
    text_of = (
        "NOT_SUPPORTED: the table {}.{} is in the format {}: there are Parquet, CSV and other delimited text, and JSON"
    )
    raise QueryMistake(text_of.format(table["database"], table["name"], kind))


def _csv_rows(table: Dict[str, Any], files: str, named: str) -> str:
    serde = table["serde"]
    shapes = ", ".join("{}: 'VARCHAR'".format(text(one["name"])) for one in table["columns"])
    if table["format"] == OPEN_CSV:
        delimiter, quote = serde.get("separatorChar", ","), serde.get("quoteChar", '"')
        escape = serde.get("escapeChar", "\\")
        nulls = ""
    else:
        delimiter = serde.get("field.delim", serde.get("serialization.format", DEFAULT_DELIMITER))
        quote, escape = "", serde.get("escape.delim", "")
        nulls = serde.get("serialization.null.format", "\\N")
    delimiter = ESCAPES.get(delimiter, delimiter)
    # DuckDB takes an escape other than the quote only where there are quotes.
    escape = ESCAPES.get(escape, escape) if quote else ""
    options = [
        "columns = {{{}}}".format(shapes),
        "delim = {}".format(text(delimiter)),
        "quote = {}".format(text(quote)),
        "escape = {}".format(text(escape)),
        "skip = {}".format(int(table["parameters"].get("skip.header.line.count", 0))),
        "header = false, auto_detect = false, null_padding = true, strict_mode = false, hive_partitioning = false",
        "parallel = false",
    ]
    if nulls:
        options.append("nullstr = {}".format(text(nulls)))
    return "read_csv({}, {}{})".format(files, ", ".join(options), named)
