"""Answer one query: read request.json, write result.csv (or files, or what is to be done) and answer.json.

The program sees the query's own tables and nothing else: DuckDB is kept to the folders it was given, and what it may
read is laid there by the server, which also carries out what a definition asks for.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, List

import duckdb

from . import definitions, results, showing, sources, translating, writing
from .mistakes import QueryMistake
from .names import text

# DuckDB says in several ways that a column is not there.
NO_COLUMN = re.compile(
    r'Binder Error: (?:Referenced column "(?P<bare>[^"]+)" (?:was )?not found'
    r'|Column "(?P<own>[^"]+)" referenced that exists'
    r'|(?:Table|Values list) "[^"]+" does not have a column named "(?P<of>[^"]+)")'
)
# The beginnings of DuckDB's complaints as Athena calls them.
WORDS = (
    ("Binder Error: Table", "TABLE_NOT_FOUND"),
    ("Catalog Error: Table Function", "FUNCTION_NOT_FOUND"),
    ("Catalog Error: Scalar Function", "FUNCTION_NOT_FOUND"),
    ("Catalog Error: Aggregate Function", "FUNCTION_NOT_FOUND"),
    ("Binder Error", "TYPE_MISMATCH"),
    ("Parser Error", "SYNTAX_ERROR"),
    ("Conversion Error", "INVALID_CAST_ARGUMENT"),
    ("Out of Memory Error", "EXCEEDED_MEMORY_LIMIT"),
    ("Invalid Input Error", "INVALID_FUNCTION_ARGUMENT"),
    ("Not implemented Error", "NOT_SUPPORTED"),
)


def main(folder: Path = Path()) -> int:
    """Returns the exit code: 0 also for a query that is wrong, since that is an answer."""
    request = json.loads((folder / "request.json").read_text())
    try:
        answer = answered(request, folder)
    except QueryMistake as error:
        answer = {"kind": "failed", "reason": str(error)}
    except duckdb.Error as error:
        answer = {"kind": "failed", "reason": reason_of(error)}
    draft = folder / "answer.draft"
    draft.write_text(json.dumps(answer))
    draft.rename(folder / "answer.json")
    return 0


def answered(request: Dict[str, Any], folder: Path) -> Dict[str, Any]:
    """The answer to a request. QueryMistake and duckdb.Error for a query that cannot be answered."""
    sql, database = request["sql"], request["database"]
    if request["parameters"]:
        sql = _filled(sql, request["parameters"])
    lines = showing.lines_of(sql, database, request["catalog"])
    if lines is not None:
        (folder / "result.txt").write_text("".join("{}\n".format(line) for line in lines))
        return {"kind": "lines", "rows": len(lines)}
    repair = definitions.repair(sql, database)
    if repair is not None:
        return {"kind": "actions", "actions": [repair]}
    altered = definitions.partitions(sql, database)
    if altered is not None:
        return {"kind": "actions", "actions": altered}
    unload = writing.unload_of(sql)
    if unload is not None:
        return _written(request, unload, folder)
    tree = translating.parsed(sql)
    actions = definitions.actions_of(tree, database)
    if actions is not None:
        return {"kind": "actions", "actions": [_with_columns(request, one) for one in actions]}
    made = writing.writing_of(tree, database)
    if made is not None:
        return _written(request, made, folder)
    if type(tree).__name__ not in ("Select", "Union", "Intersect", "Except", "Subquery", "With", "Values"):
        raise QueryMistake("NOT_SUPPORTED: this statement is not available: {}".format(sql[:200]))
    known = _known(request)
    places = translating.tables_in(tree, database)
    tree = translating.placed(tree, database, known)
    connection, bytes_read = opened(request, places)
    unnamed = translating.unnamed_in(tree)
    told = results.write_csv(connection, translating.duck_sql(tree), unnamed, folder / "result.csv")
    return {"kind": "rows", "bytes": bytes_read, **told}


def opened(request: Dict[str, Any], places: List[translating.Place]) -> Any:
    """A connection with views of these tables, and how many bytes their files have."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": "false", "autoinstall_known_extensions": "false"})
    connection.execute("SET threads = {}".format(request["threads"]))
    connection.execute("SET memory_limit = '{}MiB'".format(request["memory_mib"]))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET integer_division = true")
    # A table of many small files is looked at more than once.
    connection.execute("SET parquet_metadata_cache = true")
    folders = ", ".join(text(one) for one in (request["data"] + "/", str(Path.cwd()) + "/", "/tmp/"))
    connection.execute("SET allowed_directories = [{}]".format(folders))
    connection.execute("SET enable_external_access = false")
    for macro in translating.MACROS:
        connection.execute(macro)
    bytes_read = _views(connection, request, places, set())
    connection.execute("SET lock_configuration = true")
    return connection, bytes_read


def _views(connection: Any, request: Dict[str, Any], places: List[translating.Place], seen: set) -> int:
    """Make the views of tables, and before a view of the catalog's those it reads. Returns their files' bytes."""
    tables = {(one["database"], one["name"]): one for one in request["tables"]}
    total = 0
    for place in places:
        if place in seen or place not in tables:
            continue
        seen.add(place)
        table = tables[place]
        if not table.get("view"):
            sources.make_view(connection, table)
            total += sum(one["bytes"] for one in table["files"])
            continue
        tree = translating.parsed(table["view"])
        total += _views(connection, request, translating.tables_in(tree, place[0]), seen)
        sql = translating.duck_sql(translating.placed(tree, place[0], _known(request)))
        schema, name = sources.quoted(place[0]), sources.quoted(place[1])
        connection.execute("CREATE SCHEMA IF NOT EXISTS {}".format(schema))
        connection.execute("CREATE VIEW {}.{} AS {}".format(schema, name, sql))
    return total


def reason_of(error: duckdb.Error) -> str:
    """DuckDB's complaint as Athena begins its own."""
    told = str(error).strip()
    match = NO_COLUMN.match(told)
    if match is not None:
        return "COLUMN_NOT_FOUND: Column '{}' cannot be resolved".format(match["bare"] or match["own"] or match["of"])
    for beginning, code in WORDS:
        if told.startswith(beginning):
            return "{}: {}".format(code, told.partition(": ")[2].split("\n\n")[0])
    return "GENERIC_USER_ERROR: {}".format(told)


def _written(request: Dict[str, Any], made: writing.Writing, folder: Path) -> Dict[str, Any]:
    places = translating.tables_in(made.query, request["database"])
    tree = translating.placed(made.query, request["database"], _known(request))
    connection, bytes_read = opened(request, places)
    told = writing.write(connection, translating.duck_sql(tree), made, folder.absolute() / "files")
    return {"kind": "files", "bytes": bytes_read, **told}


def _with_columns(request: Dict[str, Any], action: Dict[str, Any]) -> Dict[str, Any]:
    """A new view with the columns that it has now; a query that cannot run makes no view."""
    if not action.pop("view", False):
        return action
    made = action["request"]["TableInput"]
    tree = translating.parsed(made["ViewOriginalText"])
    places = translating.tables_in(tree, request["database"])
    connection, _ = opened(request, places)
    sql = translating.duck_sql(translating.placed(tree, request["database"], _known(request)))
    made["StorageDescriptor"]["Columns"] = definitions.columns_of(connection.execute("DESCRIBE " + sql).fetchall())
    return action


def _known(request: Dict[str, Any]) -> Dict[translating.Place, str]:
    return {(one["database"], one["name"]): one.get("refused", "") for one in request["tables"]}


def _filled(sql: str, parameters: List[str]) -> str:
    """A statement with its question marks replaced, as ExecutionParameters say; those in quotes stay."""
    found, rest, quote = [], list(parameters), ""
    for letter in sql:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "?":
            if not rest:
                raise QueryMistake(
                    "Incorrect number of parameters: more are needed than the {} given".format(len(parameters))
                )
            letter = rest.pop(0)
        found.append(letter)
    if rest:
        raise QueryMistake("Incorrect number of parameters: {} of {} are not used".format(len(rest), len(parameters)))
    return "".join(found)
