"""A failed update leaves everything as it was before, whatever the templates and wherever the failure."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Bench, bench_in, failing

JsonDict = dict[str, Any]
NAMES = ["A", "B", "C", "D", "E"]


@st.composite
def graphs(draw: st.DrawFn) -> JsonDict:
    """Buckets and log groups that depend on earlier ones; what they are named and how they are set varies."""
    resources: JsonDict = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1)):
        depends = draw(st.lists(st.sampled_from(sorted(resources)), unique=True, max_size=2)) if resources else []
        one = _bucket(draw) if name in "AB" else _group(draw, name, sorted(resources))
        resources[name] = one | ({"DependsOn": depends} if depends else {})
    return resources


def _bucket(draw: st.DrawFn) -> JsonDict:
    properties: JsonDict = {}
    if draw(st.booleans()):
        properties["VersioningConfiguration"] = {"Status": draw(st.sampled_from(["Enabled", "Suspended"]))}
    if draw(st.booleans()):
        properties["Tags"] = [{"Key": "k", "Value": draw(st.sampled_from("xy"))}]
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def _group(draw: st.DrawFn, name: str, earlier: list[str]) -> JsonDict:
    properties: JsonDict = {}
    if draw(st.booleans()):
        properties["RetentionInDays"] = draw(st.sampled_from([1, 3, 5]))
    if earlier and draw(st.booleans()):
        # Replaced whenever what it refers to is.
        properties["LogGroupName"] = {"Fn::Sub": f"/{name}/${{{draw(st.sampled_from(earlier))}}}"}
    elif draw(st.booleans()):
        properties["LogGroupName"] = f"/{name}/{draw(st.sampled_from('12'))}"
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


@st.composite
def failures(draw: st.DrawFn) -> JsonDict:
    """A graph with something in it that cannot be made, after any of the others."""
    resources = draw(graphs())
    return {**resources, "Bad": failing(DependsOn=draw(st.lists(st.sampled_from(sorted(resources)), unique=True)))}


def world(bench: Bench) -> Any:
    """Everything that the stack can have touched."""
    buckets = {}
    for name in sorted(bench.buckets()):
        tags = bench.api("s3", "GetBucketTagging", {"Bucket": name})["TagSet"]
        status = bench.api("s3", "GetBucketVersioning", {"Bucket": name}).get("Status") or "Suspended"
        buckets[name] = (status, tags)
    rows = [
        (one.logical_id, one.physical_id, one.properties, one.tags, one.declared, one.part, one.todo, one.position)
        for one in bench.rows("s")
    ]
    stack = {key: value for key, value in bench.stack("s").items() if not key.startswith(("StackStatus", "LastUpd"))}
    groups = {name: one.get("retentionInDays") for name, one in bench.groups().items()}
    return buckets, groups, rows, stack


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(before=graphs(), after=failures(), tag=st.sampled_from(["", "x", "y"]))
def test_a_failed_update_leaves_everything_as_it_was(before: JsonDict, after: JsonDict, tag: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_in(Path(folder) / "home")
        try:
            assert bench.create("s", before)["StackStatus"] == "CREATE_COMPLETE"
            was = world(bench)
            tags = [{"Key": "t", "Value": tag}] if tag else []
            assert bench.update("s", after, Tags=tags)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
            assert world(bench) == was
            assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"
            assert not bench.buckets() and not bench.groups()
        finally:
            bench.close()
