"""Databases of the data catalog.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-databases.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import glue, resources
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 100


def create_database(call: Call, request: JsonDict) -> JsonDict:
    """Make a database. https://docs.aws.amazon.com/glue/latest/webapi/API_CreateDatabase.html

    Errors: AlreadyExistsException.
    """
    given = request["DatabaseInput"]
    with call.write() as tx:
        if not glue.create_database(tx, call.account, call.region, given, call.now):
            raise AwsError("AlreadyExistsException", "Database already exists.")
    return {}


def get_database(call: Call, request: JsonDict) -> JsonDict:
    """Answer a database. https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabase.html

    Errors: EntityNotFoundException.
    """
    return {"Database": database_of(call, request["Name"]).document}


def get_databases(call: Call, request: JsonDict) -> JsonDict:
    """Page through databases by name. https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html"""
    with call.read() as tx:
        found = glue.databases_of(tx, call.account, call.region)
    page, following = page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    more = {"NextToken": following} if following else {}
    return {"DatabaseList": [row.document for row in page], **more}


def update_database(call: Call, request: JsonDict) -> JsonDict:
    """Change a database. https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateDatabase.html

    Errors: EntityNotFoundException.
    """
    with call.write() as tx:
        row = database_of(call, request["Name"])
        resources.save(tx, row, {**request["DatabaseInput"], "Name": row.name}, now=call.now)
    return {}


def delete_database(call: Call, request: JsonDict) -> JsonDict:
    """Delete a database with its tables; objects stay. https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteDatabase.html

    Errors: EntityNotFoundException.
    """
    with call.write() as tx:
        glue.delete_database(tx, database_of(call, request["Name"]))
    return {}


def database_of(call: Call, name: str) -> Row:
    """The database; raises EntityNotFoundException."""
    with call.read() as tx:
        row = glue.find_database(tx, call.account, call.region, name)
    if row is None:
        raise AwsError("EntityNotFoundException", f"Database {name} not found.")
    return row
