"""The data catalog: databases, tables and partitions that say what objects of S3 mean, as Glue keeps them.

Names are written in lower case, as Glue does. A table's parent is its database, a partition's its table.
https://docs.aws.amazon.com/glue/latest/dg/catalog-and-crawler.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SERVICE = "glue"
DATABASE, TABLE, PARTITION = "Database", "Table", "Partition"
DEFAULT_DATABASE = "default"


def database_arn(account: str, region: str, name: str) -> str:
    return arns.arn(SERVICE, region, account, f"database/{name.lower()}")


def table_arn(account: str, region: str, database: str, name: str) -> str:
    return arns.arn(SERVICE, region, account, f"table/{database.lower()}/{name.lower()}")


def find_database(tx: Tx, account: str, region: str, name: str) -> Row | None:
    """A database of the account's; `default` is always there."""
    row = resources.get(tx, database_arn(account, region, name))
    if row is None and name.lower() == DEFAULT_DATABASE:
        arn = database_arn(account, region, name)
        document = {"Name": DEFAULT_DATABASE, "Description": "", "CreateTime": 0.0, "CatalogId": account}
        return Row(arn, account, region, SERVICE, DATABASE, DEFAULT_DATABASE, "", "", 0.0, 0.0, 0, document)
    return row


def create_database(tx: Tx, account: str, region: str, given: JsonDict, now: float) -> Row | None:
    """A new database; None when its name is taken."""
    name = given["Name"].lower()
    document = {**given, "Name": name, "CreateTime": now, "CatalogId": account}
    return resources.create(
        tx,
        arn=database_arn(account, region, name),
        kind=DATABASE,
        name=name,
        document=document,
        now=now,
        event=False,
    )


def delete_database(tx: Tx, row: Row) -> None:
    """A database with its tables; their objects stay."""
    for one in tables_of(tx, row):
        delete_table(tx, one)
    resources.delete(tx, row.arn)


def find_table(tx: Tx, account: str, region: str, database: str, name: str) -> Row | None:
    return resources.get(tx, table_arn(account, region, database, name))


def create_table(tx: Tx, account: str, region: str, database: str, given: JsonDict, now: float) -> Row | None:
    """A new table; None when its name is taken."""
    name = given["Name"].lower()
    document = {
        "PartitionKeys": [],
        "Parameters": {},
        **lowered(given),
        "Name": name,
        "DatabaseName": database.lower(),
        "CreateTime": now,
        "UpdateTime": now,
        "CatalogId": account,
        "VersionId": "0",
        "IsRegisteredWithLakeFormation": False,
    }
    return resources.create(
        tx,
        arn=table_arn(account, region, database, name),
        kind=TABLE,
        name=name,
        parent=database_arn(account, region, database),
        document=document,
        now=now,
        event=False,
    )


def update_table(tx: Tx, row: Row, given: JsonDict, now: float) -> Row:
    """What a table is from now on; its version is one more."""
    version = str(int(row.document.get("VersionId", "0")) + 1)
    change = {**lowered(given), "Name": row.name, "UpdateTime": now, "VersionId": version}
    return resources.save(tx, row, change, now=now)


def delete_table(tx: Tx, row: Row) -> None:
    """A table with its partitions; its objects stay."""
    for one in partitions_of(tx, row):
        resources.delete(tx, one.arn)
    resources.delete(tx, row.arn)


def tables_of(tx: Tx, database: Row) -> list[Row]:
    """A database's tables by name."""
    c = table.c
    return resources.select(tx, c.kind == TABLE, c.service == SERVICE, c.parent == database.arn, order=c.name)


def databases_of(tx: Tx, account: str, region: str) -> list[Row]:
    """The account's databases by name, `default` among them."""
    c = table.c
    where = [c.account == account, c.region == region, c.service == SERVICE, c.kind == DATABASE]
    found = resources.select(tx, *where, order=c.name)
    if not any(row.name == DEFAULT_DATABASE for row in found):
        always = find_database(tx, account, region, DEFAULT_DATABASE)
        assert always is not None, "the default database is always there"
        found.append(always)
    return sorted(found, key=lambda row: row.name)


def all_tables(tx: Tx, account: str, region: str, names: Sequence[str]) -> list[Row]:
    """The account's tables of these names, of whatever database."""
    c = table.c
    where = [c.account == account, c.region == region, c.service == SERVICE, c.kind == TABLE, c.name.in_(list(names))]
    return resources.select(tx, *where, order=sa.text("arn"))


def create_partition(tx: Tx, owner: Row, given: JsonDict, now: float) -> Row | None:
    """A new partition of a table; None when one with these values is there."""
    document = {
        "Parameters": {},
        **given,
        "DatabaseName": owner.document["DatabaseName"],
        "TableName": owner.name,
        "CatalogId": owner.account,
    }
    return resources.create(
        tx,
        arn=partition_arn(owner, given["Values"]),
        kind=PARTITION,
        name="/".join(quote(value, safe="") for value in given["Values"]),
        parent=owner.arn,
        document=document,
        now=now,
        event=False,
    )


def find_partition(tx: Tx, owner: Row, values: Sequence[str]) -> Row | None:
    return resources.get(tx, partition_arn(owner, values))


def partitions_of(tx: Tx, owner: Row) -> list[Row]:
    """A table's partitions by their values."""
    c = table.c
    return resources.select(tx, c.kind == PARTITION, c.service == SERVICE, c.parent == owner.arn, order=c.name)


def partition_arn(owner: Row, values: Sequence[str]) -> str:
    """AWS gives partitions no ARN of their own; this one stays inside."""
    return f"{owner.arn}/partition/{'/'.join(quote(value, safe='') for value in values)}"


def lowered(given: JsonDict) -> JsonDict:
    """A table's input with its columns' names in lower case."""
    found = dict(given)
    if "StorageDescriptor" in given:
        storage = given["StorageDescriptor"]
        found["StorageDescriptor"] = {**storage, "Columns": _columns(storage.get("Columns", []))}
    if "PartitionKeys" in given:
        found["PartitionKeys"] = _columns(given["PartitionKeys"])
    return found


def _columns(columns: Sequence[JsonDict]) -> list[JsonDict]:
    return [{**one, "Name": one["Name"].lower()} for one in columns]
