"""What requests to Athena and Glue are about, as their policies name it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws import arns
from ormer.stores import glue, queries
from ormer.stores.port import Call

QUERY = "QueryExecutionId"


def targets(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The ARNs a request is about."""
    return _of_athena(call, params) if call.service == queries.SERVICE else _of_glue(call, params)


def _of_athena(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The work group; queries are authorised by theirs."""
    asked = params.get("QueryExecutionIds") or ([params[QUERY]] if QUERY in params else [])
    found = []
    with call.read() as tx:
        for one in asked:
            row = queries.find(tx, call.account, call.region, one)
            found.append(row.parent if row is not None else queries.work_group_arn(call.account, call.region, "*"))
    if found:
        return list(dict.fromkeys(found))
    if "CatalogName" in params:
        return [arns.arn(queries.SERVICE, call.region, call.account, f"datacatalog/{params['CatalogName']}")]
    group = params.get("WorkGroup") or params.get("Name") or queries.PRIMARY
    return [queries.work_group_arn(call.account, call.region, group)]


def _of_glue(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The table, else the database, else the catalog."""
    database = params.get("DatabaseName") or (params.get("DatabaseInput") or {}).get("Name")
    table = params.get("TableName") or (params.get("TableInput") or {}).get("Name")
    if params.get("DatabaseName"):
        table = table or params.get("Name")
    else:
        database = database or params.get("Name")
    if database and table:
        return [glue.table_arn(call.account, call.region, database, table)]
    if database:
        return [glue.database_arn(call.account, call.region, database)]
    return [arns.arn(glue.SERVICE, call.region, call.account, "catalog")]
