"""What a query does besides answering: definitions in the data catalog, and files that become a table's objects.

All of it happens in the transaction that ends the query, as who asked for it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.jobs import data
from ormer.engines.jobs.data import Written
from ormer.engines.jobs.folders import regular_files
from ormer.engines.tables.inputs import bucket_and_folder, partitions_below
from ormer.engines.worker import Work
from ormer.stores import glue, queries
from ormer.stores.access import PolicyGate
from ormer.stores.port import Api
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# The operations of Glue that a program may ask for by their own names.
PLAIN = ("CreateDatabase", "DeleteDatabase", "CreateTable", "DeleteTable")
MISSING = "EntityNotFoundException"


class Changes:
    """Carries out what one query's program asks for. Raises AwsError for what cannot be."""

    def __init__(self, work: Work, row: Row) -> None:
        self._work = work
        self._row = row
        self._caller = queries.caller_of(row)
        self._api: Api = work.port.acting_as(self._caller, row.region)

    def define(self, action: Mapping[str, Any]) -> None:
        """One definition. What passes over an error by its code (IF EXISTS) is no error."""
        operation, request = str(action.get("operation")), dict(action.get("request") or {})
        try:
            if operation in PLAIN:
                self._glue(operation, request)
            elif operation == "PutTable":
                self._put_table(request)
            elif operation == "RepairTable":
                self._repair(request)
            elif operation in ("AddPartition", "DropPartition"):
                self._partition(operation, request)
            else:
                raise AwsError("InvalidRequestException", f"NOT_SUPPORTED: {operation}")
        except AwsError as error:
            if error.code not in action.get("passes", ()):
                raise

    def written(self, answer: Mapping[str, Any], folder: Path) -> list[Written]:
        """The files of a CREATE TABLE AS, INSERT INTO or UNLOAD, durable, with their keys.

        Call it before the transaction; `attach` makes the table of them inside it.
        """
        location = self.location(answer)
        bucket, prefix = bucket_and_folder(self._work.stores, location)
        PolicyGate(self._work.stores).permit(
            self._caller, self._row.region, "s3:PutObject", f"arn:aws:s3:::{bucket}/{prefix}x"
        )
        if answer["verb"] != "INSERT" and next(iter(self._work.stores.objects.list(bucket, prefix, limit=1)), None):
            text = (
                f"HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: {location}. Delete its objects"
            )
            raise AwsError("InvalidRequestException", f"{text}, or name another one.")
        found = []
        for path, descriptor in regular_files(folder):
            place = PurePosixPath(path)
            key = f"{prefix}{place.parent / f'{self._row.name}_{uuid.uuid4()}{place.suffix}'}"
            found.append(Written(bucket, key, data.contents_of(self._work.stores.objects, descriptor)))
        return found

    def location(self, answer: Mapping[str, Any]) -> str:
        """Where the files go: as the query says, into the table, or beside the query's result."""
        if answer["verb"] == "INSERT":
            return str(self._table(answer["database"], answer["name"]).document["StorageDescriptor"]["Location"])
        if answer.get("location"):
            return str(answer["location"])
        result: str = self._row.document["ResultConfiguration"]["OutputLocation"]
        return f"{result.rpartition('/')[0]}/tables/{self._row.name}/"

    def attach(self, answer: Mapping[str, Any], location: str) -> None:
        """Make the table of the files that were published, or let it know of new partitions."""
        if answer["verb"] == "CREATE_TABLE_AS_SELECT":
            made = dict(answer["table"])
            made["StorageDescriptor"] = {**made["StorageDescriptor"], "Location": location}
            self._glue("CreateTable", {"DatabaseName": answer["database"], "TableInput": made})
        if answer["verb"] != "UNLOAD" and self._table(answer["database"], answer["name"]).document.get("PartitionKeys"):
            self._repair({"DatabaseName": answer["database"], "Name": answer["name"]})

    def _glue(self, operation: str, request: JsonDict) -> JsonDict:
        return self._api("glue", operation, request)

    def _put_table(self, request: JsonDict) -> None:
        """CREATE OR REPLACE VIEW."""
        try:
            self._glue("UpdateTable", request)
        except AwsError as error:
            if error.code != MISSING:
                raise
            self._glue("CreateTable", request)

    def _repair(self, request: JsonDict) -> None:
        """Add the partitions that lie in the table's folder and are not known yet."""
        table = self._table(request["DatabaseName"], request["Name"])
        for values in partitions_below(self._work.stores, table):
            with self._work.read() as tx:
                known = glue.find_partition(tx, table, values)
            if known is None:
                self._add(table, values, "")

    def _partition(self, operation: str, request: JsonDict) -> None:
        table = self._table(request["DatabaseName"], request["Name"])
        keys = [one["Name"] for one in table.document.get("PartitionKeys", ())]
        if sorted(request["Values"]) != sorted(keys):
            raise AwsError("InvalidRequestException", f"SYNTAX_ERROR: the table is partitioned by {', '.join(keys)}")
        values = [request["Values"][key] for key in keys]
        if operation == "AddPartition":
            self._add(table, values, request.get("Location", ""))
            return
        named = {"DatabaseName": request["DatabaseName"], "TableName": request["Name"]}
        self._glue("DeletePartition", {**named, "PartitionValues": values})

    def _add(self, table: Row, values: list[str], location: str) -> None:
        keys = [one["Name"] for one in table.document["PartitionKeys"]]
        folder = "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
        storage = table.document["StorageDescriptor"]
        where = location or f"{storage['Location'].rstrip('/')}/{folder}"
        named = {"DatabaseName": table.document["DatabaseName"], "TableName": table.name}
        made = {"Values": values, "StorageDescriptor": {**storage, "Location": where}}
        self._glue("CreatePartition", {**named, "PartitionInput": made})

    def _table(self, database: str, name: str) -> Row:
        with self._work.read() as tx:
            row = glue.find_table(tx, self._row.account, self._row.region, database, name)
        if row is None:
            raise AwsError(MISSING, f"TABLE_NOT_FOUND: Table '{database}.{name}' does not exist")
        return row
