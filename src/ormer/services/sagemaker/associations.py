"""Lineage's edges, and the question what something came from or led to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.sagemaker.lineage_entities import entity_of
from ormer.services.sagemaker.trials import PART_OF_TRIAL
from ormer.stores import lineage, resources
from ormer.stores.database import Tx
from ormer.stores.nouns import LONGEST_PAGE, decode_token, encode_token, seconds
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import associations
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 10
QUERY_PAGE = 1000
DEPTH = 10
# SQLite takes no more than 999 parameters in builds that are still about.
BATCH = 500
COLUMNS = {"CreationTime": "created", "SourceArn": "source", "DestinationArn": "destination"}
LINEAGE_TYPES = {
    "Artifact": "Artifact",
    "Action": "Action",
    "Context": "Context",
    "ExperimentTrialComponent": "TrialComponent",
}


def add_association(call: Call, request: JsonDict) -> JsonDict:
    """Draw an edge. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddAssociation.html

    Errors: ResourceNotFound for an end that is not there; ValidationException "already exists".
    """
    source, destination = request["SourceArn"], request["DestinationArn"]
    with call.write() as tx:
        for end in (source, destination):
            if entity_of(call, end) is None:
                raise AwsError("ResourceNotFound", f"{end} does not exist.")
        kind = request.get("AssociationType", "AssociatedWith")
        if not lineage.connect(tx, source, destination, kind, call.now, call.actor):
            raise AwsError("ValidationException", f"Association between {source} and {destination} already exists.")
    return {"SourceArn": source, "DestinationArn": destination}


def delete_association(call: Call, request: JsonDict) -> JsonDict:
    """Remove an edge. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteAssociation.html"""
    source, destination = request["SourceArn"], request["DestinationArn"]
    c = associations.c
    with call.write() as tx:
        found = lineage.edges(tx, *_own(call), c.source == source, c.destination == destination)
        if not found:
            raise AwsError("ResourceNotFound", f"Association between {source} and {destination} does not exist.")
        lineage.disconnect(tx, source, destination)
    return {"SourceArn": source, "DestinationArn": destination}


def list_associations(call: Call, request: JsonDict) -> JsonDict:
    """Page through edges by their ends, their types and the ends' types. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListAssociations.html"""
    c = associations.c
    where = _own(call)
    for member, column in (
        ("SourceArn", c.source),
        ("DestinationArn", c.destination),
        ("AssociationType", c.type),
    ):
        if request.get(member):
            where.append(column == request[member])
    if "CreatedAfter" in request:
        where.append(c.created > seconds(request["CreatedAfter"]))
    if "CreatedBefore" in request:
        where.append(c.created < seconds(request["CreatedBefore"]))
    start = decode_token(request.get("NextToken"))
    length = min(int(request.get("MaxResults", PAGE)), LONGEST_PAGE)
    with call.read() as tx:
        summaries = _page(tx, where, request, start, length + 1)
    more = {"NextToken": encode_token(start + length)} if len(summaries) > length else {}
    return {"AssociationSummaries": summaries[:length], **more}


def _own(call: Call) -> list[sa.ColumnElement[bool]]:
    """Lineage's edges of the caller's account and region; a run's place in a trial is none of them."""
    c = associations.c
    return [c.account == call.account, c.region == call.region, c.type != PART_OF_TRIAL]


def _page(tx: Tx, where: list[sa.ColumnElement[bool]], request: JsonDict, start: int, length: int) -> list[JsonDict]:
    """Summaries from `start` on. The types of an edge's ends stand in their documents, so these are sorted here."""
    by = request.get("SortBy", "CreationTime")
    descending = request.get("SortOrder", "Descending") == "Descending"
    types = {member: request[member] for member in ("SourceType", "DestinationType") if request.get(member)}
    c = associations.c
    if by in COLUMNS and not types:
        order = [column.desc() if descending else column.asc() for column in (c[COLUMNS[by]], c.source, c.destination)]
        statement = sa.select(associations).where(*where).order_by(*order).offset(start).limit(length)
        return [_summary(tx, dict(row)) for row in tx.all(statement)]
    summaries = [_summary(tx, edge) for edge in lineage.edges(tx, *where)]
    kept = [one for one in summaries if all(one[member] == value for member, value in types.items())]
    kept.sort(key=lambda one: (one[by], one["SourceArn"], one["DestinationArn"]), reverse=descending)
    return kept[start : start + length]


def query_lineage(call: Call, request: JsonDict) -> JsonDict:
    """Walk the graph from given entities, up, down or both. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_QueryLineage.html"""
    direction = request.get("Direction", "Both")
    depth = int(request.get("MaxDepth", DEPTH))
    seen: dict[str, Row] = {}
    edges: dict[tuple[str, str], JsonDict] = {}
    with call.read() as tx:
        # Up and down are walked apart: "Both" means ancestors and descendants, not everything connected.
        for upwards in (True, False):
            if direction in ("Both", "Ascendants" if upwards else "Descendants"):
                _walk(tx, call, request.get("StartArns", ()), upwards, depth, seen, edges)
    kept = {arn: row for arn, row in seen.items() if _wanted(row, request.get("Filters", {}))}
    shown = [
        {"SourceArn": source, "DestinationArn": destination, "AssociationType": edge["type"]}
        for (source, destination), edge in edges.items()
        if source in kept and destination in kept
    ]
    vertices = [
        {"Arn": arn, "Type": _type_of(row), "LineageType": LINEAGE_TYPES.get(row.kind, "Artifact")}
        for arn, row in kept.items()
    ]
    start = decode_token(request.get("NextToken"))
    end = start + int(request.get("MaxResults", QUERY_PAGE))
    more = {"NextToken": encode_token(end)} if len(vertices) > end else {}
    return {
        "Vertices": vertices[start:end],
        "Edges": shown if request.get("IncludeEdges", True) and start == 0 else [],
        **more,
    }


def _walk(
    tx: Tx,
    call: Call,
    starts: Iterable[str],
    upwards: bool,
    depth: int,
    seen: dict[str, Row],
    edges: dict[tuple[str, str], JsonDict],
) -> None:
    """Breadth first, one level at a time: adds what is reached to `seen` and `edges`."""
    c = associations.c
    here, there = ("destination", "source") if upwards else ("source", "destination")
    walked: set[str] = set()
    level = set(starts)
    for distance in range(depth + 1):
        fresh = sorted(level - walked)
        walked |= level
        rows = {row.arn: row for batch in _batches(fresh) for row in resources.select(tx, table.c.arn.in_(batch))}
        seen |= {arn: row for arn, row in rows.items() if row.account == call.account}
        reached = [arn for arn in fresh if arn in seen]
        if distance == depth or not reached:
            return
        found = [edge for batch in _batches(reached) for edge in lineage.edges(tx, *_own(call), c[here].in_(batch))]
        edges |= {(edge["source"], edge["destination"]): edge for edge in found}
        level = {edge[there] for edge in found}


def _batches(arns: list[str]) -> list[list[str]]:
    return [arns[at : at + BATCH] for at in range(0, len(arns), BATCH)]


def _summary(tx: Tx, edge: JsonDict) -> JsonDict:
    source, destination = resources.get(tx, edge["source"]), resources.get(tx, edge["destination"])
    return {
        "SourceArn": edge["source"],
        "DestinationArn": edge["destination"],
        "SourceType": _type_of(source),
        "DestinationType": _type_of(destination),
        "SourceName": _name_of(source),
        "DestinationName": _name_of(destination),
        "AssociationType": edge["type"],
        "CreationTime": edge["created"],
        "CreatedBy": edge["actor"] or {},
    }


def _type_of(row: Row | None) -> str:
    if row is None:
        return "Unknown"
    document = row.document
    if row.kind == "ExperimentTrialComponent":
        return str(document.get("Source", {}).get("SourceType", "SageMakerTrialComponent"))
    return str(document.get(f"{row.kind}Type", row.kind))


def _name_of(row: Row | None) -> str:
    if row is None:
        return ""
    return str(row.document.get(f"{row.kind}Name") or row.document.get("Source", {}).get("SourceUri") or row.name)


def _wanted(row: Row, filters: JsonDict) -> bool:
    if filters.get("Types") and _type_of(row) not in filters["Types"]:
        return False
    if filters.get("LineageTypes") and LINEAGE_TYPES.get(row.kind) not in filters["LineageTypes"]:
        return False
    if "CreatedAfter" in filters and row.created <= seconds(filters["CreatedAfter"]):
        return False
    if "CreatedBefore" in filters and row.created >= seconds(filters["CreatedBefore"]):
        return False
    own = row.document.get("Properties") or {}
    return all(own.get(key) == value for key, value in filters.get("Properties", {}).items())
