"""The data catalog as Athena tells of it.

https://docs.aws.amazon.com/athena/latest/APIReference/API_DataCatalog.html
"""

from __future__ import annotations

import re
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import glue, queries
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 50


def list_data_catalogs(call: Call, request: JsonDict) -> JsonDict:
    """Answer the one catalog there is. https://docs.aws.amazon.com/athena/latest/APIReference/API_ListDataCatalogs.html"""
    return {"DataCatalogsSummary": [{"CatalogName": queries.CATALOG, "Type": "GLUE"}]}


def get_data_catalog(call: Call, request: JsonDict) -> JsonDict:
    """Answer the catalog. https://docs.aws.amazon.com/athena/latest/APIReference/API_GetDataCatalog.html

    Errors: InvalidRequestException for another one.
    """
    _check(request["Name"])
    return {"DataCatalog": {"Name": queries.CATALOG, "Type": "GLUE", "Parameters": {"catalog-id": call.account}}}


def get_database(call: Call, request: JsonDict) -> JsonDict:
    """Answer a database. https://docs.aws.amazon.com/athena/latest/APIReference/API_GetDatabase.html

    Errors: MetadataException.
    """
    return {"Database": _database(call, request).document}


def list_databases(call: Call, request: JsonDict) -> JsonDict:
    """Page through databases. https://docs.aws.amazon.com/athena/latest/APIReference/API_ListDatabases.html"""
    _check(request["CatalogName"])
    with call.read() as tx:
        found = glue.databases_of(tx, call.account, call.region)
    page, following = page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    return {"DatabaseList": [row.document for row in page], **({"NextToken": following} if following else {})}


def get_table_metadata(call: Call, request: JsonDict) -> JsonDict:
    """Answer a table's columns. https://docs.aws.amazon.com/athena/latest/APIReference/API_GetTableMetadata.html

    Errors: MetadataException.
    """
    database = _database(call, request)
    with call.read() as tx:
        row = glue.find_table(tx, call.account, call.region, database.name, request["TableName"])
    if row is None:
        raise AwsError("MetadataException", f"EntityNotFoundException: Table {request['TableName']} not found.")
    return {"TableMetadata": _metadata(row)}


def list_table_metadata(call: Call, request: JsonDict) -> JsonDict:
    """Page through a database's tables. https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTableMetadata.html

    Errors: MetadataException.
    """
    database = _database(call, request)
    with call.read() as tx:
        found = glue.tables_of(tx, database)
    if request.get("Expression"):
        wanted = re.escape(request["Expression"]).replace(r"\*", ".*").replace(r"\.", ".")
        found = [row for row in found if re.fullmatch(wanted, row.name)]
    page, following = page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    more = {"NextToken": following} if following else {}
    return {"TableMetadataList": [_metadata(row) for row in page], **more}


def _database(call: Call, request: JsonDict) -> Row:
    _check(request["CatalogName"])
    with call.read() as tx:
        row = glue.find_database(tx, call.account, call.region, request["DatabaseName"])
    if row is None:
        raise AwsError("MetadataException", f"EntityNotFoundException: Database {request['DatabaseName']} not found.")
    return row


def _check(catalog: str) -> None:
    if catalog.lower() != queries.CATALOG.lower():
        raise AwsError("InvalidRequestException", f"Catalog {catalog} is not available: there is {queries.CATALOG}.")


def _metadata(row: Row) -> JsonDict:
    storage = row.document.get("StorageDescriptor", {})
    parameters = dict(row.document.get("Parameters", {}))
    serde = storage.get("SerdeInfo", {})
    places = {"location": storage.get("Location"), "inputformat": storage.get("InputFormat")}
    places |= {
        "outputformat": storage.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
    }
    parameters |= {name: value for name, value in places.items() if value}
    return {**row.document, "Columns": storage.get("Columns", []), "Parameters": parameters}
