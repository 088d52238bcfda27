"""Versions: a function's code and configuration as they were when they were published."""

from __future__ import annotations

from typing import Any

from ormer.aws.function_names import LATEST
from ormer.services.lambda_functions import naming
from ormer.services.lambda_functions.refusals import invalid
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions import functions
from ormer.stores.functions.functions import SERVICE, VERSION
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE_MAX = 50
VERSIONS = Noun(VERSION, name="Version", arn="function:{name}", service=SERVICE, page=PAGE_MAX, order="Ascending")


def publish_version(call: Call, request: JsonDict) -> JsonDict:
    """Keep code and configuration of $LATEST under the next number, unless the last number has the same.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    Errors: ResourceNotFoundException, InvalidParameterValueException.
    """
    with call.write() as tx:
        row = naming.function(call, request)
        wanted = request.get("CodeSha256")
        if wanted and wanted != row.document["CodeSha256"]:
            raise invalid(f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST.")
        return publish(tx, call, row, request.get("Description")).document


def list_versions_by_function(call: Call, request: JsonDict) -> JsonDict:
    """$LATEST and every version. https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html

    Errors: ResourceNotFoundException.
    """
    row = naming.function(call, request)
    asked = {"MaxResults": min(request.get("MaxItems", PAGE_MAX), PAGE_MAX), "NextToken": request.get("Marker")}
    rows, more = VERSIONS.rows(call, asked, parent=row.arn)
    latest = [] if request.get("Marker") else [{**row.document, "FunctionArn": f"{row.arn}:{LATEST}"}]
    found: JsonDict = {"Versions": [*latest, *(each.document for each in rows)]}
    return {**found, "NextMarker": more["NextToken"]} if more else found


def publish(tx: Tx, call: Call, row: Row, description: str | None = None) -> Row:
    """The version that has $LATEST's code and configuration: the last one when nothing has changed since, else a new
    one.
    """
    last = functions.version_of(tx, row, str(row.facts["versions"]))
    if last is not None and last.facts["revision"] == row.document["RevisionId"]:
        return last
    number = row.facts["versions"] + 1
    arn = f"{row.arn}:{number}"
    words = {key: value for key, value in row.document.items() if key not in ("CreationTime", "LastModifiedTime")}
    made = resources.create(
        tx,
        arn=arn,
        kind=VERSION,
        name=str(number),
        parent=row.arn,
        status="Active",
        document={
            **words,
            "FunctionArn": arn,
            "Version": str(number),
            **({} if description is None else {"Description": description}),
        },
        facts={
            "code": row.facts["code"],
            "layers": row.facts.get("layers", []),
            "revision": row.document["RevisionId"],
        },
        now=call.now,
        actor=call.identity.arn,
        event=False,
    )
    assert made is not None, "the number was never given before"
    resources.save(tx, row, {}, now=call.now, facts={"versions": number}, touch=False)
    return made
