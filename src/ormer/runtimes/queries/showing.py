"""SHOW and DESCRIBE: what the data catalog holds, as the lines that Athena writes.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from .mistakes import QueryMistake

NAME = r"(?:[`\"]?(?P<database>[^\s`\".;]+)[`\"]?\.)?[`\"]?(?P<name>[^\s`\".;]+)[`\"]?"
SHOW_DATABASES = re.compile(r"(?is)show\s+(?:databases|schemas)(?:\s+like)?(?:\s+'(?P<pattern>[^']*)')?")
SHOW_TABLES = re.compile(
    r"(?is)show\s+(?P<what>tables|views)(?:\s+(?:in|from)\s+[`\"]?(?P<database>[^\s`\"';]+)[`\"]?)?(?:\s+like)?(?:\s+'(?P<pattern>[^']*)')?"
)
SHOW_COLUMNS = re.compile(r"(?is)show\s+columns\s+(?:in|from)\s+" + NAME)
SHOW_PARTITIONS = re.compile(r"(?is)show\s+partitions\s+" + NAME)
DESCRIBE = re.compile(r"(?is)(?:describe|desc)\s+(?:(?:extended|formatted)\s+)?" + NAME)
WIDTH = 20


def lines_of(sql: str, database: str, catalog: Dict[str, List[Dict[str, Any]]]) -> Optional[List[str]]:
    """The lines that answer a SHOW or DESCRIBE; None for another statement. catalog: {database: its tables}."""
    bare = sql.strip().rstrip(";").strip()
    match = SHOW_DATABASES.fullmatch(bare)
    if match:
        return [name for name in sorted(catalog) if _fits(name, match["pattern"])]
    match = SHOW_TABLES.fullmatch(bare)
    if match:
        views = match["what"].lower() == "views"
        tables = _tables(match["database"] or database, catalog)
        names = [one["name"] for one in tables if one["view"] or not views]
        return [name for name in names if _fits(name, match["pattern"])]
    match = SHOW_COLUMNS.fullmatch(bare)
    if match:
        return [one["name"] for one in _all_columns(_table(match, database, catalog))]
    match = SHOW_PARTITIONS.fullmatch(bare)
    if match:
        table = _table(match, database, catalog)
        keys = [one["name"] for one in table["partition_keys"]]
        return ["/".join("=".join(pair) for pair in zip(keys, values)) for values in table["partitions"]]
    match = DESCRIBE.fullmatch(bare)
    if match:
        return _described(_table(match, database, catalog))
    if re.match(r"(?is)(show|describe|desc)\b", bare):
        raise QueryMistake("NOT_SUPPORTED: of SHOW there are DATABASES, TABLES, VIEWS, COLUMNS and PARTITIONS")
    return None


def _described(table: Dict[str, Any]) -> List[str]:
    lines = [_line(one) for one in _all_columns(table)]
    if table["partition_keys"]:
        lines += [
            "\t \t ",
            "# Partition Information\t \t ",
            "# col_name            \tdata_type           \tcomment             ",
        ]
        lines += ["\t \t ", *(_line(one) for one in table["partition_keys"])]
    return lines


def _line(one: Dict[str, str]) -> str:
    return "\t".join(word.ljust(WIDTH) for word in (one["name"], one["type"], one.get("comment", "")))


def _all_columns(table: Dict[str, Any]) -> List[Dict[str, str]]:
    return table["columns"] + table["partition_keys"]


def _tables(database: str, catalog: Dict[str, List[Dict[str, Any]]]) -> List[Dict[str, Any]]:
    if database.lower() not in catalog:
        raise QueryMistake("SCHEMA_NOT_FOUND: Schema '{}' does not exist".format(database))
    return catalog[database.lower()]


def _table(match: "re.Match[str]", database: str, catalog: Dict[str, List[Dict[str, Any]]]) -> Dict[str, Any]:
    place = (match["database"] or database).lower()
    for one in _tables(place, catalog):
        if one["name"] == match["name"].lower():
            return one
    raise QueryMistake("TABLE_NOT_FOUND: Table '{}.{}' does not exist".format(place, match["name"].lower()))


def _fits(name: str, pattern: Optional[str]) -> bool:
    """Hive's patterns: `*` for anything, `|` between choices."""
    if pattern is None:
        return True
    choices = [re.escape(one).replace(r"\*", ".*") for one in pattern.lower().split("|")]
    return any(re.fullmatch(one, name) for one in choices)
