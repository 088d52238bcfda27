"""Queries whose rows become a table's files: CREATE TABLE AS, INSERT INTO and UNLOAD.

https://docs.aws.amazon.com/athena/latest/ug/ctas.html
https://docs.aws.amazon.com/athena/latest/ug/unload.html
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import duckdb
from sqlglot import exp

from . import definitions, translating
from .mistakes import QueryMistake
from .names import quoted, text

UNLOAD = re.compile(
    r"(?is)\s*unload\s*\((?P<query>.*)\)\s*to\s*'(?P<location>s3://[^']+)'\s*(?:with\s*\((?P<words>.*)\))?\s*;?\s*"
)
PAIR = re.compile(r"(?is)(\w+)\s*=\s*(ARRAY\s*\[[^\]]*\]|'[^']*')")
FORMATS = {"PARQUET": "parquet", "JSON": "json", "TEXTFILE": "csv"}
Words = Dict[str, Any]


class Writing:
    """What is to be written. query: the SELECT. place: the table it makes or grows, None for an UNLOAD.

    location: where its files go, "" where the server chooses. words: of WITH.
    """

    def __init__(self, verb: str, query: exp.Expression, place: Optional[Tuple[str, str]], location: str, words: Words):
        self.verb = verb
        self.query = query
        self.place = place
        self.location = location
        self.words = words

    @property
    def kind(self) -> str:
        """PARQUET, JSON or TEXTFILE. QueryMistake for a format that is not written here."""
        kind = str(self.words.get("format", "PARQUET")).upper()
        if kind not in FORMATS:
            raise QueryMistake("NOT_SUPPORTED: the format {}: there are {}".format(kind, ", ".join(sorted(FORMATS))))
        return kind


def unload_of(sql: str) -> Optional[Writing]:
    """UNLOAD (query) TO 's3://…' WITH (…); None for another statement."""
    match = UNLOAD.fullmatch(sql)
    if match is None:
        return None
    words = {name.lower(): _value(value) for name, value in PAIR.findall(match["words"] or "")}
    return Writing("UNLOAD", translating.parsed(match["query"]), None, match["location"], words)


def writing_of(tree: exp.Expression, database: str) -> Optional[Writing]:
    """CREATE TABLE AS or INSERT INTO; None for another statement."""
    if isinstance(tree, exp.Create) and tree.args["kind"].upper() == "TABLE" and tree.expression is not None:
        words: Words = {}
        found = tree.args.get("properties")
        for one in found.expressions if found is not None else []:
            if isinstance(one, exp.FileFormatProperty):
                words["format"] = one.this.name
            elif isinstance(one, exp.PartitionedByProperty):
                words["partitioned_by"] = [part.name for part in one.this.expressions]
            elif isinstance(one, exp.Property):
                words[one.this.name.lower()] = one.args["value"].name if one.args.get("value") is not None else ""
        place = translating.place_of(tree.this, database)
        return Writing("CREATE_TABLE_AS_SELECT", tree.expression, place, words.get("external_location", ""), words)
    if isinstance(tree, exp.Insert):
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        if isinstance(tree.this, exp.Schema):
            raise QueryMistake(
                "NOT_SUPPORTED: INSERT INTO with a list of columns; give the columns in the table's order"
            )
        return Writing("INSERT", tree.expression, translating.place_of(target, database), "", {})
    return None


def write(connection: duckdb.DuckDBPyConnection, sql: str, writing: Writing, folder: Path) -> Dict[str, Any]:
    """Write the rows below `folder`; returns what the server is to make of the files."""
    partitions = [name.lower() for name in writing.words.get("partitioned_by", [])]
    described = connection.execute("DESCRIBE {}".format(sql)).fetchall()
    folder.mkdir()
    form = "FORMAT {}".format(FORMATS[writing.kind])
    if writing.kind == "TEXTFILE":
        form += ", HEADER false, DELIMITER {}".format(text(writing.words.get("field_delimiter", "\x01")))
    elif writing.kind == "PARQUET":
        form += ", COMPRESSION snappy"
    if partitions:
        named = ", ".join(quoted(name) for name in partitions)
        statement = "COPY ({}) TO {} ({}, PARTITION_BY ({}))".format(sql, text(str(folder)), form, named)
    else:
        statement = "COPY ({}) TO {} ({})".format(sql, text(str(folder / "0.{}".format(FORMATS[writing.kind]))), form)
    count = connection.execute(statement).fetchone()
    columns = definitions.columns_of(described)
    answer: Dict[str, Any] = {"verb": writing.verb, "location": writing.location, "rows": count[0] if count else 0}
    if writing.place is not None:
        answer["database"], answer["name"] = writing.place
    if writing.verb == "CREATE_TABLE_AS_SELECT":
        assert writing.place is not None
        made = definitions.table_input(writing.place[1], _others(columns, partitions), "", writing.kind)
        made["PartitionKeys"] = [one for one in columns if one["Name"] in partitions]
        answer["table"] = made
    return answer


def _others(columns: List[Dict[str, str]], partitions: List[str]) -> List[Dict[str, str]]:
    return [one for one in columns if one["Name"] not in partitions]


def _value(written: str) -> Any:
    if written.startswith("'"):
        return written[1:-1]
    return re.findall(r"'([^']*)'", written)
