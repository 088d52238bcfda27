"""Partitions of the data catalog's tables.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.glue.databases import PAGE
from ormer.services.glue.tables import table_of
from ormer.stores import glue, resources
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def create_partition(call: Call, request: JsonDict) -> JsonDict:
    """Add a partition. https://docs.aws.amazon.com/glue/latest/webapi/API_CreatePartition.html

    Errors: EntityNotFoundException for the table; AlreadyExistsException; InvalidInputException for other values than
    the table's keys want.
    """
    table = table_of(call, request["DatabaseName"], request["TableName"])
    _create(call, table, request["PartitionInput"])
    return {}


def batch_create_partition(call: Call, request: JsonDict) -> JsonDict:
    """Add partitions; what cannot be stands in Errors. https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html"""
    table = table_of(call, request["DatabaseName"], request["TableName"])
    errors = []
    for given in request["PartitionInputList"]:
        try:
            _create(call, table, given)
        except AwsError as error:
            errors.append(_told(given.get("Values", []), error))
    return {"Errors": errors}


def get_partition(call: Call, request: JsonDict) -> JsonDict:
    """Answer a partition. https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartition.html

    Errors: EntityNotFoundException.
    """
    table = table_of(call, request["DatabaseName"], request["TableName"])
    return {"Partition": _find(call, table, request["PartitionValues"]).document}


def get_partitions(call: Call, request: JsonDict) -> JsonDict:
    """Page through a table's partitions. https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html

    Differs: an Expression is refused; all partitions are answered.
    Errors: EntityNotFoundException; InvalidInputException.
    """
    if request.get("Expression"):
        text = "GetPartitions with an Expression is not available in ormer: ask without, and choose among the answer."
        raise AwsError("InvalidInputException", text)
    table = table_of(call, request["DatabaseName"], request["TableName"])
    with call.read() as tx:
        found = glue.partitions_of(tx, table)
    page, following = page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    return {"Partitions": [row.document for row in page], **({"NextToken": following} if following else {})}


def delete_partition(call: Call, request: JsonDict) -> JsonDict:
    """Remove a partition; its objects stay. https://docs.aws.amazon.com/glue/latest/webapi/API_DeletePartition.html

    Errors: EntityNotFoundException.
    """
    table = table_of(call, request["DatabaseName"], request["TableName"])
    with call.write() as tx:
        resources.delete(tx, _find(call, table, request["PartitionValues"]).arn)
    return {}


def batch_delete_partition(call: Call, request: JsonDict) -> JsonDict:
    """Remove partitions; what is not there stands in Errors. https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeletePartition.html"""
    table = table_of(call, request["DatabaseName"], request["TableName"])
    errors = []
    with call.write() as tx:
        for one in request["PartitionsToDelete"]:
            try:
                resources.delete(tx, _find(call, table, one["Values"]).arn)
            except AwsError as error:
                errors.append(_told(one["Values"], error))
    return {"Errors": errors}


def _create(call: Call, table: Row, given: JsonDict) -> None:
    if len(given.get("Values", [])) != len(table.document.get("PartitionKeys", [])):
        text = "The number of partition keys do not match the number of partition values"
        raise AwsError("InvalidInputException", text)
    with call.write() as tx:
        if not glue.create_partition(tx, table, given, call.now):
            raise AwsError("AlreadyExistsException", "Partition already exists.")


def _find(call: Call, table: Row, values: list[str]) -> Row:
    with call.read() as tx:
        row = glue.find_partition(tx, table, values)
    if row is None:
        raise AwsError("EntityNotFoundException", "Cannot find partition.")
    return row


def _told(values: list[str], error: AwsError) -> JsonDict:
    return {"PartitionValues": values, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}}
