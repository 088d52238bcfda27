"""Check steps: the four rows of the flags' table, supplied and approved baselines, violations."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from ormer.aws.clock import ManualClock

from .conftest import BUCKET, ROLE, SKLEARN, Bench, Ended, output

JsonDict = dict[str, Any]
GROUP = "models"
FOLDER = f"s3://{BUCKET}/check"
NO_VIOLATIONS = "Completed: Job completed successfully with no violations."
VIOLATIONS = "CompletedWithViolations: Job completed successfully with 2 violations."
OLD = {"Statistics": f"s3://{BUCKET}/old/statistics.json", "Constraints": f"s3://{BUCKET}/old/constraints.json"}
NEW = {"Statistics": f"{FOLDER}/statistics.json", "Constraints": f"{FOLDER}/constraints.json"}


def quality(message: str = NO_VIOLATIONS, **flags: Any) -> JsonDict:
    return {
        "Name": "Check",
        "Type": "QualityCheck",
        "CheckType": "DATA_QUALITY",
        "ModelPackageGroupName": GROUP,
        "SkipCheck": False,
        "RegisterNewBaseline": False,
        **flags,
        "Arguments": arguments("quality_check_output", {"message": message}),
    }


def arguments(name: str, environment: JsonDict) -> JsonDict:
    return {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.c5.xlarge", "VolumeSizeInGB": 30}
        },
        "AppSpecification": {"ImageUri": SKLEARN},
        "RoleArn": ROLE,
        "ProcessingInputs": [],
        "ProcessingOutputConfig": {"Outputs": [output(name, FOLDER)]},
        "Environment": environment,
    }


def approve(bench: Bench, baselines: JsonDict, status: str = "Approved") -> None:
    """A version of the group with these drift check baselines."""
    if GROUP not in str(bench.sagemaker("ListModelPackageGroups")):
        bench.sagemaker("CreateModelPackageGroup", ModelPackageGroupName=GROUP)
    bench.sagemaker(
        "CreateModelPackage",
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus=status,
        DriftCheckBaselines=baselines,
        ClientToken=uuid.uuid4().hex,
        InferenceSpecification={
            "Containers": [{"Image": SKLEARN, "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def data_quality(uris: JsonDict) -> JsonDict:
    return {"ModelDataQuality": {part: measured(uri) for part, uri in uris.items()}}


def measured(uri: str) -> JsonDict:
    return {"S3Uri": uri, "ContentType": "application/json"}


def metadata(ended: Ended) -> JsonDict:
    found: JsonDict = ended.steps["Check"]["Metadata"]["QualityCheck"]
    return found


def job_of(bench: Bench, ended: Ended) -> JsonDict:
    name = metadata(ended)["CheckJobArn"].rsplit("/", 1)[-1]
    return bench.sagemaker("DescribeProcessingJob", ProcessingJobName=name)


@pytest.mark.parametrize(
    ("skip", "register", "used"), [(False, False, OLD), (False, True, NEW), (True, False, OLD), (True, True, NEW)]
)
def test_the_flags_decide_whether_to_compare_and_which_baseline_is_used(
    bench: Bench, skip: bool, register: bool, used: JsonDict
) -> None:
    approve(bench, data_quality(OLD))
    ended = bench.run([quality(SkipCheck=skip, RegisterNewBaseline=register)])
    assert ended.status == "Succeeded"
    shown = metadata(ended)
    for part in ("Statistics", "Constraints"):
        assert shown[f"CalculatedBaseline{part}"] == NEW[part]
        assert shown[f"BaselineUsedForDriftCheck{part}"] == used[part]
    assert (shown["SkipCheck"], shown["RegisterNewBaseline"]) == (skip, register)
    assert "ViolationReport" not in shown
    environment = job_of(bench, ended)["Environment"]
    assert ("baseline_constraints" in environment) is not skip
    if not skip:
        assert environment["baseline_constraints"] == "/opt/ml/processing/baseline/constraints/constraints.json"
        inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in job_of(bench, ended)["ProcessingInputs"]}
        assert inputs == {"baseline_statistics": OLD["Statistics"], "baseline_constraints": OLD["Constraints"]}


@pytest.mark.parametrize(("skip", "register"), [(False, False), (False, True), (True, False)])
def test_a_check_without_any_baseline_fails_and_says_what_to_do(bench: Bench, skip: bool, register: bool) -> None:
    approve(bench, data_quality(OLD), status="PendingManualApproval")
    ended = bench.run([quality(SkipCheck=skip, RegisterNewBaseline=register)])
    assert ended.status == "Failed"
    reason = ended.steps["Check"]["FailureReason"]
    assert "no previous baseline for the DATA_QUALITY check" in reason
    assert "both SkipCheck and RegisterNewBaseline" in reason


def test_a_supplied_baseline_is_used_verbatim_before_the_approved_one(bench: Bench) -> None:
    approve(bench, data_quality(OLD))
    mine = {part: f"s3://{BUCKET}/mine/{part.lower()}.json" for part in OLD}
    flags = {f"SuppliedBaseline{part}": {"Get": f"Parameters.{part}"} for part in mine}
    parameters = [{"Name": part, "Type": "String", "DefaultValue": uri} for part, uri in mine.items()]
    ended = bench.run([quality(**flags)], Parameters=parameters)
    shown = metadata(ended)
    assert {part: shown[f"BaselineUsedForDriftCheck{part}"] for part in mine} == mine


def test_an_empty_supplied_baseline_counts_as_none(bench: Bench) -> None:
    approve(bench, data_quality(OLD))
    ended = bench.run([quality(SuppliedBaselineConstraints="", SuppliedBaselineStatistics=None)])
    assert metadata(ended)["BaselineUsedForDriftCheckConstraints"] == OLD["Constraints"]


def test_the_latest_approved_version_is_compared_with(bench: Bench, clock: ManualClock) -> None:
    for name, status in (("first", "Approved"), ("second", "Approved"), ("third", "Rejected")):
        approve(bench, data_quality({part: f"s3://{BUCKET}/{name}/{part}.json" for part in OLD}), status)
        clock.advance(1)
    ended = bench.run([quality()])
    assert metadata(ended)["BaselineUsedForDriftCheckConstraints"] == f"s3://{BUCKET}/second/Constraints.json"


@pytest.mark.parametrize(("fail_on", "status"), [(None, "Failed"), (True, "Failed"), (False, "Succeeded")])
def test_violations_fail_the_step_unless_told_otherwise(bench: Bench, fail_on: bool | None, status: str) -> None:
    approve(bench, data_quality(OLD))
    ended = bench.run([quality(VIOLATIONS, FailOnViolation=fail_on)])
    step = ended.steps["Check"]
    assert step["StepStatus"] == status
    assert metadata(ended)["ViolationReport"] == f"{FOLDER}/constraint_violations.json"
    assert job_of(bench, ended)["ProcessingJobStatus"] == "Completed"
    told = "ClientError: Quality check failed. See violation report" in step.get("FailureReason", "")
    assert told is (status == "Failed")


def test_a_skipped_check_reports_no_violations(bench: Bench) -> None:
    ended = bench.run([quality(VIOLATIONS, SkipCheck="true", RegisterNewBaseline=True)])
    assert ended.status == "Succeeded"
    assert "ViolationReport" not in metadata(ended)


def test_a_clarify_check_gets_a_copy_of_its_configuration_that_names_the_model(bench: Bench) -> None:
    approve(bench, {"Bias": {"PostTrainingConstraints": measured(f"s3://{BUCKET}/old/analysis.json")}})
    given = {"label": 0, "predictor": {"instance_type": "ml.m5.large", "initial_instance_count": 1}}
    uri = bench.put("cfg/analysis_config.json", given)
    step = {
        "Name": "Bias",
        "Type": "ClarifyCheck",
        "CheckType": "MODEL_BIAS",
        "ModelPackageGroupName": GROUP,
        "SkipCheck": {"Get": "Parameters.Skip"},
        "RegisterNewBaseline": False,
        "SuppliedBaselineConstraints": None,
        "ModelName": {"Get": "Parameters.Model"},
        "Arguments": {
            **arguments("analysis_result", {"message": VIOLATIONS}),
            "ProcessingInputs": [
                {
                    "InputName": "analysis_config",
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": "/opt/ml/processing/input/config",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
            ],
        },
    }
    parameters = [
        {"Name": "Skip", "Type": "Boolean", "DefaultValue": True},
        {"Name": "Model", "Type": "String", "DefaultValue": "the-model"},
    ]
    start = {"PipelineParameters": [{"Name": "Skip", "Value": "False"}]}
    ended = bench.run([step], Parameters=parameters, start=start)
    shown = ended.steps["Bias"]["Metadata"]["ClarifyCheck"]
    assert "ClientError: Clarify check failed. See violation report" in ended.steps["Bias"]["FailureReason"]
    assert shown["CalculatedBaselineConstraints"] == f"{FOLDER}/analysis.json"
    assert shown["BaselineUsedForDriftCheckConstraints"] == f"s3://{BUCKET}/old/analysis.json"
    job = bench.sagemaker("DescribeProcessingJob", ProcessingJobName=shown["CheckJobArn"].rsplit("/", 1)[-1])
    inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in job["ProcessingInputs"]}
    assert inputs["analysis_config"] != uri
    assert read(bench, inputs["analysis_config"]) == given | {
        "predictor": {**given["predictor"], "model_name": "the-model"}
    }
    assert read(bench, uri) == given


def read(bench: Bench, uri: str) -> Any:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return json.loads(bench.api("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"].read())
