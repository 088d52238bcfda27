"""Dashboards: kept under a name, as a person wrote them. Nothing draws them here."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.nouns import Noun, decode_token, encode_token, unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

DASHBOARD = Noun(
    "Dashboard",
    name="DashboardName",
    arn="dashboard/{name}",
    service="cloudwatch",
    missing=("DashboardNotFoundError", "Dashboard {name} does not exist"),
    is_global=True,
)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html
PAGE = 1000


def put_dashboard(call: Call, request: JsonDict) -> JsonDict:
    """Keep a dashboard, or replace it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html

    Differs: widgets are not checked one by one. Errors: DashboardInvalidInputError for what is no JSON object.
    """
    text = request["DashboardBody"]
    _check(text)
    name = request["DashboardName"]
    with call.write() as tx:
        row = DASHBOARD.find(call, name)
        if row is None:
            row = DASHBOARD.create(call, {name: value for name, value in request.items() if name != "Tags"})
        else:
            DASHBOARD.save(call, row, {"DashboardBody": text})
        tagging.put(tx, row.arn, unique_tags(request.get("Tags", ())))
    return {"DashboardValidationMessages": []}


def _check(text: str) -> None:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("widgets", []), list):
        message = "The field DashboardBody must be a valid JSON object"
        told = [{"DataPath": "", "Message": message}]
        raise AwsError("DashboardInvalidInputError", message, dashboardValidationMessages=told)


def get_dashboard(call: Call, request: JsonDict) -> JsonDict:
    """Answer a dashboard. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html

    Errors: DashboardNotFoundError.
    """
    return DASHBOARD.get(call, request["DashboardName"]).document


def list_dashboards(call: Call, request: JsonDict) -> JsonDict:
    """List dashboards. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html"""
    c = table.c
    where = [c.account == call.account, c.kind == DASHBOARD.kind, c.service == DASHBOARD.service]
    if request.get("DashboardNamePrefix"):
        where.append(c.name.startswith(request["DashboardNamePrefix"], autoescape=True))
    start = decode_token(request.get("NextToken"))
    with call.read() as tx:
        rows = resources.select(tx, *where, order=c.name)
    more = {"NextToken": encode_token(start + PAGE)} if len(rows) > start + PAGE else {}
    return {"DashboardEntries": [_entry(row) for row in rows[start : start + PAGE]], **more}


def _entry(row: Row) -> JsonDict:
    return {
        "DashboardName": row.name,
        "DashboardArn": row.arn,
        "LastModified": row.modified,
        "Size": len(row.document["DashboardBody"].encode()),
    }


def delete_dashboards(call: Call, request: JsonDict) -> JsonDict:
    """Delete dashboards, all or none. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteDashboards.html

    Errors: DashboardNotFoundError.
    """
    with call.write():
        for row in [DASHBOARD.get(call, name) for name in dict.fromkeys(request["DashboardNames"])]:
            DASHBOARD.remove(call, row)
    return {}
