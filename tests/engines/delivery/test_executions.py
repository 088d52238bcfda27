"""Many executions of one delivery pipeline: superseded, queued, parallel, stopped, held back, retried."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from ormer.aws.clock import ManualClock
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.stores import events

from .conftest import ACCOUNT, ROLE, Bench, action, ask, deploy, stage


def test_a_newer_execution_takes_the_place_of_an_older_one_that_waits(bench: Bench) -> None:
    first = bench.create("web", ask(), deploy())
    token = bench.token("web")
    second = bench.start("web")
    bench.until(lambda: bench.stage("web", "Ask").get("inboundExecution", {}).get("pipelineExecutionId") == second)
    third = bench.start("web")
    assert bench.ended("web", second) == "Superseded"
    bench.answer("web", token)
    assert bench.ended("web", first) == "Succeeded"
    bench.answer("web", bench.token("web", other_than=token))
    assert bench.ended("web", third) == "Succeeded"
    told = bench.events("CodePipeline Pipeline Execution State Change")
    assert "SUPERSEDED" in [one["detail"]["state"] for one in told if one["detail"]["execution-id"] == second]


def test_queued_executions_go_one_after_the_other(bench: Bench) -> None:
    queued = {"pipelineType": "V2", "executionMode": "QUEUED"}
    order = [bench.create("web", ask(), **queued), *(bench.start("web") for _ in range(2))]
    token = ""
    for identifier in order:
        token = bench.token("web", other_than=token)
        assert bench.stage("web", "Ask")["latestExecution"]["pipelineExecutionId"] == identifier
        bench.answer("web", token)
        assert bench.ended("web", identifier) == "Succeeded"


def test_parallel_executions_do_not_wait_for_each_other(bench: Bench) -> None:
    parallel = {"pipelineType": "V2", "executionMode": "PARALLEL"}
    first = bench.create("web", ask(), **parallel)
    token = bench.token("web")
    second = bench.start("web")
    other = bench.token("web", other_than=token)
    bench.answer("web", other)
    assert bench.ended("web", second) == "Succeeded"
    assert bench.status("web", first) == "InProgress"
    bench.answer("web", token)
    assert bench.ended("web", first) == "Succeeded"


def test_a_stopped_execution_ends_when_its_running_action_does(bench: Bench) -> None:
    first = bench.create("web", ask(), deploy())
    token = bench.token("web")
    bench("StopPipelineExecution", pipelineName="web", pipelineExecutionId=first, reason="changed my mind")
    assert bench.status("web", first) == "Stopping"
    with pytest.raises(AwsError) as again:
        bench("StopPipelineExecution", pipelineName="web", pipelineExecutionId=first)
    assert again.value.code == "DuplicatedStopRequestException"
    bench.answer("web", token)
    assert bench.ended("web", first) == "Stopped"
    assert bench.executions("web")[0]["stopTrigger"] == {"reason": "changed my mind"}
    assert bench.action("web", "Deploy", "Put") == {}


def test_an_abandoned_execution_stops_at_once(bench: Bench) -> None:
    first = bench.create("web", ask(), deploy())
    bench.token("web")
    bench("StopPipelineExecution", pipelineName="web", pipelineExecutionId=first, abandon=True)
    assert bench.ended("web", first) == "Stopped"
    assert bench.action("web", "Ask", "Person")["status"] == "Abandoned"
    with pytest.raises(AwsError) as over:
        bench("StopPipelineExecution", pipelineName="web", pipelineExecutionId=first)
    assert over.value.code == "PipelineExecutionNotStoppableException"


def test_nothing_enters_a_stage_while_its_transition_is_disabled(bench: Bench) -> None:
    first = bench.create("web", ask(), deploy())
    token = bench.token("web")
    closed = {"pipelineName": "web", "stageName": "Deploy", "transitionType": "Inbound"}
    bench("DisableStageTransition", **closed, reason="holiday")
    bench.answer("web", token)
    bench.until(lambda: bench.stage("web", "Deploy").get("inboundExecution", {}).get("pipelineExecutionId") == first)
    state = bench.stage("web", "Deploy")["inboundTransitionState"]
    assert (state["enabled"], state["disabledReason"]) == (False, "holiday")
    bench("EnableStageTransition", **closed)
    assert bench.ended("web", first) == "Succeeded"
    assert bench.stage("web", "Deploy")["inboundTransitionState"]["enabled"] is True


def test_a_failed_stage_is_retried_and_keeps_what_had_succeeded(bench: Bench) -> None:
    inputs = [{"name": "Code"}]
    good = action("Good", "Deploy", "S3", {"BucketName": "site", "Extract": "true"}, inputArtifacts=inputs)
    late = action("Late", "Deploy", "S3", {"BucketName": "not-yet", "Extract": "true"}, inputArtifacts=inputs)
    first = bench.create("web", stage("Both", good, late))
    assert bench.ended("web", first) == "Failed"
    bench.api("s3", "CreateBucket", {"Bucket": "not-yet"})
    retry = {"pipelineName": "web", "stageName": "Both", "pipelineExecutionId": first}
    bench("RetryStageExecution", **retry, retryMode="FAILED_ACTIONS")
    assert bench.ended("web", first) == "Succeeded"
    assert bench.content("index.html", "not-yet") == b"one"
    runs = bench("ListActionExecutions", pipelineName="web")["actionExecutionDetails"]
    assert sorted(run["actionName"] for run in runs) == ["Drop", "Good", "Late", "Late"]
    with pytest.raises(AwsError) as refused:
        bench("RetryStageExecution", **retry, retryMode="FAILED_ACTIONS")
    assert refused.value.code == "StageNotRetryableException"


def test_a_failed_stage_is_retried_whole_when_asked_to(bench: Bench) -> None:
    first = bench.create("web", stage("Ask", *ask()["actions"], *deploy()["actions"]))
    bench.answer("web", bench.token("web"), "Rejected")
    assert bench.ended("web", first) == "Failed"
    retry = {"pipelineName": "web", "stageName": "Ask", "pipelineExecutionId": first}
    bench("RetryStageExecution", **retry, retryMode="ALL_ACTIONS")
    bench.answer("web", bench.token("web"))
    assert bench.ended("web", first) == "Succeeded"
    asked = {"latestInPipelineExecution": {"pipelineExecutionId": first, "startTimeRange": "Latest"}}
    runs = bench("ListActionExecutions", pipelineName="web", filter=asked)["actionExecutionDetails"]
    assert sorted(run["actionName"] for run in runs) == ["Drop", "Person", "Put"]
    assert {run["status"] for run in runs} == {"Succeeded"}


def test_a_retry_is_refused_when_another_execution_has_been_in_the_stage_since(bench: Bench) -> None:
    first = bench.create("web", ask())
    token = bench.token("web")
    bench.answer("web", token, "Rejected")
    bench.ended("web", first)
    bench.start("web")
    bench.token("web", other_than=token)
    retry = {"pipelineName": "web", "stageName": "Ask", "pipelineExecutionId": first}
    with pytest.raises(AwsError) as refused:
        bench("RetryStageExecution", **retry, retryMode="FAILED_ACTIONS")
    assert refused.value.code == "NotLatestPipelineExecutionException"


def test_a_repeated_token_starts_nothing_twice(bench: Bench) -> None:
    bench.create("web", ask())
    once = bench.start("web", clientRequestToken="t-1")
    assert bench.start("web", clientRequestToken="t-1") == once
    assert len(bench.executions("web")) == 2


def test_a_deleted_delivery_pipeline_is_gone_with_its_history(bench: Bench, clock: ManualClock) -> None:
    bench.create("web", ask())
    bench.token("web")
    bench("DeletePipeline", name="web")
    with pytest.raises(AwsError) as gone:
        bench("GetPipelineState", name="web")
    assert gone.value.code == "PipelineNotFoundException"
    bench.create("web", ask())
    assert len(bench.executions("web")) == 1


def test_an_event_from_before_the_pipeline_was_made_starts_it_no_second_time(bench: Bench) -> None:
    """A repository's first commit is told of while its pipeline is made: creation has started the pipeline already."""

    def pushed() -> str:
        with bench.house.stores.database.write() as tx:
            told = {"source": "aws.codecommit", "detail_type": "CodeCommit Repository State Change", "detail": {}}
            identifier = str(uuid.uuid4())
            place = {"account": ACCOUNT, "region": "us-east-1", "resources": [], "now": 1.0}
            events.emit(tx, **told, **place, identifier=identifier)
        return identifier

    def started_by(event_id: str) -> str:
        session = replace(session_identity(ROLE, "AWSEvents_code"), tags=(("ormer:event", event_id),))
        api = bench.house.port.acting_as(session, "us-east-1")
        return str(api("codepipeline", "StartPipelineExecution", {"name": "web"})["pipelineExecutionId"])

    before = pushed()
    first = bench.create("web", ask())
    assert started_by(before) == first and len(bench.executions("web")) == 1
    assert started_by(pushed()) != first and len(bench.executions("web")) == 2
