"""kill -9 between any two commits: every execution ends as if nothing had happened, and no attempt ran twice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.engines.mortality import lives

from ormer.stores.runs import steps as rows

from .conftest import BUCKET, Bench, bench_in, condition, equals, processing, training

JsonDict = dict[str, Any]
WORKER = Path(__file__).with_name("mortal_worker.py")


def story() -> list[JsonDict]:
    """Two branches, a job behind both, a condition over a property file, and a job that fails once and is retried."""
    policy = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 0, "MaxAttempts": 1}
    report = {f"s3://{BUCKET}/A/out/report.json": {"value": 1}}
    value = {
        "Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.Report"}, "Path": "value"},
    }
    return [
        processing(
            "A",
            environment={"leaves": json.dumps(report)},
            PropertyFiles=[{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}],
        ),
        training("B"),
        processing("AB", arguments={"Environment": {"x": {"Get": "Steps.B.TrainingJobName"}}}, depends=("A",)),
        condition("If", [equals(value, 1)], [training("Yes")], [processing("No")]),
        training("Broken", orders={"ends": "Failed: InternalServerError: gone"}, RetryPolicies=[policy])
        | {"DependsOn": ["Yes", "AB"]},
    ]


def begun(home: Path) -> str:
    bench = bench_in(home, started=False)
    bench.api("s3", "CreateBucket", {"Bucket": BUCKET})
    bench.create("p", story())
    arn = bench.start("p")
    bench.house.stores.close()
    return arn


def outcome(home: Path, arn: str) -> JsonDict:
    """What is left of an execution, without what differs by chance."""
    bench = bench_in(home, started=False)
    with bench.house.stores.database.read() as tx:
        found = {
            row.name: (
                row.status,
                row.attempt,
                row.failure_reason,
                plain(row.metadata, arn),
                sorted(row.property_files),
            )
            for row in rows.of(tx, arn).values()
        }
    jobs = [job["ProcessingJobName"] for job in bench.sagemaker("ListProcessingJobs")["ProcessingJobSummaries"]]
    jobs += [job["TrainingJobName"] for job in bench.sagemaker("ListTrainingJobs")["TrainingJobSummaries"]]
    described = bench.describe(arn)
    announced = changes(bench)
    bench.house.stores.close()
    return {
        "status": described["PipelineExecutionStatus"],
        "reason": described.get("FailureReason"),
        "steps": found,
        "jobs": sorted(plain(jobs, arn)),
        "announced": announced,
    }


def changes(bench: Bench) -> list[tuple[str, str]]:
    """Every announced change of a step, in an order that chance does not touch."""
    told = bench.events("SageMaker Model Building Pipeline Execution Step Status Change")
    return sorted((one["detail"]["stepName"], one["detail"]["currentStepStatus"]) for one in told)


def plain(value: Any, arn: str) -> Any:
    text = json.dumps(value).replace(arn.rsplit("/", 1)[-1], "ID")
    return json.loads(re.sub(r"(pipelines-ID-\w+-)[A-Za-z0-9]{10}", r"\1RANDOM", text))


def undisturbed(tmp_path: Path) -> JsonDict:
    home = tmp_path / "undisturbed"
    arn = begun(home)
    bench = bench_in(home)
    bench.ended(arn)
    bench.worker.stop()
    bench.house.stores.close()
    return outcome(home, arn)


# Every life costs a start of Python, so that the short ones are left to the crash suite.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kill_at", [8, pytest.param(4, marks=pytest.mark.crash)])
def test_a_worker_killed_again_and_again_ends_as_one_that_lives(tmp_path: Path, kill_at: int) -> None:
    wanted = undisturbed(tmp_path)
    assert wanted["status"] == "Failed"
    assert wanted["steps"]["Broken"][:2] == ("Failed", 2)
    assert len(wanted["jobs"]) == 6
    home = tmp_path / "disturbed"
    arn = begun(home)
    assert lives(WORKER, home, kill_at) >= 2
    assert outcome(home, arn) == wanted
