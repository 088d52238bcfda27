"""Stacks within stacks, and rollbacks that fail themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ormer.engines.stacks import engine
from ormer.engines.worker import Worker

from .conftest import Bench, bench_in, bucket, failing, group

JsonDict = dict[str, Any]
URL = "https://s3.amazonaws.com/templates/inner.json"


def put(bench: Bench, resources: JsonDict, **sections: Any) -> None:
    """Write the inner template."""
    body = json.dumps({"Resources": resources, **sections}).encode()
    bench.api("s3", "PutObject", {"Bucket": "templates", "Key": "inner.json", "Body": body})


def inner(**parameters: Any) -> JsonDict:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": URL, "Parameters": parameters}}


def test_an_inner_stack_is_made_changed_and_deleted_with_the_outer_one(bench: Bench) -> None:
    bench.api("s3", "CreateBucket", {"Bucket": "templates"})
    declared = {"Parameters": {"Names": {"Type": "CommaDelimitedList"}}, "Outputs": {"G": {"Value": {"Ref": "G"}}}}
    named = {"Fn::Join": ["/", ["", {"Fn::Join": ["-", {"Ref": "Names"}]}]]}
    put(bench, {"G": group(named)}, **declared)
    resources = {"In": inner(Names=["a", "b"]), "U": group({"Fn::Sub": "${In.Outputs.G}/under"})}
    stack = bench.create("outer", resources, Tags=[{"Key": "t", "Value": "1"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert set(bench.groups()) == {"/a-b", "/a-b/under"}
    child = bench.stack(bench.physical("outer")["In"])
    assert child["ParentId"] == stack["StackId"] and child["RootId"] == stack["StackId"]
    assert {"Key": "t", "Value": "1"} in child["Tags"]
    put(bench, {"G": group(named, 3)}, **declared)
    assert bench.update("outer", resources)["StackStatus"] == "UPDATE_COMPLETE"
    assert bench.groups()["/a-b"]["retentionInDays"] == 3
    assert bench.delete("outer")["StackStatus"] == "DELETE_COMPLETE"
    assert bench.stack(child["StackId"])["StackStatus"] == "DELETE_COMPLETE" and bench.groups() == {}


def test_an_inner_stack_that_fails_fails_the_outer_one(bench: Bench) -> None:
    bench.api("s3", "CreateBucket", {"Bucket": "templates"})
    put(bench, {"Bad": failing()})
    assert bench.create("outer", {"A": bucket(), "In": inner()})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert bench.buckets() == {"templates"}
    listed = bench.cloudformation("ListStacks")["StackSummaries"]
    assert {one["StackStatus"] for one in listed} == {"ROLLBACK_COMPLETE", "DELETE_COMPLETE"}


def test_a_failed_outer_update_brings_the_inner_stack_back(bench: Bench) -> None:
    bench.api("s3", "CreateBucket", {"Bucket": "templates"})
    declared = {"Parameters": {"Days": {"Type": "Number"}}}
    put(bench, {"G": group("/g", {"Ref": "Days"})}, **declared)  # type: ignore[arg-type]
    bench.create("outer", {"In": inner(Days="3")})
    stack = bench.update("outer", {"In": inner(Days="5"), "Bad": failing(DependsOn="In")})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert bench.groups()["/g"]["retentionInDays"] == 3


def failed_rollback(bench: Bench) -> None:
    """A stack whose rollback cannot change back what somebody has deleted."""
    bench.create("s", {"A": group("/a", 7), "B": group("/b", 7)})
    changed = {"A": group("/a", 14), "B": group("/b", 14), "Bad": failing(DependsOn=["A", "B"])}
    assert bench.update("s", changed, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    bench.api("logs", "DeleteLogGroup", {"logGroupName": "/a"})
    bench.api("cloudformation", "RollbackStack", {"StackName": "s"})
    stack = bench.ended("s")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to update: [A]."


def test_a_failed_rollback_goes_on_once_its_cause_is_mended(bench: Bench) -> None:
    failed_rollback(bench)
    bench.api("logs", "CreateLogGroup", {"logGroupName": "/a"})
    bench.api("cloudformation", "ContinueUpdateRollback", {"StackName": "s"})
    assert bench.ended("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {name: one["retentionInDays"] for name, one in bench.groups().items()} == {"/a": 7, "/b": 7}


def test_a_failed_rollback_may_skip_what_cannot_be_brought_back(bench: Bench) -> None:
    failed_rollback(bench)
    bench.api("cloudformation", "ContinueUpdateRollback", {"StackName": "s", "ResourcesToSkip": ["A"]})
    assert bench.ended("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {name: one["retentionInDays"] for name, one in bench.groups().items()} == {"/b": 7}


def test_a_cancelled_update_is_rolled_back(tmp_path: Path) -> None:
    bench = bench_in(tmp_path / "home")
    bench.create("s", {"A": group("/a", 7)})
    bench.worker.stop()
    body = json.dumps({"Resources": {"A": group("/a", 14)}})
    bench.cloudformation("UpdateStack", StackName="s", TemplateBody=body)
    bench.api("cloudformation", "CancelUpdateStack", {"StackName": "s"})
    worker = Worker(bench.house.stores, bench.house.port, {"stack": engine.run}, 2)
    worker.start()
    assert bench.ended("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert bench.groups()["/a"]["retentionInDays"] == 7
    worker.stop()
    bench.close()


def test_a_stack_is_deleted_while_it_is_made(tmp_path: Path) -> None:
    bench = bench_in(tmp_path / "home", started=False)
    bench.api("s3", "CreateBucket", {"Bucket": "templates"})
    put(bench, {"G": group("/g")})
    arn = bench.begin("outer", {"In": inner(), "A": bucket()})
    bench.worker.start()
    bench.until(lambda: "In" in bench.resources(arn))
    bench.cloudformation("DeleteStack", StackName="outer")
    assert bench.ended(arn)["StackStatus"] == "DELETE_COMPLETE"
    assert bench.groups() == {} and bench.buckets() == {"templates"}
    bench.close()
