"""Queries: the operations. What runs them is the tables engine.

https://docs.aws.amazon.com/athena/latest/ug/querying.html
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.athena.work_groups import work_group
from ormer.stores import queries, resources, tasks
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import request_tokens

JsonDict = dict[str, Any]
QUERY_EXECUTION = Noun(
    queries.KIND, name="QueryExecutionId", arn="queryexecution/{name}", service=queries.SERVICE, page=50
)
NO_OUTPUT = (
    "No output location provided. An output location is required either through the Workgroup result configuration "
    "setting or as an API input."
)


def start_query_execution(call: Call, request: JsonDict) -> JsonDict:
    """Begin a query, as who asks. https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html

    Differs: DuckDB answers it, translated from Trino's SQL; results are never reused and not encrypted.
    Errors: InvalidRequestException without a place for the result, or for a catalog that is not there.
    """
    group = work_group(call, request.get("WorkGroup", queries.PRIMARY))
    configured = group.document.get("Configuration", {})
    given = request.get("ResultConfiguration", {})
    result = {**configured.get("ResultConfiguration", {}), **given}
    if configured.get("EnforceWorkGroupConfiguration"):
        result = configured.get("ResultConfiguration", {})
    if not result.get("OutputLocation", "").startswith("s3://"):
        raise invalid(NO_OUTPUT)
    if group.document.get("State") == "DISABLED":
        raise invalid(f"WorkGroup {group.name} is disabled.")
    context = request.get("QueryExecutionContext", {})
    if context.get("Catalog", queries.CATALOG).lower() != queries.CATALOG.lower():
        raise invalid(f"Catalog {context['Catalog']} is not available: there is {queries.CATALOG}.")
    kind, substatement = queries.kind_of(request["QueryString"])
    document: JsonDict = {
        "Query": request["QueryString"],
        "StatementType": kind,
        "SubstatementType": substatement,
        "QueryExecutionContext": {"Catalog": queries.CATALOG, **context},
        "ResultConfiguration": result,
        "WorkGroup": group.name,
        **({"ExecutionParameters": request["ExecutionParameters"]} if "ExecutionParameters" in request else {}),
    }
    with call.write() as tx:
        known = _known(call, request)
        if known is not None:
            return {"QueryExecutionId": known}
        row = queries.create(tx, call.identity, call.region, document, call.now)
        _remember(call, request, row)
        where = queries.output_of(result, row.name, queries.suffix_of(kind))
        resources.save(tx, row, {"ResultConfiguration": {**result, "OutputLocation": where}}, now=call.now)
    return {"QueryExecutionId": row.name}


def get_query_execution(call: Call, request: JsonDict) -> JsonDict:
    """Answer how a query goes. https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryExecution.html

    Errors: InvalidRequestException.
    """
    return {"QueryExecution": queries.told(query_of(call, request["QueryExecutionId"]))}


def batch_get_query_execution(call: Call, request: JsonDict) -> JsonDict:
    """Answer how queries go. https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html"""
    found, missing = [], []
    for query_id in request["QueryExecutionIds"]:
        try:
            found.append(queries.told(query_of(call, query_id)))
        except AwsError as error:
            told = {"ErrorCode": "INVALID_INPUT", "ErrorMessage": error.message}
            missing.append({"QueryExecutionId": query_id, **told})
    return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}


def stop_query_execution(call: Call, request: JsonDict) -> JsonDict:
    """End a query; one that is over stays as it is. https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html

    Errors: InvalidRequestException.
    """
    with call.write() as tx:
        row = query_of(call, request["QueryExecutionId"])
        change = {"CompletionDateTime": call.now, "StateChangeReason": "Query cancelled by user"}
        if resources.advance(tx, row.arn, queries.CANCELLED, now=call.now, change=change):
            # Its program still runs: the task ends it.
            tasks.wake(tx, queries.TASK, row.arn)
    return {}


def list_query_executions(call: Call, request: JsonDict) -> JsonDict:
    """Page through a work group's queries, newest first. https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html"""
    group = work_group(call, request.get("WorkGroup", queries.PRIMARY))
    rows, more = QUERY_EXECUTION.rows(call, request, parent=group.arn)
    return {"QueryExecutionIds": [row.name for row in rows], **more}


def query_of(call: Call, query_id: str) -> Row:
    """The query; raises InvalidRequestException."""
    with call.read() as tx:
        row = queries.find(tx, call.account, call.region, query_id)
    if row is None:
        raise invalid(f"QueryExecution {query_id} was not found")
    return row


def invalid(text: str) -> AwsError:
    """Athena's way to refuse a request."""
    return AwsError("InvalidRequestException", text)


def _known(call: Call, request: JsonDict) -> str | None:
    """The query that a request with this token began. InvalidRequestException when it was another request."""
    token = request.get("ClientRequestToken")
    if not token:
        return None
    with call.read() as tx:
        found = tx.one(sa.select(request_tokens).where(*_key(call, token)))
    if found is None:
        return None
    if found["digest"] != _digest(request):
        raise invalid("Idempotent parameters do not match: the ClientRequestToken was used for another query.")
    return str(found["response"]["id"])


def _remember(call: Call, request: JsonDict, row: Row) -> None:
    token = request.get("ClientRequestToken")
    if not token:
        return
    values = {
        "account": call.account,
        "region": call.region,
        "operation": f"{call.service}:{call.operation}",
        "token": token,
        "digest": _digest(request),
        "response": {"id": row.name},
        "created": call.now,
    }
    with call.write() as tx:
        tx.execute(sa.insert(request_tokens), values)


def _key(call: Call, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    c = request_tokens.c
    operation = f"{call.service}:{call.operation}"
    return (c.account == call.account, c.region == call.region, c.operation == operation, c.token == token)


def _digest(request: JsonDict) -> str:
    return hashlib.sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()
