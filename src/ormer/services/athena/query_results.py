"""A query's rows, read from the object that holds them.

https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from ormer.aws.errors import AwsError
from ormer.services.athena.query_executions import invalid, query_of
from ormer.stores import queries
from ormer.stores.nouns import decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 1000
CHUNK_BYTES = 1 << 18
QUOTE, COMMA, LINE = b'"'[0], b","[0], b"\n"[0]


def get_query_results(call: Call, request: JsonDict) -> JsonDict:
    """Page through a query's rows; the first page of a SELECT begins with the names of its columns.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
    Errors: InvalidRequestException for a query that has no result, or whose object is gone.
    """
    row = query_of(call, request["QueryExecutionId"])
    if row.status != queries.SUCCEEDED:
        reason = row.document.get("StateChangeReason", "")
        raise invalid(f"Query did not finish successfully. Final query state: {row.status}. {reason}".strip())
    start, length = decode_token(request.get("NextToken")), int(request.get("MaxResults", PAGE))
    rows, following = _page(call, row, start, length)
    columns = [_column(one) for one in row.facts.get("columns", ())]
    answer: JsonDict = {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": columns}}, "UpdateCount": 0}
    return {**answer, **({"NextToken": encode_token(following)} if following else {})}


def _page(call: Call, row: Row, start: int, length: int) -> tuple[list[JsonDict], int]:
    """Rows from a byte of the object on, and where the next page begins, 0 at the end."""
    if not row.facts.get("columns"):
        return [], 0
    objects = call.stores.objects
    bucket, key = objects.parse_uri(row.document["ResultConfiguration"]["OutputLocation"])
    try:
        found = objects.get(bucket, key)
    except AwsError:
        raise invalid(f"Could not find results: the object s3://{bucket}/{key} was deleted.") from None
    rows: list[JsonDict] = []
    with objects.open(found) as file:
        if row.document["StatementType"] != "DML":
            return [{"Data": [{"VarCharValue": line.decode()}]} for line in file.read().splitlines()], 0
        file.seek(start)
        for values, end in records(file):
            rows.append({"Data": [{} if value is None else {"VarCharValue": value} for value in values]})
            if len(rows) == length:
                return rows, start + end if start + end < found.size else 0
    return rows, 0


def records(file: BinaryIO) -> Iterator[tuple[list[str | None], int]]:
    """(values, bytes read up to its end) of each record: in quotes a text, without them NULL."""
    consumed, rest = 0, b""
    while True:
        chunk = file.read(CHUNK_BYTES)
        rest += chunk
        begin = 0
        while (end := _end(rest, begin)) >= 0:
            consumed += end + 1 - begin
            yield _values(rest[begin:end]), consumed
            begin = end + 1
        rest = rest[begin:]
        if not chunk:
            if rest:
                yield _values(rest), consumed + len(rest)
            return


def _end(text: bytes, begin: int) -> int:
    """Where the record ends that begins there: the first line break outside of quotes; -1 for none yet."""
    end = text.find(b"\n", begin)
    while end >= 0 and text.count(b'"', begin, end) % 2:
        end = text.find(b"\n", end + 1)
    return end


def _values(record: bytes) -> list[str | None]:
    found: list[str | None] = []
    at = 0
    while True:
        if at < len(record) and record[at] == QUOTE:
            end = record.find(b'"', at + 1)
            while record[end + 1 : end + 2] == b'"':
                end = record.find(b'"', end + 2)
            found.append(record[at + 1 : end].replace(b'""', b'"').decode())
            at = end + 1
        else:
            end = record.find(b",", at)
            end = len(record) if end < 0 else end
            found.append(None)
            at = end
        if at >= len(record):
            return found
        at += 1


def _column(one: JsonDict) -> JsonDict:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": one["name"],
        "Label": one["name"],
        "Type": one["type"],
        "Precision": one["precision"],
        "Scale": one["scale"],
        "Nullable": "UNKNOWN",
        "CaseSensitive": one["type"] == "varchar",
    }
