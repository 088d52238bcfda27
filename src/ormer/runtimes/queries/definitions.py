"""Statements that change the data catalog, as requests to Glue: the server makes them as who asked.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from sqlglot import exp

from .mistakes import QueryMistake
from .results import hive_type
from .translating import DIALECT, Place, place_of

Action = Dict[str, Any]
EXISTS, MISSING = "AlreadyExistsException", "EntityNotFoundException"
SERDES = {
    "PARQUET": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "ORC": "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    "AVRO": "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    "TEXTFILE": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    "JSON": "org.openx.data.jsonserde.JsonSerDe",
}
TEXT_INPUT, TEXT_OUTPUT = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
)
PARQUET_INPUT, PARQUET_OUTPUT = (
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
)
ALTER = re.compile(
    r"(?is)\s*alter\s+table\s+(?P<name>[^\s;]+)\s+(?P<verb>add|drop)\s+(?P<exists>if\s+(?:not\s+)?exists\s+)?"
    r"(?P<rest>partition\b.*)"
)
PARTITION = re.compile(r"(?is)partition\s*\(([^)]*)\)(?:\s+location\s+'([^']+)')?")
VALUE = re.compile(r"(?is)[`\"]?(\w+)[`\"]?\s*=\s*('[^']*'|\"[^\"]*\"|[^\s,]+)")
REPAIR = re.compile(r"(?is)\s*msck\s+repair\s+table\s+(?P<name>[^\s;]+)\s*;?\s*")


def repair(sql: str, database: str) -> Optional[Action]:
    """MSCK REPAIR TABLE, which looks for partitions among the keys; None for another statement."""
    match = REPAIR.fullmatch(sql)
    if match is None:
        return None
    place = _named(match["name"], database)
    return {"operation": "RepairTable", "request": {"DatabaseName": place[0], "Name": place[1]}}


def partitions(sql: str, database: str) -> Optional[List[Action]]:
    """ALTER TABLE ADD or DROP PARTITION; None for another statement."""
    match = ALTER.fullmatch(sql)
    if match is None:
        return None
    place = _named(match["name"], database)
    dropping = match["verb"].lower() == "drop"
    found = []
    for spec, location in PARTITION.findall(match["rest"]):
        values = {name.lower(): value.strip("'\"") for name, value in VALUE.findall(spec)}
        request: Dict[str, Any] = {"DatabaseName": place[0], "Name": place[1], "Values": values}
        if location:
            request["Location"] = location
        passes = _passes(match["exists"], MISSING if dropping else EXISTS)
        found.append(
            {"operation": "DropPartition" if dropping else "AddPartition", "request": request, "passes": passes}
        )
    return found


def actions_of(tree: exp.Expression, database: str) -> Optional[List[Action]]:
    """What a definition asks of Glue, in its order; None for a statement that is no definition."""
    if isinstance(tree, exp.Create):
        kind = tree.args["kind"].upper()
        if kind in ("SCHEMA", "DATABASE"):
            return [_create_database(tree)]
        if kind == "VIEW":
            return [_create_view(tree, database)]
        if kind == "TABLE" and tree.expression is None:
            return [_create_table(tree, database)]
    if isinstance(tree, exp.Drop):
        return [_drop(tree, database)]
    return None


def table_input(name: str, columns: List[Dict[str, str]], location: str, kind: str) -> Dict[str, Any]:
    """Glue's TableInput of a table that a query writes."""
    storage = _storage(kind.upper(), {}, location)
    storage["Columns"] = columns
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE"},
        "StorageDescriptor": storage,
    }


def columns_of(described: List[Any]) -> List[Dict[str, str]]:
    """Glue's columns of what DuckDB describes."""
    return [{"Name": row[0].lower(), "Type": hive_type(row[1])} for row in described]


def _named(written: str, database: str) -> Place:
    return place_of(exp.to_table(written.replace("`", '"'), dialect="duckdb"), database)


def _create_database(tree: exp.Create) -> Action:
    table = tree.this
    name = (table.db or table.name).lower()
    request = {"DatabaseInput": {"Name": name}}
    location = tree.find(exp.LocationProperty)
    if location is not None:
        request["DatabaseInput"]["LocationUri"] = location.this.name
    return {"operation": "CreateDatabase", "request": request, "passes": _passes(tree.args.get("exists"), EXISTS)}


def _create_view(tree: exp.Create, database: str) -> Action:
    schema = tree.this if isinstance(tree.this, exp.Table) else tree.this.this
    place = place_of(schema, database)
    made = {
        "Name": place[1],
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true"},
        "StorageDescriptor": {"Columns": []},
        "ViewOriginalText": tree.expression.sql(DIALECT),
    }
    verb = "PutTable" if tree.args.get("replace") else "CreateTable"
    return {"operation": verb, "request": {"DatabaseName": place[0], "TableInput": made}, "view": True}


def _create_table(tree: exp.Create, database: str) -> Action:
    schema = tree.this
    if not isinstance(schema, exp.Schema):
        raise QueryMistake("SYNTAX_ERROR: a table needs columns")
    place = place_of(schema.this, database)
    found = tree.args.get("properties")
    properties = found.expressions if found is not None else []
    location = next((one.this.name for one in properties if isinstance(one, exp.LocationProperty)), "")
    if not location:
        raise QueryMistake("SYNTAX_ERROR: CREATE EXTERNAL TABLE needs a LOCATION 's3://bucket/prefix/'")
    storage = _storage(_format(properties), _serde(properties), location)
    own = _serde_name(properties)
    if own:
        storage["SerdeInfo"]["SerializationLibrary"] = own
    storage["Columns"] = [_column(one) for one in schema.expressions]
    made: Dict[str, Any] = {
        "Name": place[1],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **_parameters(properties)},
        "StorageDescriptor": storage,
        "PartitionKeys": [_column(one) for one in _partition_keys(properties)],
    }
    request = {"DatabaseName": place[0], "TableInput": made}
    return {"operation": "CreateTable", "request": request, "passes": _passes(tree.args.get("exists"), EXISTS)}


def _drop(tree: exp.Drop, database: str) -> Action:
    passes = _passes(tree.args.get("exists"), MISSING)
    table = tree.find(exp.Table)
    if table is None:
        raise QueryMistake("SYNTAX_ERROR: DROP needs a name")
    if tree.args["kind"].upper() in ("SCHEMA", "DATABASE"):
        name = (table.db or table.name).lower()
        return {"operation": "DeleteDatabase", "request": {"Name": name}, "passes": passes}
    place = place_of(table, database)
    return {"operation": "DeleteTable", "request": {"DatabaseName": place[0], "Name": place[1]}, "passes": passes}


def _format(properties: List[exp.Expression]) -> str:
    for one in properties:
        if isinstance(one, exp.FileFormatProperty):
            if isinstance(one.this, exp.InputOutputFormat):
                return "PARQUET" if "parquet" in one.this.sql().lower() else "TEXTFILE"
            return one.this.name.upper()
    name = _serde_name(properties).lower()
    return "PARQUET" if "parquet" in name else "TEXTFILE"


def _serde_name(properties: List[exp.Expression]) -> str:
    return next((one.this.name for one in properties if isinstance(one, exp.RowFormatSerdeProperty)), "")


def _serde(properties: List[exp.Expression]) -> Dict[str, str]:
    """The serde's parameters."""
    found: Dict[str, str] = {}
    for one in properties:
        if isinstance(one, exp.RowFormatDelimitedProperty):
            for word, name in (
                ("fields", "field.delim"),
                ("escaped", "escape.delim"),
                ("null", "serialization.null.format"),
            ):
                if one.args.get(word) is not None:
                    found[name] = one.args[word].name
        if isinstance(one, exp.RowFormatSerdeProperty) and one.args.get("serde_properties") is not None:
            found.update(_pairs(one.args["serde_properties"].expressions))
        if isinstance(one, exp.SerdeProperties):
            found.update(_pairs(one.expressions))
    return found


def _parameters(properties: List[exp.Expression]) -> Dict[str, str]:
    """TBLPROPERTIES, and the comment."""
    return _pairs([one for one in properties if type(one) is exp.Property])


def _pairs(properties: List[exp.Expression]) -> Dict[str, str]:
    return {one.this.name: one.args["value"].name for one in properties if isinstance(one, exp.Property)}


def _partition_keys(properties: List[exp.Expression]) -> List[exp.Expression]:
    for one in properties:
        if isinstance(one, exp.PartitionedByProperty):
            return one.this.expressions
    return []


def _column(one: exp.Expression) -> Dict[str, str]:
    kind = one.args.get("kind")
    if kind is None:
        raise QueryMistake("SYNTAX_ERROR: the column {} needs a type".format(one.name))
    made = {"Name": one.name.lower(), "Type": kind.sql("hive").lower()}
    comment = one.find(exp.CommentColumnConstraint)
    if comment is not None:
        made["Comment"] = comment.this.name
    return made


def _storage(kind: str, serde: Dict[str, str], location: str) -> Dict[str, Any]:
    if kind not in SERDES:
        raise QueryMistake("NOT_SUPPORTED: STORED AS {}: there are {}".format(kind, ", ".join(sorted(SERDES))))
    parquet = kind == "PARQUET"
    return {
        "Location": location,
        "InputFormat": PARQUET_INPUT if parquet else TEXT_INPUT,
        "OutputFormat": PARQUET_OUTPUT if parquet else TEXT_OUTPUT,
        "SerdeInfo": {"SerializationLibrary": SERDES[kind], "Parameters": serde},
    }


def _passes(wanted: Any, code: str) -> List[str]:
    """The codes of errors that are none: IF EXISTS and IF NOT EXISTS."""
    return [code] if wanted else []
