"""Athena's SQL (Trino's, with Hive's for definitions) as DuckDB's, with every table found in the data catalog.

https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html
"""

from __future__ import annotations

import logging
from typing import Dict, List, Set, Tuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from . import teradata
from .mistakes import QueryMistake

DIALECT = "athena"
CATALOG = "awsdatacatalog"
# It tells of what it does not know; that is told to who asked, not to the log.
logging.getLogger("sqlglot").setLevel(logging.ERROR)
# Functions of Trino's that neither DuckDB nor the translation knows.
MACROS = (
    "CREATE MACRO from_iso8601_timestamp(x) AS CAST(x AS TIMESTAMPTZ)",
    "CREATE MACRO from_iso8601_date(x) AS CAST(x AS DATE)",
    "CREATE MACRO to_iso8601(x) AS strftime(CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ')",
    "CREATE MACRO to_unixtime(x) AS epoch(x)",
    "CREATE MACRO from_unixtime(x) AS to_timestamp(x)",
    "CREATE MACRO approx_distinct(x) AS approx_count_distinct(x)",
    "CREATE MACRO cardinality(x) AS len(x)",
    "CREATE MACRO element_at(x, y) AS x[y]",
    "CREATE MACRO typeof_trino(x) AS typeof(x)",
)

Place = Tuple[str, str]


def parsed(sql: str) -> exp.Expression:
    """A statement, taken apart. QueryMistake for what is none, or more than one."""
    try:
        statements = [one for one in sqlglot.parse(sql, read=DIALECT) if one is not None]
    except SqlglotError as error:
        raise QueryMistake(syntax(error)) from None
    if len(statements) != 1:
        raise QueryMistake("Only one sql statement is allowed. Got: {}".format(len(statements)))
    return statements[0]


def syntax(error: SqlglotError) -> str:
    """A parser's complaint as Athena begins it."""
    told = getattr(error, "errors", None) or [{}]
    first = told[0]
    where = "line {}:{}: ".format(first["line"], first["col"]) if first.get("line") else ""
    what = first.get("description") or str(error).splitlines()[0]
    near = " near '{}'".format(first["highlight"]) if first.get("highlight") else ""
    return "SYNTAX_ERROR: {}{}{}".format(where, what, near)


def place_of(table: exp.Table, database: str) -> Place:
    """The database and the name that a table is called by. QueryMistake for one of another catalog."""
    catalog = table.catalog.lower()
    if catalog and catalog != CATALOG:
        raise QueryMistake("CATALOG_NOT_FOUND: Catalog '{}' does not exist: there is AwsDataCatalog".format(catalog))
    return (table.db or database).lower(), table.name.lower()


def tables_in(tree: exp.Expression, database: str) -> List[Place]:
    """The tables that a statement reads; what it names by WITH is none."""
    return [place_of(table, database) for table in _outer(tree)]


def placed(tree: exp.Expression, database: str, known: Dict[Place, str]) -> exp.Expression:
    """The statement with every table called by database and name. QueryMistake for one that is not there.

    known: {place: why it cannot be read, "" where it can}.
    """
    for table in _outer(tree):
        place = place_of(table, database)
        if place not in known:
            text = "TABLE_NOT_FOUND: Table '{}.{}.{}' does not exist"
            raise QueryMistake(text.format(CATALOG, *place))
        if known[place]:
            raise QueryMistake(known[place])
        if not table.alias:
            # Columns may be called by the table's name alone, in the writer's own case.
            table.set("alias", exp.TableAlias(this=exp.to_identifier(place[1], quoted=True)))
        table.set("catalog", None)
        table.set("db", exp.to_identifier(place[0], quoted=True))
        table.set("this", exp.to_identifier(place[1], quoted=True))
    return _as_written(tree)


def _as_written(tree: exp.Expression) -> exp.Expression:
    """Columns answered under the names that the query calls them by, in its own case; `*` gives the catalog's."""
    for select in tree.find_all(exp.Select):
        for number, one in enumerate(select.expressions):
            if isinstance(one, exp.Column) and not one.is_star:
                select.expressions[number] = exp.alias_(one.copy(), one.name, quoted=True)
        select.set("expressions", select.expressions)
    return tree


def unnamed_in(tree: exp.Expression) -> Set[int]:
    """The numbers of a query's columns that have no name: Athena calls them _col0 and so on."""
    select = tree
    while not isinstance(select, exp.Select):
        if select.this is None:
            return set()
        select = select.this
    if any(one.is_star for one in select.expressions):
        return set()
    return {number for number, one in enumerate(select.expressions) if not isinstance(one, (exp.Alias, exp.Column))}


def duck_sql(tree: exp.Expression) -> str:
    """The statement in DuckDB's SQL."""
    try:
        return teradata.replaced(tree).sql(dialect="duckdb")
    except SqlglotError as error:
        raise QueryMistake("NOT_SUPPORTED: {}".format(error)) from None


def _outer(tree: exp.Expression) -> List[exp.Table]:
    """Tables that are no common table expression of the statement's."""
    named: Set[str] = {one.alias.lower() for one in tree.find_all(exp.CTE)}
    found = []
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise QueryMistake("FUNCTION_NOT_FOUND: table functions are not available: {}".format(table.sql(DIALECT)))
        if not table.db and table.name.lower() in named:
            continue
        found.append(table)
    return found
