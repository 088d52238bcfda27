"""kill -9 between any two commits: a project is made, changed and deleted as if nothing had happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.engines.mortality import lives

from ormer.stores import events

from .conftest import Bench, bench_in

JsonDict = dict[str, Any]
WORKER = Path(__file__).with_name("mortal_worker.py")


def told(home: Path, kill_at: int) -> tuple[list[JsonDict], int]:
    """What is there after each of three operations, without what differs by chance; and how many were killed."""
    found, killed = [], 0
    for operation in (_create, _update, _delete):
        bench = bench_in(home, started=False)
        operation(bench)
        bench.house.stores.close()
        killed += lives(WORKER, home, kill_at)
        bench = bench_in(home, started=False)
        found.append(_outcome(bench))
        bench.house.stores.close()
    return found, killed


def _create(bench: Bench) -> None:
    bench.begin("churn")


def _update(bench: Bench) -> None:
    pairs = [{"Key": "Steps", "Value": "1"}]
    details = {"ProvisioningParameters": pairs}
    bench("UpdateProject", ProjectName="churn", ServiceCatalogProvisioningUpdateDetails=details)


def _delete(bench: Bench) -> None:
    bench("DeleteProject", ProjectName="churn")


def _outcome(bench: Bench) -> JsonDict:
    row = bench.row("churn")
    identifier = row.document["ProjectId"]
    with bench.house.stores.database.read() as tx:
        moves = [
            (one["detail"].get("logical-resource-id", "stack"), one["detail"]["status-details"]["status"])
            for one in events.after(tx, 0, 100_000)
            if one["source"] == "aws.cloudformation"
        ]
    own = f"sagemaker-churn-{identifier}"
    repositories = bench.api("codecommit", "ListRepositories", {})["repositories"]
    pipelines = bench.api("codepipeline", "ListPipelines", {})["pipelines"]
    runs = (
        bench.api("codepipeline", "ListPipelineExecutions", {"pipelineName": own})["pipelineExecutionSummaries"]
        if pipelines
        else []
    )
    commits = 0
    if repositories:
        repository = bench.house.stores.repositories.named("123456789012", "us-east-1", own)
        assert repository is not None
        head = bench.house.stores.repositories.head(repository, "main")
        assert head is not None
        commits = len(bench.house.stores.repositories.log(repository, head, 10))
    return {
        "status": row.status,
        "words": str(row.document).replace(identifier, "ID"),
        "resources": sorted((one.logical_id, one.status) for one in bench.members(row)),
        "told": sorted(moves),
        "repositories": len(repositories),
        "commits": commits,
        "runs": [(one["status"], one["trigger"]["triggerType"]) for one in runs],
    }


def _comparable(found: list[JsonDict]) -> list[JsonDict]:
    return [{key: value for key, value in each.items() if key != "words"} for each in found]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kill_at", [11])
def test_a_worker_killed_again_and_again_ends_as_one_that_lives(tmp_path: Path, kill_at: int) -> None:
    undisturbed, _ = told(tmp_path / "undisturbed", 0)
    disturbed, killed = told(tmp_path / "disturbed", kill_at)
    assert killed > 2
    assert _comparable(disturbed) == _comparable(undisturbed)
    assert [each["status"] for each in disturbed] == ["CreateCompleted", "UpdateCompleted", "DeleteCompleted"]
    assert disturbed[0]["runs"] == [("InProgress", "CreatePipeline")]
    assert disturbed[0]["commits"] == 1
    assert "The project's template keeps: AWS::S3::Bucket sagemaker-project-ID." in disturbed[2]["words"]
