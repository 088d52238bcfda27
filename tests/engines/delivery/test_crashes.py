"""kill -9 between any two commits: every execution ends as if nothing had happened, and no action ran twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.engines.mortality import lives

from .conftest import Bench, action, ask, bench_in, deploy, stage

JsonDict = dict[str, Any]
WORKER = Path(__file__).with_name("mortal_worker.py")


def begun(home: Path) -> str:
    """A stack, a deployment beside it, an approval, and a deployment that fails."""
    bench = bench_in(home, started=False)
    bench.furnish()
    properties = {"BucketName": "by-stack"}
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    bench.drop({"index.html": "one", "t.json": json.dumps(template)})
    given = {"ActionMode": "CREATE_UPDATE", "StackName": "made", "TemplatePath": "Code::t.json"}
    stacking = action("Stack", "Deploy", "CloudFormation", given, inputArtifacts=[{"name": "Code"}])
    broken = deploy("Broken", configuration={"BucketName": "not-there"})
    first = bench.create("web", stage("Both", stacking, *deploy()["actions"]), ask(), broken)
    bench.start("web")
    bench.house.stores.close()
    return first


def answered(home: Path) -> None:
    bench = bench_in(home, started=False)
    bench.answer("web", bench.token("web"))
    bench.house.stores.close()


def outcome(home: Path, first: str) -> JsonDict:
    """What is left, without what differs by chance."""
    bench = bench_in(home, started=False)
    found = {
        "status": bench.status("web", first),
        "runs": runs(bench, first),
        "told": sorted(told(bench, first)),
        "artifacts": len(list(bench.house.stores.objects.list("artifacts"))),
        "stack": bench.api("cloudformation", "DescribeStacks", {"StackName": "made"})["Stacks"][0]["StackStatus"],
    }
    bench.house.stores.close()
    return found


def runs(bench: Bench, first: str) -> list[JsonDict]:
    asked = {"pipelineExecutionId": first}
    found = bench("ListActionExecutions", pipelineName="web", filter=asked)["actionExecutionDetails"]
    return [
        {
            "action": run["actionName"],
            "status": run["status"],
            "error": run["output"]["executionResult"].get("errorDetails"),
        }
        for run in found
    ]


def told(bench: Bench, first: str) -> list[tuple[str, str]]:
    """(action, state) of every announced change of a run."""
    details = [one["detail"] for one in bench.events("CodePipeline Action Execution State Change")]
    return [(one["action"], one["state"]) for one in details if one["execution-id"] == first]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kill_at", [9])
def test_a_worker_killed_again_and_again_ends_as_one_that_lives(tmp_path: Path, kill_at: int) -> None:
    found = []
    for name, at in (("undisturbed", 0), ("disturbed", kill_at)):
        home = tmp_path / name
        first = begun(home)
        killed = lives(WORKER, home, at)
        answered(home)
        killed += lives(WORKER, home, at)
        assert bool(killed) == bool(at)
        found.append(outcome(home, first))
    assert found[0] == found[1]
    assert found[0]["status"] == "Failed"
    assert [run["action"] for run in found[0]["runs"]][:2] == ["Put", "Person"]
