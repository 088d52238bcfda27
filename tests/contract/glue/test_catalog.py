"""Databases, tables and partitions of Glue's data catalog."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def table(name: str, **more: Any) -> dict[str, Any]:
    storage = {"Columns": [{"Name": "City", "Type": "string"}], "Location": f"s3://shop/{name}/"}
    return {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage, **more}


def code(refused: Any) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_databases_are_made_changed_listed_and_deleted(glue: Any, database: str) -> None:
    assert glue.get_database(Name=database.upper())["Database"]["Description"] == "a shop's"
    with pytest.raises(ClientError) as refused:
        glue.create_database(DatabaseInput={"Name": database})
    assert code(refused) == "AlreadyExistsException"
    glue.update_database(Name=database, DatabaseInput={"Name": database, "Description": "ours"})
    listed = {one["Name"]: one for one in glue.get_databases()["DatabaseList"]}
    assert listed[database]["Description"] == "ours" and "default" in listed
    glue.create_table(DatabaseName=database, TableInput=table("cities"))
    glue.delete_database(Name=database)
    with pytest.raises(ClientError) as refused:
        glue.get_table(DatabaseName=database, Name="cities")
    assert code(refused) == "EntityNotFoundException"


def test_tables_are_made_changed_listed_and_deleted(glue: Any, database: str) -> None:
    for name in ("Cities", "rivers", "roads"):
        glue.create_table(DatabaseName=database, TableInput=table(name))
    found = glue.get_table(DatabaseName=database, Name="cities")["Table"]
    assert (found["Name"], found["DatabaseName"], found["VersionId"]) == ("cities", database, "0")
    assert found["StorageDescriptor"]["Columns"] == [{"Name": "city", "Type": "string"}]
    first = glue.get_tables(DatabaseName=database, MaxResults=2)
    assert [one["Name"] for one in first["TableList"]] == ["cities", "rivers"]
    rest = glue.get_tables(DatabaseName=database, NextToken=first["NextToken"])
    assert [one["Name"] for one in rest["TableList"]] == ["roads"]
    chosen = glue.get_tables(DatabaseName=database, Expression="r.*")["TableList"]
    assert [one["Name"] for one in chosen] == ["rivers", "roads"]
    glue.update_table(DatabaseName=database, TableInput=table("cities", Description="all of them"))
    found = glue.get_table(DatabaseName=database, Name="cities")["Table"]
    assert (found["Description"], found["VersionId"]) == ("all of them", "1")
    with pytest.raises(ClientError) as refused:
        glue.create_table(DatabaseName=database, TableInput=table("cities"))
    assert code(refused) == "AlreadyExistsException"
    glue.delete_table(DatabaseName=database, Name="cities")
    answer = glue.batch_delete_table(DatabaseName=database, TablesToDelete=["rivers", "cities"])
    assert [(one["TableName"], one["ErrorDetail"]["ErrorCode"]) for one in answer["Errors"]] == [
        ("cities", "EntityNotFoundException")
    ]
    assert [one["Name"] for one in glue.get_tables(DatabaseName=database)["TableList"]] == ["roads"]


def test_partitions_are_made_found_and_deleted(glue: Any, database: str) -> None:
    keys = [{"Name": "year", "Type": "string"}, {"Name": "month", "Type": "string"}]
    glue.create_table(DatabaseName=database, TableInput=table("sales", PartitionKeys=keys))
    named = {"DatabaseName": database, "TableName": "sales"}
    where = {"Location": "s3://shop/sales/a"}
    glue.create_partition(**named, PartitionInput={"Values": ["2026", "01"], "StorageDescriptor": where})
    answer = glue.batch_create_partition(
        **named, PartitionInputList=[{"Values": ["2026", "01"]}, {"Values": ["2026", "02"]}]
    )
    assert [one["ErrorDetail"]["ErrorCode"] for one in answer["Errors"]] == ["AlreadyExistsException"]
    found = glue.get_partition(**named, PartitionValues=["2026", "01"])["Partition"]
    assert found["StorageDescriptor"]["Location"] == "s3://shop/sales/a"
    listed = glue.get_partitions(**named)["Partitions"]
    assert [one["Values"] for one in listed] == [["2026", "01"], ["2026", "02"]]
    with pytest.raises(ClientError, match="do not match"):
        glue.create_partition(**named, PartitionInput={"Values": ["2026"]})
    glue.delete_partition(**named, PartitionValues=["2026", "01"])
    wanted = [{"Values": ["2026", "01"]}, {"Values": ["2026", "02"]}]
    answer = glue.batch_delete_partition(**named, PartitionsToDelete=wanted)
    assert [one["PartitionValues"] for one in answer["Errors"]] == [["2026", "01"]]
    assert glue.get_partitions(**named)["Partitions"] == []
