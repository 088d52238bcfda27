"""The table of a feature group's offline store in the data catalog.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws import feature_values as values
from ormer.stores import glue
from ormer.stores.database import Tx
from ormer.stores.features.groups import Group
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
CATALOG, DATABASE = "AwsDataCatalog", "sagemaker_featurestore"
TYPES: Mapping[str, str] = {values.INTEGRAL: "bigint", values.FRACTIONAL: "double", values.STRING: "string"}
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}


def config(name: str, epoch: int) -> JsonDict:
    """Where AWS puts the table of a group that names none."""
    return {"TableName": f"{name.lower().replace('-', '_')}_{epoch}", "Catalog": CATALOG, "Database": DATABASE}


def create_table(tx: Tx, row: Row, now: float) -> None:
    """Make a group's table, and its database, unless they are there."""
    place = _place(row)
    if place is None:
        return
    database, name = place
    if glue.find_database(tx, row.account, row.region, database) is None:
        glue.create_database(tx, row.account, row.region, {"Name": database}, now)
    glue.create_table(tx, row.account, row.region, database, {"Name": name, **table_input(row)}, now)


def update_table(tx: Tx, row: Row, now: float) -> None:
    """Bring a group's table up to its features; nothing where somebody removed it."""
    place = _place(row)
    there = glue.find_table(tx, row.account, row.region, *place) if place is not None else None
    if there is not None:
        glue.update_table(tx, there, table_input(row), now)


def table_input(row: Row) -> JsonDict:
    """What the table says: the features and the offline store's own columns, over Parquet."""
    columns = [{"Name": name, "Type": _type(one)} for name, one in Group(row).features.items()]
    columns += [{"Name": name, "Type": "timestamp"} for name in ("write_time", "api_invocation_time")]
    columns.append({"Name": "is_deleted", "Type": "boolean"})
    return {
        "Owner": "sagemaker",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "StorageDescriptor": {
            "Columns": columns,
            "Location": Group(row).data_uri,
            "Compressed": False,
            "NumberOfBuckets": 0,
            "BucketColumns": [],
            "SortColumns": [],
            "StoredAsSubDirectories": False,
            **PARQUET,
        },
    }


def _place(row: Row) -> tuple[str, str] | None:
    """The names of a group's database and table; None for a group without one."""
    offline = row.document.get("OfflineStoreConfig", {})
    where = offline.get("DataCatalogConfig")
    if where is None or offline.get("DisableGlueTableCreation"):
        return None
    return where["Database"], where["TableName"]


def _type(definition: JsonDict) -> str:
    kind = TYPES[definition["FeatureType"]]
    return f"array<{kind}>" if definition.get("CollectionType") else kind
