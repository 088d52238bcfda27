"""Executions from start to end: order, branches, failures, stopping, retrying."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from ormer.stores import resources
from ormer.stores.runs import steps as rows

from .conftest import BUCKET, ROLE, Bench, condition, equals, fail, processing, training

JsonDict = dict[str, Any]


def get(text: str) -> JsonDict:
    return {"Get": text}


def test_steps_run_after_what_they_refer_to_and_see_its_properties(bench: Bench) -> None:
    report = {"metrics": {"mse": {"value": 4.5}}}
    steps = [
        processing(
            "Evaluate",
            environment={"leaves": json.dumps({f"s3://{BUCKET}/Evaluate/out/report.json": report})},
            PropertyFiles=[{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}],
        ),
        condition(
            "Good",
            [
                {
                    "Type": "LessThanOrEqualTo",
                    "LeftValue": {
                        "Std:JsonGet": {
                            "PropertyFile": get("Steps.Evaluate.PropertyFiles.Report"),
                            "Path": "metrics.mse.value",
                        }
                    },
                    "RightValue": 6.0,
                }
            ],
            [processing("After", arguments={"Environment": {"from": get("Steps.Evaluate.ProcessingJobName")}})],
            [fail("TooBad", "never reached")],
        ),
    ]
    ended = bench.run(steps)
    assert ended.status == "Succeeded"
    assert list(ended.steps) == ["Evaluate", "Good", "After"]
    assert ended.steps["Good"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    first, after = (
        bench.sagemaker("DescribeProcessingJob", ProcessingJobName=job_name(ended.steps[name]))
        for name in ("Evaluate", "After")
    )
    assert after["Environment"]["from"] == first["ProcessingJobName"]
    assert first["ProcessingJobName"].startswith(f"pipelines-{ended.arn[-12:]}-Evaluate-")


def job_name(step: JsonDict) -> str:
    ((job),) = step["Metadata"].values()
    return str(job["Arn"].rsplit("/", 1)[-1])


def test_the_latest_step_is_listed_first_by_pages(bench: Bench) -> None:
    steps = [condition(f"C{index}", [equals(1, 1)], [], []) for index in range(7)]
    ended = bench.run(steps)
    names: list[str] = []
    token: JsonDict = {}
    while True:
        page = bench.sagemaker("ListPipelineExecutionSteps", PipelineExecutionArn=ended.arn, MaxResults=3, **token)
        names += [step["StepName"] for step in page["PipelineExecutionSteps"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert names == [f"C{index}" for index in reversed(range(7))]


def test_a_fail_step_ends_the_execution_with_its_message(bench: Bench) -> None:
    message = {"Std:Join": {"On": ": ", "Values": ["the outcome was", get("Steps.Check.Outcome")]}}
    ended = bench.run([condition("Check", [equals(2, 1)], [], []), fail("Over", message)])
    assert ended.status == "Failed"
    assert "Step failure: One or multiple steps failed" in ended.description["FailureReason"]
    assert ended.steps["Over"]["FailureReason"] == "the outcome was: false"
    assert ended.steps["Over"]["Metadata"] == {"Fail": {"ErrorMessage": "the outcome was: false"}}
    listed = bench.sagemaker("ListPipelineExecutions", PipelineName="p")["PipelineExecutionSummaries"]
    assert listed[0]["PipelineExecutionFailureReason"] == ended.description["FailureReason"]


def test_an_empty_fail_message_gives_no_reason(bench: Bench) -> None:
    ended = bench.run([fail("Over", "")])
    assert ended.steps["Over"]["StepStatus"] == "Failed"
    assert "FailureReason" not in ended.steps["Over"]
    assert ended.steps["Over"]["Metadata"]["Fail"]["ErrorMessage"] == ""


def test_a_failed_job_lets_running_ones_end_and_starts_no_more(bench: Bench) -> None:
    steps = [
        processing("Bad", environment={"ends": "Failed: AlgorithmError: ValueError: no rows"}),
        training("Long", orders={"ends": "never"}),
        processing("Later", depends=("Bad",)),
        processing("Last", depends=("Long",)),
    ]
    bench.create("p", steps)
    arn = bench.start("p")
    bench.until(lambda: bench.steps(arn).get("Bad", {}).get("StepStatus") == "Failed")
    assert bench.describe(arn)["PipelineExecutionStatus"] == "Executing"
    bench.sagemaker("StopTrainingJob", TrainingJobName=job_name(bench.steps(arn)["Long"]))
    ended = bench.ended(arn)
    assert ended.status == "Failed"
    assert ended.statuses() == {"Bad": "Failed", "Long": "Failed"}
    assert ended.steps["Bad"]["FailureReason"] == "AlgorithmError: ValueError: no rows"


def test_a_refused_job_fails_its_step_in_the_operations_words(bench: Bench) -> None:
    step = processing("Bad")
    step["Arguments"]["AppSpecification"]["ImageUri"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nobody:1"
    ended = bench.run([step])
    reason = ended.steps["Bad"]["FailureReason"]
    assert reason.startswith("ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: ")
    assert "nobody" in reason


def test_no_more_steps_run_at_once_than_allowed(bench: Bench) -> None:
    bench.create("p", [processing(f"S{index}", environment={"ends": "never"}) for index in range(4)])
    arn = bench.start("p", ParallelismConfiguration={"MaxParallelExecutionSteps": 2})
    bench.until(lambda: len(bench.steps(arn)) == 2)
    bench.sagemaker(
        "UpdatePipelineExecution",
        PipelineExecutionArn=arn,
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
    )
    bench.until(lambda: len(bench.steps(arn)) == 3)
    bench.sagemaker("StopPipelineExecution", PipelineExecutionArn=arn)
    assert bench.ended(arn).statuses() == {"S0": "Stopped", "S1": "Stopped", "S2": "Stopped"}


def test_stopping_is_idempotent_and_stops_the_jobs(bench: Bench) -> None:
    bench.create("p", [training("Long", orders={"ends": "never"})])
    arn = bench.start("p")
    bench.until(lambda: "Long" in bench.steps(arn))
    for _ in range(2):
        assert bench.sagemaker("StopPipelineExecution", PipelineExecutionArn=arn)["PipelineExecutionArn"] == arn
    ended = bench.ended(arn)
    assert (ended.status, ended.statuses()) == ("Stopped", {"Long": "Stopped"})
    assert bench.sagemaker("StopPipelineExecution", PipelineExecutionArn=arn)["PipelineExecutionArn"] == arn
    job = bench.sagemaker("DescribeTrainingJob", TrainingJobName=job_name(ended.steps["Long"]))
    assert job["TrainingJobStatus"] == "Stopped"


def test_a_retried_execution_resumes_what_failed_and_keeps_what_succeeded(bench: Bench) -> None:
    flag = {"Std:JsonGet": {"S3Uri": f"s3://{BUCKET}/flag.json", "Path": "ok"}}
    steps = [processing("Fine"), condition("Ready", [equals(flag, True)], [], [])]
    steps[1]["DependsOn"] = ["Fine"]
    ended = bench.run(steps)
    assert ended.statuses() == {"Fine": "Succeeded", "Ready": "Failed"}
    assert f"s3://{BUCKET}/flag.json" in ended.steps["Ready"]["FailureReason"]
    bench.put("flag.json", {"ok": True})
    bench.sagemaker("RetryPipelineExecution", PipelineExecutionArn=ended.arn)
    again = bench.ended(ended.arn)
    assert again.status == "Succeeded"
    assert "FailureReason" not in again.description
    assert again.steps["Ready"]["AttemptCount"] == 2
    assert again.steps["Fine"] == ended.steps["Fine"]


def test_models_and_packages_are_made_at_once_and_name_their_execution(bench: Bench) -> None:
    artifact = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1"
    steps = [
        training("Train"),
        {
            "Name": "Make",
            "Type": "Model",
            "Arguments": {
                "ExecutionRoleArn": ROLE,
                "PrimaryContainer": {"Image": image, "ModelDataUrl": artifact},
            },
        },
        {
            "Name": "Register",
            "Type": "RegisterModel",
            "Arguments": {
                "ModelPackageGroupName": "group",
                "ModelApprovalStatus": get("Parameters.Approval"),
                "InferenceSpecification": {
                    "Containers": [{"Image": image, "ModelDataUrl": artifact}],
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedResponseMIMETypes": ["text/csv"],
                },
            },
        },
    ]
    parameters = [{"Name": "Approval", "Type": "String", "DefaultValue": "PendingManualApproval"}]
    ended = bench.run(steps, Parameters=parameters)
    assert ended.status == "Succeeded", ended.steps
    model = bench.sagemaker("DescribeModel", ModelName=ended.steps["Make"]["Metadata"]["Model"]["Arn"].split("/")[-1])
    package_arn = ended.steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    package = bench.sagemaker("DescribeModelPackage", ModelPackageName=package_arn)
    assert model["PrimaryContainer"]["ModelDataUrl"].endswith("/output/model.tar.gz")
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["MetadataProperties"]["GeneratedBy"] == ended.arn
    contexts = bench.sagemaker("ListContexts", SourceUri=ended.arn)["ContextSummaries"]
    tied = bench.sagemaker("ListAssociations", DestinationArn=contexts[0]["ContextArn"])["AssociationSummaries"]
    actions = [bench.sagemaker("DescribeAction", ActionName=one["SourceArn"].rsplit("/", 1)[-1]) for one in tied]
    made = {action["ActionType"]: action["Source"]["SourceUri"] for action in actions}
    assert made == {"Model": ended.steps["Make"]["Metadata"]["Model"]["Arn"], "RegisterModel": package_arn}
    assert faults(bench, ended.arn) == []


def test_a_package_without_a_group_is_named_after_the_execution_and_the_step(bench: Bench) -> None:
    specification = {
        "Containers": [
            {
                "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1",
                "ModelDataUrl": "s3://bucket/model.tar.gz",
            }
        ],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    steps = [
        {"Name": "Register", "Type": "RegisterModel", "Arguments": {"InferenceSpecification": specification}},
        {
            "Name": "Tell",
            "Type": "Fail",
            "Arguments": {
                "ErrorMessage": {"Std:Join": {"On": " ", "Values": ["made", get("Steps.Register.ModelPackageName")]}}
            },
        },
    ]
    ended = bench.run(steps)
    arn = ended.steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    name = arn.rsplit("/", 1)[-1]
    assert name.startswith(f"pipelines-{ended.arn.rsplit('/', 1)[-1]}-Register-")
    assert f"made {name}" in ended.steps["Tell"]["FailureReason"]
    package = bench.sagemaker("DescribeModelPackage", ModelPackageName=name)
    assert package["ModelPackageArn"] == arn and "ModelPackageGroupName" not in package


def faults(bench: Bench, arn: str) -> list[str]:
    """What of experiment and lineage could not be written."""
    with bench.house.stores.database.read() as tx:
        row = resources.get(tx, arn)
        assert row is not None
        kept = [row.facts, *(step.facts for step in rows.of(tx, arn).values())]
    return [fact for facts in kept for name, fact in facts.items() if name.endswith("_fault")]


def test_jobs_go_to_the_trial_the_definition_names(bench: Bench) -> None:
    config = {"ExperimentName": get("Execution.PipelineName"), "TrialName": get("Execution.PipelineExecutionId")}
    ended = bench.run([processing("One")], name="with-experiment", PipelineExperimentConfig=config)
    identifier = ended.arn.rsplit("/", 1)[-1]
    named = {"ExperimentName": "with-experiment", "TrialName": identifier}
    assert ended.description["PipelineExperimentConfig"] == named
    assert bench.sagemaker("DescribeTrial", TrialName=identifier)["ExperimentName"] == "with-experiment"
    job = bench.sagemaker("DescribeProcessingJob", ProcessingJobName=job_name(ended.steps["One"]))
    assert job["ExperimentConfig"] == {**named, "TrialComponentDisplayName": "One"}
    assert faults(bench, ended.arn) == []


def test_every_change_is_announced_with_awss_members(bench: Bench) -> None:
    ended = bench.run([processing("One")])
    whole = bench.events("SageMaker Model Building Pipeline Execution Status Change")
    assert [one["detail"]["currentPipelineExecutionStatus"] for one in whole] == ["Executing", "Succeeded"]
    assert whole[1]["detail"]["previousPipelineExecutionStatus"] == "Executing"
    assert whole[1]["resources"] == [ended.description["PipelineArn"], ended.arn]
    parts = bench.events("SageMaker Model Building Pipeline Execution Step Status Change")
    assert [one["detail"]["currentStepStatus"] for one in parts] == ["Executing", "Succeeded"]
    arn = ended.steps["One"]["Metadata"]["ProcessingJob"]["Arn"]
    assert parts[1]["detail"]["metadata"] == {"processingJob": {"arn": arn}}
    assert parts[1]["detail"]["stepType"] == "Processing"


def test_a_type_that_is_not_run_fails_its_step_and_says_so(bench: Bench) -> None:
    ended = bench.run([{"Name": "Spark", "Type": "EMR", "Arguments": {}}])
    assert ended.steps["Spark"]["StepStatus"] == "Failed"
    assert "does not run EMR steps" in ended.steps["Spark"]["FailureReason"]


def test_a_thousand_conditions_end_well(bench: Bench) -> None:
    steps = [condition("C0", [equals(1, 1)], [], [])]
    for index in range(1, 1000):
        steps.append(condition(f"C{index}", [equals(get(f"Steps.C{index - 1}.Outcome"), True)], [], []))
    ended = bench.run(steps)
    assert ended.status == "Succeeded"
    parts = bench.events("SageMaker Model Building Pipeline Execution Step Status Change")
    assert sum(one["detail"]["currentStepStatus"] == "Succeeded" for one in parts) == 1000


def test_a_step_costs_three_commits_however_long_the_chain(bench: Bench) -> None:
    """Its start, its job's end, and the task of the trivial job, which lets go by itself."""

    def of_chain(length: int) -> int:
        name = f"chain-{length}"
        first = processing("S0")
        bench.create(name, [first, *(processing(f"S{n}", depends=(f"S{n - 1}",)) for n in range(1, length))])
        return commits_of(lambda: bench.ended(bench.start(name)))

    def commits_of(action: Callable[[], Any]) -> int:
        commits: list[int] = []

        def count(_connection: sa.Connection) -> None:
            commits.append(1)

        sa.event.listen(sa.Engine, "commit", count)
        try:
            assert action().status == "Succeeded"
            bench.until(bench.worker.idle)
        finally:
            sa.event.remove(sa.Engine, "commit", count)
        return len(commits)

    short, long = of_chain(2), of_chain(12)
    assert long - short <= 30
