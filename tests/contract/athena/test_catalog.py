"""Work groups, and the data catalog as Athena tells of it."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError
from tests.contract.athena.conftest import Desk


def test_work_groups_say_where_results_go(desk: Desk) -> None:
    name = f"team-{uuid.uuid4().hex[:8]}"
    place = {"ResultConfiguration": {"OutputLocation": f"s3://{desk.bucket}/team/"}}
    desk.athena.create_work_group(Name=name, Configuration=place, Description="ours")
    found = desk.athena.get_work_group(WorkGroup=name)["WorkGroup"]
    assert found["State"] == "ENABLED" and found["Configuration"]["EnforceWorkGroupConfiguration"] is True
    assert {name, "primary"} <= {one["Name"] for one in desk.athena.list_work_groups()["WorkGroups"]}
    done = desk.ask("SELECT 1", WorkGroup=name)
    assert done["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{desk.bucket}/team/")
    updates = {"ResultConfigurationUpdates": {"OutputLocation": f"s3://{desk.bucket}/other/"}}
    desk.athena.update_work_group(WorkGroup=name, State="DISABLED", ConfigurationUpdates=updates)
    found = desk.athena.get_work_group(WorkGroup=name)["WorkGroup"]
    assert found["Configuration"]["ResultConfiguration"]["OutputLocation"] == f"s3://{desk.bucket}/other/"
    with pytest.raises(ClientError, match="is disabled"):
        desk.start("SELECT 1", WorkGroup=name)
    desk.athena.delete_work_group(WorkGroup=name)
    with pytest.raises(ClientError, match="WorkGroup is not found"):
        desk.athena.get_work_group(WorkGroup=name)


def test_the_catalog_is_told_of(desk: Desk) -> None:
    cities = desk.cities()
    assert [one["CatalogName"] for one in desk.athena.list_data_catalogs()["DataCatalogsSummary"]] == ["AwsDataCatalog"]
    assert desk.athena.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]["Type"] == "GLUE"
    named = {"CatalogName": "AwsDataCatalog", "DatabaseName": desk.database}
    assert desk.athena.get_database(**named)["Database"]["Name"] == desk.database
    listed = desk.athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
    assert desk.database in [one["Name"] for one in listed]
    found = desk.athena.get_table_metadata(**named, TableName=cities)["TableMetadata"]
    assert [(one["Name"], one["Type"]) for one in found["Columns"]][:2] == [("name", "string"), ("people", "int")]
    tables = desk.athena.list_table_metadata(**named, Expression="cities*")["TableMetadataList"]
    assert cities in [one["Name"] for one in tables]
    with pytest.raises(ClientError) as refused:
        desk.athena.get_table_metadata(**named, TableName="nowhere")
    assert refused.value.response["Error"]["Code"] == "MetadataException"
