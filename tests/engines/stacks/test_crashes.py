"""kill -9 between any two commits: every operation ends as if nothing had happened, and nothing is made twice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.engines.mortality import lives

from .conftest import Bench, bench_in, bucket, failing, group

JsonDict = dict[str, Any]
WORKER = Path(__file__).with_name("mortal_worker.py")
# Nothing here is named by the template, so that a name tells by which attempt it was made.
ONE = {"A": bucket(), "B": group(days=7), "C": group({"Fn::Sub": "/of/${A}"})}
TWO = {"A": bucket(VersioningConfiguration={"Status": "Enabled"}), "B": group(days=9), "D": bucket()}
INNER = "inner.json"


def outer(days: int) -> JsonDict:
    """A stack within the stack, and what is made after it."""
    parameters = {"Days": str(days)}
    url = f"https://s3.amazonaws.com/templates/{INNER}"
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": parameters}}
    return {"In": inner, "After": group({"Fn::Sub": "/after${In.Outputs.Name}"})}


def made(home: Path) -> Bench:
    """A home with a template in S3; nothing moves in it."""
    bench = bench_in(home, started=False)
    bench.api("s3", "CreateBucket", {"Bucket": "templates"})
    template = {
        "Parameters": {"Days": {"Type": "Number"}},
        "Resources": {"G": group(days={"Ref": "Days"})},  # type: ignore[arg-type]
        "Outputs": {"Name": {"Value": {"Ref": "G"}}},
    }
    bench.api("s3", "PutObject", {"Bucket": "templates", "Key": INNER, "Body": json.dumps(template).encode()})
    return bench


def story(home: Path, kill_at: int) -> list[Any]:
    """What is left after each operation of a stack's life. kill_at: 0 lets the worker live."""
    bench = made(home)
    bench.begin("s", ONE)
    bench.begin("outer", outer(3))
    bench.house.stores.close()
    left = [moved(home, kill_at)]
    for change in (
        lambda one: one.cloudformation("UpdateStack", StackName="s", TemplateBody=json.dumps({"Resources": TWO})),
        lambda one: one.cloudformation(
            "UpdateStack",
            StackName="s",
            TemplateBody=json.dumps({"Resources": {"A": bucket(), "N": bucket(), "X": failing(DependsOn=["A", "N"])}}),
        ),
        lambda one: one.cloudformation(
            "UpdateStack", StackName="outer", TemplateBody=json.dumps({"Resources": outer(5)})
        ),
        lambda one: (
            one.cloudformation("DeleteStack", StackName="s"),
            one.cloudformation("DeleteStack", StackName="outer"),
        ),
    ):
        bench = bench_in(home, started=False)
        change(bench)
        bench.house.stores.close()
        left.append(moved(home, kill_at))
    return left


def moved(home: Path, kill_at: int) -> JsonDict:
    killed = lives(WORKER, home, kill_at)
    assert killed or not kill_at
    return outcome(home)


def outcome(home: Path) -> JsonDict:
    """Everything there is, without what differs by chance."""
    bench = bench_in(home, started=False)
    found = {}
    for summary in bench.cloudformation("ListStacks")["StackSummaries"]:
        arn = summary["StackId"]
        events = bench.cloudformation("DescribeStackEvents", StackName=arn)["StackEvents"]
        found[summary["StackName"]] = {
            "status": summary["StackStatus"],
            "resources": bench.physical(arn),
            "events": [
                (one["LogicalResourceId"], one["ResourceStatus"], one.get("ResourceStatusReason", "")) for one in events
            ],
        }
    # Lists of pairs: two things of one name but for its letters stay two.
    groups = sorted((name, one.get("retentionInDays") or 0) for name, one in bench.groups().items())
    names = sorted(bench.buckets())
    versioned = [(name, bench.api("s3", "GetBucketVersioning", {"Bucket": name}).get("Status")) for name in names]
    bench.house.stores.close()
    return plain({"stacks": found, "groups": groups, "buckets": versioned})


def plain(value: Any) -> Any:
    """Without ids and the letters of names that a stack's id gives."""
    text = json.dumps(value, sort_keys=True)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r"-[0-9A-Z]{12}\b|-[0-9a-z]{12}\b", "-LETTERS", text)
    found = json.loads(text)
    return {**found, "groups": sorted(found["groups"]), "buckets": sorted(found["buckets"], key=str)}


# Every life costs a start of Python, so that the short ones are left to the crash suite.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kill_at", [9, pytest.param(4, marks=pytest.mark.crash)])
def test_a_worker_killed_again_and_again_ends_as_one_that_lives(tmp_path: Path, kill_at: int) -> None:
    wanted = story(tmp_path / "undisturbed", 0)
    assert [one["stacks"]["s"]["status"] for one in wanted] == [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "DELETE_COMPLETE",
    ]
    assert wanted[1]["groups"] == wanted[2]["groups"] and wanted[1]["buckets"] == wanted[2]["buckets"]
    assert wanted[-1]["groups"] == [] and wanted[-1]["buckets"] == [["templates", None]]
    assert story(tmp_path / "disturbed", kill_at) == wanted
