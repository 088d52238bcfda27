"""A query's rows as Athena writes them: CSV with every value in quotes, and no quotes around what is NULL.

https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Set

import duckdb

from .names import quoted, text

# DuckDB's types by the names Athena gives them, with precision and scale.
SIMPLE = {
    "BOOLEAN": ("boolean", 0, 0),
    "TINYINT": ("tinyint", 3, 0),
    "SMALLINT": ("smallint", 5, 0),
    "INTEGER": ("integer", 10, 0),
    "BIGINT": ("bigint", 19, 0),
    "HUGEINT": ("bigint", 19, 0),
    "UTINYINT": ("smallint", 5, 0),
    "USMALLINT": ("integer", 10, 0),
    "UINTEGER": ("bigint", 19, 0),
    "UBIGINT": ("bigint", 19, 0),
    "FLOAT": ("float", 17, 0),
    "DOUBLE": ("double", 17, 0),
    "VARCHAR": ("varchar", 2147483647, 0),
    "JSON": ("json", 2147483647, 0),
    "BLOB": ("varbinary", 1073741824, 0),
    "DATE": ("date", 0, 0),
    "TIME": ("time", 3, 0),
    "TIMESTAMP": ("timestamp", 3, 0),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3, 0),
}


def write_csv(connection: duckdb.DuckDBPyConnection, sql: str, unnamed: Set[int], target: Path) -> Dict[str, Any]:
    """Write a query's rows; returns what is to be told of them: columns and the count of rows.

    unnamed: the numbers of columns that have no name of their own.
    """
    described = connection.execute("DESCRIBE {}".format(sql)).fetchall()
    types = [row[1] for row in described]
    names = ["_col{}".format(number) if number in unnamed else row[0] for number, row in enumerate(described)]
    inner = ["c{}".format(number) for number in range(len(names))]
    shown = ["{} AS {}".format(_shown(name, kind), name) for name, kind in zip(inner, types)]
    rows = "SELECT {} FROM ({}) AS t({})".format(", ".join(shown), sql, ", ".join(inner))
    body = target.with_suffix(".rows")
    count = connection.execute(
        "COPY ({}) TO {} (FORMAT csv, HEADER false, FORCE_QUOTE *, NULL '')".format(rows, text(str(body)))
    ).fetchone()
    # Two columns may have one name here, which DuckDB would not write.
    with target.open("wb") as file, body.open("rb") as lines:
        file.write((",".join(quoted(name) for name in names) + "\n").encode())
        while True:
            chunk = lines.read(1 << 20)
            if not chunk:
                break
            file.write(chunk)
    body.unlink()
    return {"columns": columns_of(names, types), "rows": count[0] if count else 0}


def columns_of(names: List[str], types: List[str]) -> List[Dict[str, Any]]:
    """What Athena tells of columns."""
    return [{"name": name, **_told(kind)} for name, kind in zip(names, types)]


def hive_type(kind: str) -> str:
    """DuckDB's name of a type as the data catalog has it."""
    if kind.endswith("[]"):
        return "array<{}>".format(hive_type(kind[:-2]))
    if kind.startswith("DECIMAL"):
        return kind.lower()
    name = _told(kind)["type"]
    return {"varchar": "string", "integer": "int", "varbinary": "binary", "timestamp with time zone": "timestamp"}.get(
        name, name
    )


def _told(kind: str) -> Dict[str, Any]:
    if kind in SIMPLE:
        name, precision, scale = SIMPLE[kind]
    elif kind.startswith("DECIMAL("):
        precision, scale = (int(part) for part in kind[8:-1].split(","))
        name = "decimal"
    else:
        name = (
            "array"
            if kind.endswith("]")
            else "map"
            if kind.startswith("MAP")
            else "row"
            if kind.startswith("STRUCT")
            else "varchar"
        )
        precision = scale = 0
    return {"type": name, "precision": precision, "scale": scale}


def _shown(name: str, kind: str) -> str:
    """A column's values as texts."""
    if kind == "TIMESTAMP":
        return "strftime({}, '%Y-%m-%d %H:%M:%S.%g')".format(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return "strftime(CAST({} AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g') || ' UTC'".format(name)
    if kind == "BLOB":
        return "lower(regexp_replace(hex({}), '(..)(?!$)', '\\1 ', 'g'))".format(name)
    if kind.endswith("[]") and not kind.startswith(("STRUCT", "MAP")):
        texts = "list_transform({0}, lambda x: coalesce(CAST(x AS VARCHAR), 'null'))".format(name)
        return "CASE WHEN {0} IS NULL THEN NULL ELSE '[' || coalesce(array_to_string({1}, ', '), '') || ']' END".format(
            name, texts
        )
    return "CAST({} AS VARCHAR)".format(name)
