"""Search: over the flattened properties of what Search knows, by AWS's filters.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.sagemaker import search_filters
from ormer.services.sagemaker.trial_components import TRIAL_COMPONENT, whole
from ormer.services.sagemaker.trials import PART_OF_TRIAL, TRIAL
from ormer.stores import resources, tagging
from ormer.stores.database import Tx
from ormer.stores.nouns import decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.properties import SEARCHABLE
from ormer.stores.resources import Row
from ormer.stores.tables import associations, properties
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 10
LONGEST_PAGE = 100
SUGGESTIONS = 20
# Hits are counted up to here; of more it is only said that there are as many or more.
COUNTED_MAX = 10_000
# The member of a result that holds it, where it is not the kind's own name.
MEMBERS: Mapping[str, str] = {
    "ExperimentTrial": "Trial",
    "ExperimentTrialComponent": "TrialComponent",
}
JOBS = ("TrainingJob", "ProcessingJob", "TransformJob")


def search(call: Call, request: JsonDict) -> JsonDict:
    """Find resources whose properties meet the filters. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html

    Errors: ValidationException for an operator that does not fit, or a resource Search does not know here.
    """
    kind = _kind(request)
    c = table.c
    where = [c.account == call.account, c.region == call.region, c.service == "sagemaker", c.kind == kind]
    if kind == TRIAL_COMPONENT.kind:
        # Runs have no parent of their own; said so, the index of lists has them in the order of their creation.
        where.append(c.parent == "")
    if "SearchExpression" in request:
        where.append(search_filters.expression(request["SearchExpression"], kind))
    visible = [{"Name": one["Key"], "Value": one["Value"]} for one in request.get("VisibilityConditions", ())]
    if visible:
        where.append(search_filters.expression({"Filters": visible, "Operator": "Or"}, kind))
    start = decode_token(request.get("NextToken"))
    length = min(int(request.get("MaxResults", PAGE)), LONGEST_PAGE)
    with call.read() as tx:
        # Names are put in order first: whole documents would be too much to sort.
        order = _order(request, kind)
        names = tx.all(sa.select(c.arn).where(*where).order_by(*order).offset(start).limit(length + 1))
        total = start + len(names) if len(names) <= length else _counted(tx, where)
        found = {row["arn"]: Row(**row) for row in _rows(tx, [name["arn"] for name in names[:length]])}
        results = [_result(tx, call, found[name["arn"]]) for name in names[:length]]
    more = {"NextToken": encode_token(start + length)} if len(names) > length else {}
    relation = "GreaterThanOrEqualTo" if total > COUNTED_MAX else "EqualTo"
    return {"Results": results, "TotalHits": {"Value": min(total, COUNTED_MAX), "Relation": relation}, **more}


def _counted(tx: Tx, where: Sequence[sa.ColumnElement[bool]]) -> int:
    """How many meet the conditions; one more than COUNTED_MAX for more than that."""
    some = sa.select(sa.literal(1)).select_from(table).where(*where).limit(COUNTED_MAX + 1).subquery()
    return int(tx.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _rows(tx: Tx, names: list[str]) -> Sequence[Mapping[str, Any]]:
    return tx.all(sa.select(table).where(table.c.arn.in_(names)))


def get_search_suggestions(call: Call, request: JsonDict) -> JsonDict:
    """Property names that begin with a text. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_GetSearchSuggestions.html"""
    hint = request.get("SuggestionQuery", {}).get("PropertyNameQuery", {}).get("PropertyNameHint", "")
    c = table.c
    own = sa.select(c.arn).where(c.account == call.account, c.region == call.region, c.kind == _kind(request))
    statement = (
        sa.select(properties.c.path)
        .where(properties.c.arn.in_(own), properties.c.path.startswith(hint, autoescape=True))
        .distinct()
        .order_by(properties.c.path)
        .limit(SUGGESTIONS)
    )
    with call.read() as tx:
        return {"PropertyNameSuggestions": [{"PropertyName": row["path"]} for row in tx.all(statement)]}


def _kind(request: JsonDict) -> str:
    kind = str(request["Resource"])
    if kind not in SEARCHABLE:
        raise AwsError(
            "ValidationException", f"Search over {kind} is not answered; use {', '.join(sorted(SEARCHABLE))}."
        )
    return kind


def _order(request: JsonDict, kind: str) -> list[Any]:
    descending = request.get("SortOrder", "Descending") == "Descending"
    by = request.get("SortBy", "LastModifiedTime")
    columns: dict[str, Any] = {"LastModifiedTime": table.c.modified, "CreationTime": table.c.created}
    metric = search_filters.metric_named(by)
    if by in columns:
        keys = [columns[by]]
    elif metric:
        values = search_filters.metric_values(metric["name"], metric["summary"], kind).subquery()
        keys = [sa.select(values.c.value).where(values.c.arn == table.c.arn).limit(1).scalar_subquery()]
    else:
        # Numbers by their value, then texts; a resource without the property comes last.
        found = search_filters.paths(by, kind)
        keys = [_first(column, found) for column in (properties.c.number, properties.c.text)]
    ordered = [key.desc().nulls_last() if descending else key.asc().nulls_last() for key in keys]
    return [*ordered, table.c.arn]


def _first(column: Any, paths: list[str]) -> Any:
    c = properties.c
    return sa.select(column).where(c.arn == table.c.arn, c.path.in_(paths)).limit(1).scalar_subquery()


def _result(tx: Tx, call: Call, row: Row) -> JsonDict:
    document = {**row.document, "Tags": tagging.listed(tx, row.arn)}
    if row.kind == TRIAL_COMPONENT.kind:
        document |= whole(call, row)
        document["Parents"] = _parents(tx, row)
        document["SourceDetail"] = _source(tx, row)
    if row.kind == TRIAL.kind:
        document["TrialComponentSummaries"] = _components(tx, row)
    return {MEMBERS.get(row.kind, row.kind): document}


def _source(tx: Tx, row: Row) -> JsonDict | None:
    """The job behind a run, whole, as AWS answers it."""
    arn = (row.document.get("Source") or {}).get("SourceArn")
    job = resources.get(tx, arn) if arn else None
    if job is None or job.kind not in JOBS:
        return {"SourceArn": arn} if arn else None
    return {"SourceArn": arn, job.kind: {**job.document, "Tags": tagging.listed(tx, job.arn)}}


def _parents(tx: Tx, row: Row) -> list[JsonDict]:
    a = associations.c
    trials = tx.all(
        sa.select(table.c.name, table.c.document)
        .join(associations, a.destination == table.c.arn)
        .where(a.source == row.arn, a.type == PART_OF_TRIAL)
    )
    return [{"TrialName": trial["name"], "ExperimentName": trial["document"].get("ExperimentName")} for trial in trials]


def _components(tx: Tx, row: Row) -> list[JsonDict]:
    a = associations.c
    rows = tx.all(
        sa.select(table)
        .join(associations, a.source == table.c.arn)
        .where(a.destination == row.arn, a.type == PART_OF_TRIAL)
        .order_by(table.c.created)
    )
    return [
        {
            "TrialComponentName": found["name"],
            "TrialComponentArn": found["arn"],
            "TrialComponentSource": found["document"].get("Source"),
            "CreationTime": found["created"],
        }
        for found in rows
    ]
