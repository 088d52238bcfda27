"""A person's mistakes, made with boto3 against a real server: each ends in words that name the mistake."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Live
from tests.faults.conftest import BUCKET, REGISTRY, ROLE, ended, processing

XGBOOST = f"{REGISTRY}/sagemaker-xgboost:3.0-5"


def failed_job(live: Live, name: str, script: str, **change: Any) -> str:
    """The FailureReason of a processing job that must not succeed."""
    live.client("s3").put_object(Bucket=BUCKET, Key=f"code/{name}.py", Body=script)
    sagemaker = live.client("sagemaker")
    sagemaker.create_processing_job(**processing(name, **change))
    job = ended(lambda: sagemaker.describe_processing_job(ProcessingJobName=name), "ProcessingJobStatus")
    assert job["ProcessingJobStatus"] == "Failed"
    return str(job["FailureReason"])


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("{", "not valid JSON|is no JSON|JSON"),
        ({"Version": "2020-12-01", "Steps": [{"Name": "a", "Type": "Nap", "Arguments": {}}]}, "Nap"),
        (
            {
                "Version": "2020-12-01",
                "Steps": [{"Name": "a", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Gone"}}}],
            },
            "Gone",
        ),
        (
            {
                "Version": "2020-12-01",
                "Steps": [{"Name": "a", "Type": "Fail", "DependsOn": ["b"], "Arguments": {"ErrorMessage": "x"}}],
            },
            "b",
        ),
    ],
)
def test_a_bad_definition_is_refused_and_leaves_no_pipeline(working: Live, definition: Any, words: str) -> None:
    sagemaker = working.client("sagemaker")
    text = definition if isinstance(definition, str) else json.dumps(definition)
    with pytest.raises(ClientError, match=words) as refused:
        sagemaker.create_pipeline(
            PipelineName="bad", PipelineDefinition=text, RoleArn=ROLE, ClientRequestToken="t" * 32
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_pipeline(PipelineName="bad")


def test_a_missing_input_fails_the_job_and_names_the_address(working: Live) -> None:
    place = {"S3Uri": f"s3://{BUCKET}/nowhere/", "LocalPath": "/opt/ml/processing/input/data"}
    missing = {"InputName": "data", "S3Input": {**place, "S3DataType": "S3Prefix", "S3InputMode": "File"}}
    request = processing("missing-input")
    reason = failed_job(working, "missing-input", "pass", ProcessingInputs=[*request["ProcessingInputs"], missing])
    assert reason.startswith("ClientError: Data download failed")
    assert f"s3://{BUCKET}/nowhere/" in reason
    assert '"data"' in reason


def test_a_script_that_raises_is_quoted(working: Live) -> None:
    reason = failed_job(
        working, "raises", "def load(path):\n    raise ValueError(f'{path} has no column rings')\nload('a.csv')"
    )
    assert reason.startswith("AlgorithmError: Traceback")
    assert "in load" in reason
    assert "ValueError: a.csv has no column rings" in reason
    assert reason.endswith("exit code: 1")


def test_a_wrong_hyperparameter_is_named(working: Live) -> None:
    working.client("s3").put_object(Bucket=BUCKET, Key="train/t.csv", Body="1,2\n3,4\n")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}
    sagemaker = working.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName="wrong",
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        HyperParameters={"num_round": "5", "eta": "7"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "csv", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    job = ended(lambda: sagemaker.describe_training_job(TrainingJobName="wrong"), "TrainingJobStatus")
    assert job["TrainingJobStatus"] == "Failed"
    assert "eta" in job["FailureReason"]
    assert "7" in job["FailureReason"]
    with pytest.raises(ClientError, match="404"):
        working.client("s3").head_object(Bucket=BUCKET, Key="models/wrong/output/model.tar.gz")


def test_an_unmapped_image_is_refused_with_the_command_that_maps_it(working: Live) -> None:
    image = f"{REGISTRY}/somebodys-own:3"
    request = processing("unmapped", AppSpecification={"ImageUri": image})
    with pytest.raises(ClientError, match="ormer images add") as refused:
        working.client("sagemaker").create_processing_job(**request)
    assert image in str(refused.value)
    with pytest.raises(ClientError):
        working.client("sagemaker").describe_processing_job(ProcessingJobName="unmapped")


def test_a_pipeline_whose_script_raises_says_so_in_the_step_and_the_execution(working: Live) -> None:
    working.client("s3").put_object(Bucket=BUCKET, Key="code/step.py", Body="raise KeyError('rings')")
    sagemaker = working.client("sagemaker")
    arguments = {name: value for name, value in processing("step").items() if name != "ProcessingJobName"}
    steps = [{"Name": "Load", "Type": "Processing", "Arguments": arguments}]
    sagemaker.create_pipeline(
        PipelineName="faulty",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": steps}),
        RoleArn=ROLE,
        ClientRequestToken="f" * 32,
    )
    arn = sagemaker.start_pipeline_execution(PipelineName="faulty", ClientRequestToken="s" * 32)["PipelineExecutionArn"]
    found = ended(lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn), "PipelineExecutionStatus")
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    [step] = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert "KeyError: 'rings'" in step["FailureReason"]
