"""A project of trivial jobs: a few seconds of everything a pipeline can do, told by a client that never gives up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.crash.documents import digest
from tests.crash.lives import Patient

JsonDict = dict[str, Any]

BUCKET = "trivial"
NAME = "trivial"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
SERVING_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
CODE = "/opt/ml/processing/input/code"
FINAL = ("Succeeded", "Failed", "Stopped")

MAKE = """
import json, pathlib
rows = pathlib.Path("/opt/ml/processing/input/data/rows.csv").read_text().splitlines()
print("rows", len(rows), flush=True)
out = pathlib.Path("/opt/ml/processing/out")
(out / "report.json").write_text(json.dumps({"rows": len(rows)}))
(out / "rows.csv").write_text("\\n".join(reversed(rows)))
"""
PACK = """
import io, pathlib, tarfile
rows = pathlib.Path("/opt/ml/processing/input/data/rows.csv").read_bytes()
for number in range(20):
    print("packing", number, flush=True)
with tarfile.open("/opt/ml/processing/out/model.tar.gz", "w:gz") as archive:
    entry = tarfile.TarInfo("model")
    entry.size = len(rows)
    archive.addfile(entry, io.BytesIO(rows))
"""


@dataclass
class Told:
    """What the client knows when the story is over: the execution, its end, and the objects it was promised."""

    execution: str
    status: str
    promised: dict[str, str] = field(default_factory=dict)


def tell(client: Patient) -> Told:
    """Create everything, run the pipeline to its end, and approve the model it registered."""
    told = Told("", "")
    client.call("s3", "create_bucket", Bucket=BUCKET)
    files = {"code/make.py": MAKE, "code/pack.py": PACK, "data/rows.csv": "1,2\n3,4\n5,6"}
    for key, text in files.items():
        client.call("s3", "put_object", Bucket=BUCKET, Key=key, Body=text.encode())
        told.promised[key] = digest(text.encode())
    client.call("sagemaker", "create_model_package_group", ModelPackageGroupName=NAME)
    client.call(
        "sagemaker",
        "create_pipeline",
        PipelineName=NAME,
        PipelineDefinition=json.dumps(definition()),
        RoleArn=ROLE,
        ClientRequestToken="create-" + "0" * 32,
    )
    told.execution = client.call(
        "sagemaker",
        "start_pipeline_execution",
        PipelineName=NAME,
        ClientRequestToken="start-" + "0" * 32,
    )["PipelineExecutionArn"]
    told.status = client.until(
        lambda answer: answer["PipelineExecutionStatus"] in FINAL,
        "sagemaker",
        "describe_pipeline_execution",
        PipelineExecutionArn=told.execution,
    )["PipelineExecutionStatus"]
    if told.status == "Succeeded":
        client.call(
            "sagemaker",
            "update_model_package",
            ModelPackageArn=f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{NAME}/1",
            ModelApprovalStatus="Approved",
            ApprovalDescription="it survived",
        )
    return told


def definition() -> JsonDict:
    """Two jobs in a row and one beside them, a model, a condition on the first one's report, a registration."""
    rows = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Make.PropertyFiles.Report"}, "Path": "rows"}}
    made = {"Get": "Steps.Make.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}
    packed = {"Get": "Steps.Pack.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}
    container = {
        "Image": SERVING_IMAGE,
        "ModelDataUrl": {"Std:Join": {"On": "/", "Values": [packed, "model.tar.gz"]}},
    }
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": NAME,
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
    }
    refuse = {"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": "the rows are not all there"}}
    condition = {
        "Conditions": [{"Type": "Equals", "LeftValue": rows, "RightValue": 3}],
        "IfSteps": [register],
        "ElseSteps": [refuse],
    }
    report = {"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}
    model = {"ExecutionRoleArn": ROLE, "PrimaryContainer": {**container, "Environment": {}}}
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [],
        "PipelineExperimentConfig": {
            "ExperimentName": {"Get": "Execution.PipelineName"},
            "TrialName": {"Get": "Execution.PipelineExecutionId"},
        },
        "Steps": [
            {**_step("Make", "make.py", f"s3://{BUCKET}/data"), "PropertyFiles": [report]},
            _step("Pack", "pack.py", made),
            _step("Beside", "make.py", f"s3://{BUCKET}/data"),
            {"Name": "Model", "Type": "Model", "Arguments": model},
            {"Name": "Decide", "Type": "Condition", "Arguments": condition},
        ],
    }


def _step(name: str, script: str, data: Any) -> JsonDict:
    out = {"Std:Join": {"On": "/", "Values": ["s3:/", BUCKET, {"Get": "Execution.PipelineExecutionId"}, name]}}
    place = {"S3Uri": out, "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
            "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", f"{CODE}/{script}"]},
            "RoleArn": ROLE,
            "ProcessingInputs": [
                _input("data", data, "/opt/ml/processing/input/data"),
                _input("code", f"s3://{BUCKET}/code/{script}", CODE),
            ],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "AppManaged": False, "S3Output": place}]},
        },
    }


def _input(name: str, uri: Any, folder: str) -> JsonDict:
    place = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "AppManaged": False, "S3Input": place}
