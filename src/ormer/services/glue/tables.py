"""Tables of the data catalog.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
"""

from __future__ import annotations

import re
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.glue.databases import PAGE, database_of
from ormer.stores import glue
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def create_table(call: Call, request: JsonDict) -> JsonDict:
    """Make a table over objects. https://docs.aws.amazon.com/glue/latest/webapi/API_CreateTable.html

    Differs: tables of open formats (OpenTableFormatInput) are refused.
    Errors: EntityNotFoundException for the database; AlreadyExistsException; InvalidInputException.
    """
    if "OpenTableFormatInput" in request or "TableInput" not in request:
        raise AwsError("InvalidInputException", "Give a TableInput: tables of Iceberg are not available in ormer.")
    database = database_of(call, request["DatabaseName"])
    given = request["TableInput"]
    with call.write() as tx:
        if not glue.create_table(tx, call.account, call.region, database.name, given, call.now):
            raise AwsError("AlreadyExistsException", "Table already exists.")
    return {}


def get_table(call: Call, request: JsonDict) -> JsonDict:
    """Answer a table. https://docs.aws.amazon.com/glue/latest/webapi/API_GetTable.html

    Errors: EntityNotFoundException.
    """
    return {"Table": table_of(call, request["DatabaseName"], request["Name"]).document}


def get_tables(call: Call, request: JsonDict) -> JsonDict:
    """Page through a database's tables by name. https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html

    Expression is a regular expression of names. Errors: EntityNotFoundException; InvalidInputException.
    """
    database = database_of(call, request["DatabaseName"])
    with call.read() as tx:
        found = glue.tables_of(tx, database)
    if request.get("Expression"):
        found = [row for row in found if _matches(request["Expression"], row.name)]
    page, following = page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    return {"TableList": [row.document for row in page], **({"NextToken": following} if following else {})}


def update_table(call: Call, request: JsonDict) -> JsonDict:
    """Replace what a table says. https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html

    Errors: EntityNotFoundException; InvalidInputException without a TableInput.
    """
    given = request.get("TableInput")
    if given is None:
        raise AwsError("InvalidInputException", "Give a TableInput.")
    with call.write() as tx:
        glue.update_table(tx, table_of(call, request["DatabaseName"], given["Name"]), given, call.now)
    return {}


def delete_table(call: Call, request: JsonDict) -> JsonDict:
    """Delete a table; its objects stay. https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteTable.html

    Errors: EntityNotFoundException.
    """
    with call.write() as tx:
        glue.delete_table(tx, table_of(call, request["DatabaseName"], request["Name"]))
    return {}


def batch_delete_table(call: Call, request: JsonDict) -> JsonDict:
    """Delete tables; what is not there stands in Errors. https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeleteTable.html"""
    errors = []
    with call.write() as tx:
        for name in request["TablesToDelete"]:
            try:
                glue.delete_table(tx, table_of(call, request["DatabaseName"], name))
            except AwsError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({"TableName": name, "ErrorDetail": detail})
    return {"Errors": errors}


def table_of(call: Call, database: str, name: str) -> Row:
    """The table; raises EntityNotFoundException for it or its database."""
    database_of(call, database)
    with call.read() as tx:
        row = glue.find_table(tx, call.account, call.region, database, name)
    if row is None:
        raise AwsError("EntityNotFoundException", f"Table {name} not found.")
    return row


def _matches(expression: str, name: str) -> bool:
    """Whether a name fits: people write `prefix*` as often as `prefix.*`."""
    plain = "*" in expression and ".*" not in expression
    try:
        wanted = re.escape(expression).replace(r"\*", ".*") if plain else expression
        return re.fullmatch(wanted, name) is not None
    except re.error as error:
        raise AwsError("InvalidInputException", f"Expression {expression} is no regular expression: {error}.") from None
