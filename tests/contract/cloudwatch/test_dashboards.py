"""Dashboards, kept as they were written."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def test_a_dashboard_is_kept_replaced_listed_and_deleted(shared_server, unique):
    cloudwatch = shared_server.client("cloudwatch")
    name = unique("board")
    for widgets in ([], [{"type": "text", "properties": {"markdown": "hi"}}]):
        body = json.dumps({"widgets": widgets})
        assert cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)["DashboardValidationMessages"] == []
    found = cloudwatch.get_dashboard(DashboardName=name)
    assert found["DashboardBody"] == body
    assert found["DashboardArn"] == f"arn:aws:cloudwatch::123456789012:dashboard/{name}"
    (entry,) = cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
    assert entry["Size"] == len(body)
    # Dashboards are an account's, whatever the region.
    assert shared_server.client("cloudwatch", region="eu-west-1").get_dashboard(DashboardName=name)
    with pytest.raises(ClientError, match="no-such"):
        cloudwatch.delete_dashboards(DashboardNames=[name, "no-such"])
    cloudwatch.delete_dashboards(DashboardNames=[name])
    assert cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"] == []


def test_what_is_no_json_is_refused_as_a_dashboard(shared_server, unique):
    cloudwatch = shared_server.client("cloudwatch")
    with pytest.raises(ClientError) as caught:
        cloudwatch.put_dashboard(DashboardName=unique("board"), DashboardBody="{")
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterInput", "DashboardInvalidInputError")
