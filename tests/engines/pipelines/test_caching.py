"""The step cache, retry policies, selective execution and callbacks."""

from __future__ import annotations

from typing import Any

import pytest

from ormer.aws.clock import ManualClock
from ormer.aws.errors import AwsError
from ormer.engines.pipelines import durations
from ormer.stores.runs import steps as rows

from .conftest import Bench, condition, equals, processing, training

JsonDict = dict[str, Any]
CACHE = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1H"}}


def rounds(value: Any) -> JsonDict:
    step = training("Train", **CACHE)
    step["Arguments"]["HyperParameters"] = {"num_round": value}
    return step


def again(bench: Bench, rounds_given: str) -> JsonDict:
    ended = bench.ended(bench.start("p", PipelineParameters=[{"Name": "Rounds", "Value": rounds_given}]))
    assert ended.status == "Succeeded"
    return ended.steps["Train"] | {"arn": ended.arn}


def miss(bench: Bench, step: JsonDict) -> str:
    with bench.house.stores.database.read() as tx:
        return str(rows.of(tx, step["arn"])["Train"].facts["cache_miss"])


def test_an_equal_step_is_not_run_again_until_it_expires(bench: Bench, clock: ManualClock) -> None:
    bench.create("p", [rounds({"Get": "Parameters.Rounds"})], Parameters=[{"Name": "Rounds", "Type": "Integer"}])
    first = again(bench, "5")
    assert "CacheHitResult" not in first
    assert miss(bench, first).startswith("No earlier execution")
    second = again(bench, "5")
    assert second["CacheHitResult"] == {"SourcePipelineExecutionArn": first["arn"]}
    assert second["Metadata"] == first["Metadata"]
    third = again(bench, "6")
    assert "CacheHitResult" not in third
    assert miss(bench, third) == f"Changed since the latest run ({first['arn']}): HyperParameters."
    clock.advance(3601)
    fourth = again(bench, "6")
    assert "CacheHitResult" not in fourth
    assert "longer than ExpireAfter 'PT1H' allows" in miss(bench, fourth)
    assert len(bench.sagemaker("ListTrainingJobs")["TrainingJobSummaries"]) == 3


def test_a_cached_steps_properties_feed_the_steps_behind_it(bench: Bench) -> None:
    artifact = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
    steps = [rounds("5"), processing("Use", arguments={"Environment": {"model": artifact}})]
    bench.create("p", steps)
    ends = [bench.ended(bench.start("p")) for _ in range(2)]
    assert "CacheHitResult" in ends[1].steps["Train"]
    models = []
    for ended in ends:
        name = ended.steps["Use"]["Metadata"]["ProcessingJob"]["Arn"].rsplit("/", 1)[-1]
        models.append(bench.sagemaker("DescribeProcessingJob", ProcessingJobName=name)["Environment"]["model"])
    assert models[0] == models[1]


def test_failed_steps_are_never_reused(bench: Bench) -> None:
    step = training("Train", orders={"ends": "Failed: AlgorithmError"}, **CACHE)
    bench.create("p", [step])
    for _ in range(2):
        ended = bench.ended(bench.start("p"))
        assert ended.steps["Train"]["StepStatus"] == "Failed"
        assert "CacheHitResult" not in ended.steps["Train"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1H", 3600),
        ("p30d", 30 * 86400),
        ("P4DT12H", 4.5 * 86400),
        ("T12H", 43200),
        ("T16m", 960),
        ("30dT5h", 2610000),
    ],
)
def test_durations_are_read_in_every_form_aws_shows(text: str, seconds: float) -> None:
    assert durations.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "1 hour", "-PT1H"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        durations.seconds_of(text)


def test_a_covered_failure_is_tried_again_with_growing_pauses(bench: Bench, clock: ManualClock) -> None:
    policy = {
        "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
        "IntervalSeconds": 10,
        "BackoffRate": 3.0,
        "MaxAttempts": 2,
    }
    step = training("Train", orders={"ends": "Failed: InternalServerError: a host went away"}, RetryPolicies=[policy])
    bench.create("p", [step])
    arn = bench.start("p")
    for attempt, pause in ((1, 10), (2, 30)):
        bench.until(lambda attempt=attempt: waits_after(bench, arn, attempt))
        assert bench.steps(arn)["Train"]["StepStatus"] == "Starting"
        clock.advance(pause)
    ended = bench.ended(arn)
    assert ended.status == "Failed"
    assert ended.steps["Train"]["AttemptCount"] == 3
    assert ended.steps["Train"]["FailureReason"] == "InternalServerError: a host went away"
    assert len(bench.sagemaker("ListTrainingJobs")["TrainingJobSummaries"]) == 3


def waits_after(bench: Bench, arn: str, attempt: int) -> bool:
    with bench.house.stores.database.read() as tx:
        row = rows.of(tx, arn)["Train"]
    return row.attempt == attempt and row.due is not None


def test_the_users_own_mistakes_are_not_tried_again(bench: Bench) -> None:
    policy = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR", "Step.SERVICE_FAULT"], "MaxAttempts": 5}
    ended = bench.run([training("Train", orders={"ends": "Failed: AlgorithmError: x"}, RetryPolicies=[policy])])
    assert ended.steps["Train"]["AttemptCount"] == 1


def test_a_selective_execution_takes_what_it_needs_from_its_source(bench: Bench) -> None:
    use = processing("Use", arguments={"Environment": {"name": {"Get": "Steps.First.ProcessingJobName"}}})
    ended = bench.run([processing("First"), use, processing("Other")])
    chosen = {"SourcePipelineExecutionArn": ended.arn, "SelectedSteps": [{"StepName": "Use"}]}
    partial = bench.ended(bench.start("p", SelectiveExecutionConfig=chosen))
    assert partial.statuses() == {"First": "Succeeded", "Use": "Succeeded"}
    assert partial.steps["First"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": ended.arn}
    assert "SelectiveExecutionResult" not in partial.steps["Use"]
    assert partial.description["SelectiveExecutionConfig"] == chosen
    assert len(bench.sagemaker("ListProcessingJobs")["ProcessingJobSummaries"]) == 4


def test_a_selected_step_without_what_it_refers_to_is_refused(bench: Bench) -> None:
    use = processing("Use", arguments={"Environment": {"name": {"Get": "Steps.First.ProcessingJobName"}}})
    bench.create("p", [processing("First"), use])
    with pytest.raises(AwsError, match="Selected step 'Use' refers to step 'First'"):
        bench.start("p", SelectiveExecutionConfig={"SelectedSteps": [{"StepName": "Use"}]})
    with pytest.raises(AwsError, match="does not have: Nobody"):
        bench.start("p", SelectiveExecutionConfig={"SelectedSteps": [{"StepName": "Nobody"}]})


def test_a_selected_step_of_a_branch_runs_whatever_the_condition_was(bench: Bench) -> None:
    ended = bench.run([condition("If", [equals(1, 2)], [processing("Then")], [])])
    assert ended.statuses() == {"If": "Succeeded"}
    partial = bench.ended(bench.start("p", SelectiveExecutionConfig={"SelectedSteps": [{"StepName": "Then"}]}))
    assert partial.statuses() == {"Then": "Succeeded"}
