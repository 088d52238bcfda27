"""What the operations on MLflow tracking servers and on MLflow apps share: both are one machine under two names.

What makes them true is the tracking engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ormer.aws.errors import conflict, validation
from ormer.aws.mlflow_releases import RELEASES, release_for
from ormer.stores import resources
from ormer.stores.nouns import Noun, page_of, seconds
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table
from ormer.stores.tracking import servers, visits

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMlflowTrackingServers.html
PAGE = 10
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePresignedMlflowTrackingServerUrl.html
LINK_SECONDS, SESSION_SECONDS = 300, 43_200


def release_of(version: str) -> str:
    """The release that runs for a version. Raises ValidationException that names those there are."""
    found = release_for(version)
    if found is None:
        known = ", ".join(RELEASES)
        raise validation(f"MLflow {version} is not supported. Tracking servers run one of these versions: {known}.")
    return found


def check_store(uri: str) -> None:
    """Raise ValidationException unless artifacts can be kept there."""
    if not uri.startswith("s3://"):
        raise validation(f"ArtifactStoreUri {uri} is not an address in S3: give it as s3://bucket/prefix.")


def move(call: Call, row: Row, to: str, expect: frozenset[str], change: JsonDict | None = None) -> None:
    """Ask for a change of status. Raises ConflictException when the server is not in one of these states."""
    with call.write() as tx:
        moved = resources.advance(
            tx,
            row.arn,
            to,
            now=call.now,
            expect=expect,
            change={**(change or {}), "LastModifiedBy": call.actor},
            actor=call.identity.arn,
        )
    if moved is None:
        raise conflict(
            f"{servers.label(row)} is in state {row.status}; this can be asked of it in: {', '.join(sorted(expect))}."
        )


def delete(call: Call, row: Row) -> None:
    """Ask for the end of a server, whatever state it is in."""
    with call.write() as tx:
        states = {row.status} - {"Deleting"}
        resources.advance(tx, row.arn, "Deleting", now=call.now, expect=states, actor=call.identity.arn)


def presigned(call: Call, row: Row, request: JsonDict) -> str:
    """A URL that opens the server's pages once, as the caller. Raises ValidationException for one that is not up."""
    if row.status not in servers.UP | {"Updating"}:
        raise validation(f"{servers.label(row)} is in state {row.status} and has no pages now. Wait, or start it.")
    lasts = request.get("ExpiresInSeconds", LINK_SECONDS)
    session = request.get("SessionExpirationDurationInSeconds", SESSION_SECONDS)
    with call.write() as tx:
        token = visits.link(tx, row.arn, call.identity, call.now, lasts, session)
    return f"{address(call, row)}/auth?authToken={token}"


def address(call: Call, row: Row) -> str:
    """Where a browser finds the server's pages."""
    return servers.url(row, call.stores.repositories.address)


def page(
    call: Call, noun: Noun, request: JsonDict, keys: Mapping[str, Callable[[Row], Any]], wanted: Callable[[Row], bool]
) -> tuple[list[Row], JsonDict]:
    """A page of the account's servers that are `wanted`, in the request's order. keys: by the values of SortBy."""
    c = table.c
    after, before = (request.get(name) for name in ("CreatedAfter", "CreatedBefore"))
    where = [c.account == call.account, c.region == call.region, c.kind == noun.kind]
    where += [c.created > seconds(after)] if after is not None else []
    where += [c.created < seconds(before)] if before is not None else []
    with call.read() as tx:
        found = [row for row in resources.select(tx, *where) if wanted(row)]
    key = keys[request.get("SortBy", "CreationTime")]
    found.sort(key=lambda row: (key(row), row.arn), reverse=request.get("SortOrder", "Descending") == "Descending")
    rows, token = page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    return list(rows), {"NextToken": token} if token else {}


def same_release(request: JsonDict, row: Row) -> bool:
    """Whether the row's release is the one a list asks for."""
    asked = request.get("MlflowVersion")
    return asked is None or row.document.get("MlflowVersion") in (asked, release_for(asked))
