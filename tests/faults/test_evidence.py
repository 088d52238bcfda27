"""From a registered version one reaches all that made it, by AWS's operations; a restart changes nothing of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Live
from tests.faults.conftest import BUCKET, PYTHON_IMAGE, ROLE, ended, processing

from ormer.config import Config
from ormer.server import Server

TRAIN = """
import os, pathlib
rows = pathlib.Path("/opt/ml/input/data/train/rows.csv").read_text()
print("rows:", rows.count("\\n"), flush=True)
pathlib.Path("/opt/ml/model/model.txt").write_text(rows)
"""
PREPARE = """
import pathlib, sys
pathlib.Path("/opt/ml/processing/out/rows.csv").write_text("1,2\\n" * int(sys.argv[1]))
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
ROWS = "7"


class Place:
    """A home and the server that lives in it now."""

    def __init__(self, home: Path) -> None:
        self._config = Config(home=home, port=0, tls_port=0)
        self.live = self._open()

    def _open(self) -> Live:
        made = Server(self._config, strict=True)
        made.start()
        return Live(made)

    def restart(self) -> None:
        self.live.server.stop()
        self.live = self._open()


@pytest.fixture
def place(tmp_path: Path, runtimes: Path) -> Iterator[Place]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    made = Place(home)
    yield made
    made.live.server.stop()


def definition() -> str:
    out = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}", {"Get": "Execution.PipelineExecutionId"}, "rows"]}}
    prepare = {name: value for name, value in processing("prepare").items() if name != "ProcessingJobName"}
    prepare["AppSpecification"]["ContainerArguments"] = [{"Get": "Parameters.Rows"}]
    local = {"LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    prepare["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": out, **local}}]}
    rows = {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}
    train = {
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": PYTHON_IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/train.py"],
        },
        "InputDataConfig": [
            {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
            for name, uri in (("code", f"s3://{BUCKET}/code/train.py"), ("train", rows))
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    model = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
    register = {
        "ModelPackageGroupName": "whales",
        "MetadataProperties": {"CommitId": COMMIT, "Repository": "modelbuild"},
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": PYTHON_IMAGE, "ModelDataUrl": model}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    }
    steps = [
        {
            "Name": "Prepare",
            "Type": "Processing",
            "Arguments": prepare,
            "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
        },
        {"Name": "Train", "Type": "Training", "Arguments": train},
        {"Name": "Register", "Type": "RegisterModel", "Arguments": register},
    ]
    parameters = [{"Name": "Rows", "Type": "String", "DefaultValue": "3"}]
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps})


def registered(live: Live) -> str:
    """The ARN of a version that a pipeline of real jobs registered."""
    s3, sagemaker = live.client("s3"), live.client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    for name, script in (("prepare", PREPARE), ("train", TRAIN)):
        s3.put_object(Bucket=BUCKET, Key=f"code/{name}.py", Body=script)
    sagemaker.create_pipeline(
        PipelineName="whales", PipelineDefinition=definition(), RoleArn=ROLE, ClientRequestToken="p" * 32
    )
    started = sagemaker.start_pipeline_execution(
        PipelineName="whales", PipelineParameters=[{"Name": "Rows", "Value": ROWS}], ClientRequestToken="s" * 32
    )
    arn = started["PipelineExecutionArn"]
    found = ended(lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn), "PipelineExecutionStatus")
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert found["PipelineExecutionStatus"] == "Succeeded", steps
    [version] = sagemaker.list_model_packages(ModelPackageGroupName="whales")["ModelPackageSummaryList"]
    return str(version["ModelPackageArn"])


def upstream(sagemaker: Any, arn: str) -> list[dict[str, Any]]:
    """All artifacts that a lineage entity comes from, described."""
    asked = {"StartArns": [arn], "Direction": "Ascendants", "IncludeEdges": False, "MaxDepth": 10}
    vertices, more = [], {}
    while True:
        page = sagemaker.query_lineage(**asked, **more)
        vertices += page["Vertices"]
        if not page.get("NextToken"):
            break
        more = {"NextToken": page["NextToken"]}
    artifacts = [each["Arn"] for each in vertices if ":artifact/" in each["Arn"]]
    return [sagemaker.describe_artifact(ArtifactArn=each) for each in artifacts]


def test_a_version_leads_to_all_that_made_it(place: Place) -> None:
    live = place.live
    version = registered(live)
    sagemaker, s3, logs = live.client("sagemaker"), live.client("s3"), live.client("logs")
    package = sagemaker.describe_model_package(ModelPackageName=version)
    origin = package["MetadataProperties"]
    assert origin["CommitId"] == COMMIT
    # Its execution, with the parameters it ran with and the definition it ran.
    execution = origin["GeneratedBy"]
    parameters = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)
    assert parameters["PipelineParameters"] == [{"Name": "Rows", "Value": ROWS}]
    ran = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=execution)
    assert json.loads(ran["PipelineDefinition"]) == json.loads(definition())
    # Its jobs, with their logs.
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    metadata = {step["StepName"]: step["Metadata"] for step in steps}
    assert metadata["Register"]["RegisterModel"]["Arn"] == version
    training = metadata["Train"]["TrainingJob"]["Arn"].rsplit("/", 1)[-1]
    assert sagemaker.describe_training_job(TrainingJobName=training)["TrainingJobStatus"] == "Completed"
    said = logs.filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{training}/")
    assert f"rows: {ROWS}" in [event["message"] for event in said["events"]]
    # Its data, by ETag, its image and the locked environment that the image meant.
    [vertex] = sagemaker.list_artifacts(SourceUri=version)["ArtifactSummaries"]
    artifacts = upstream(sagemaker, vertex["ArtifactArn"])
    etags = {
        key: etag
        for each in artifacts
        if each["ArtifactType"] == "DataSnapshot"
        for key, etag in each["Properties"].items()
    }
    rows = f"{execution.rsplit('/', 1)[-1]}/rows/rows.csv"
    model = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"].removeprefix(f"s3://{BUCKET}/")
    for key in (rows, model, "code/train.py", "code/prepare.py"):
        assert etags[key] == s3.head_object(Bucket=BUCKET, Key=key)["ETag"].strip('"')
    assert PYTHON_IMAGE in [each["Source"]["SourceUri"] for each in artifacts if each["ArtifactType"] == "Image"]
    [runtime] = [each for each in artifacts if each["ArtifactType"] == "Runtime"]
    assert runtime["Properties"]["Image"] == PYTHON_IMAGE
    assert len(runtime["Properties"]["LockSha256"]) == 64
    # Who decided what, when and why.
    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Rejected", ApprovalDescription="no")
    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved", ApprovalDescription="yes")
    decisions = sagemaker.list_actions(
        SourceUri=version, ActionType="Approval", SortBy="CreationTime", SortOrder="Ascending"
    )
    told = [sagemaker.describe_action(ActionName=each["ActionName"]) for each in decisions["ActionSummaries"]]
    assert [(each["Properties"]["ApprovalStatus"], each["Description"]) for each in told] == [
        ("Rejected", "no"),
        ("Approved", "yes"),
    ]
    assert all(each["Properties"]["By"].endswith(":root") for each in told)


def test_after_a_restart_everything_is_described_as_before(place: Place) -> None:
    version = registered(place.live)
    before = described(place.live, version)
    place.restart()
    assert described(place.live, version) == before


def described(live: Live, version: str) -> dict[str, Any]:
    """Every answer about a version and what made it, without what belongs to the single answer."""
    sagemaker, s3 = live.client("sagemaker"), live.client("s3")
    package = sagemaker.describe_model_package(ModelPackageName=version)
    execution = {"PipelineExecutionArn": package["MetadataProperties"]["GeneratedBy"]}
    steps = sagemaker.list_pipeline_execution_steps(**execution)
    metadata = {step["StepName"]: step["Metadata"] for step in steps["PipelineExecutionSteps"]}
    processing_job = metadata["Prepare"]["ProcessingJob"]["Arn"].rsplit("/", 1)[-1]
    training_job = metadata["Train"]["TrainingJob"]["Arn"].rsplit("/", 1)[-1]
    answers = {
        "package": package,
        "pipeline": sagemaker.describe_pipeline(PipelineName="whales"),
        "execution": sagemaker.describe_pipeline_execution(**execution),
        "steps": steps,
        "processing": sagemaker.describe_processing_job(ProcessingJobName=processing_job),
        "training": sagemaker.describe_training_job(TrainingJobName=training_job),
        "component": sagemaker.describe_trial_component(TrialComponentName=f"{training_job}-aws-training-job"),
        "edges": sagemaker.list_associations(MaxResults=100),
        "objects": s3.list_objects_v2(Bucket=BUCKET),
    }
    return {
        name: {key: value for key, value in found.items() if key != "ResponseMetadata"}
        for name, found in answers.items()
    }


def test_a_version_that_is_gone_is_named(working: Live) -> None:
    gone = "arn:aws:sagemaker:us-east-1:123456789012:model-package/whales/99"
    with pytest.raises(ClientError, match="does not exist"):
        working.client("sagemaker").describe_model_package(ModelPackageName=gone)
