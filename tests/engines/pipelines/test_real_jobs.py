"""A pipeline whose jobs are the product's own: scripts in sandboxes, outputs in S3, a report that decides a branch."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from ormer.stores.port import Api

JsonDict = dict[str, Any]
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
BUCKET = "real-jobs"
FOLDER = "/opt/ml/processing/script"
PATIENCE_SECONDS = 240.0
PREPARE = """
import json, pathlib, sys
out = pathlib.Path("/opt/ml/processing/out")
(out / "rows.csv").write_text("1,2\\n" * int(sys.argv[1]))
(out / "report.json").write_text(json.dumps({"rows": {"count": int(sys.argv[1])}}))
"""
COUNT = """
import pathlib
text = pathlib.Path("/opt/ml/processing/input/rows/rows.csv").read_text()
pathlib.Path("/opt/ml/processing/out/count.txt").write_text(str(text.count("\\n")))
"""
BROKEN = "raise ValueError('there are no whales in this data')"


def script_step(
    api: Api, name: str, script: str, arguments: list[Any], inputs: list[JsonDict], **more: Any
) -> JsonDict:
    api("s3", "PutObject", {"Bucket": BUCKET, "Key": f"code/{name}.py", "Body": script.encode()})
    out = {"Std:Join": {"On": "/", "Values": ["s3:/", BUCKET, {"Get": "Execution.PipelineExecutionId"}, name]}}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": ROLE,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", f"{FOLDER}/{name}.py"],
                **({"ContainerArguments": arguments} if arguments else {}),
            },
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
            },
            "ProcessingInputs": [staged("code", f"s3://{BUCKET}/code/{name}.py", FOLDER), *inputs],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "out",
                        "S3Output": {
                            "S3Uri": out,
                            "LocalPath": "/opt/ml/processing/out",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ]
            },
        },
        **more,
    }


def staged(name: str, uri: Any, folder: str) -> JsonDict:
    place = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def run(api: Api, steps: list[JsonDict], parameters: list[JsonDict]) -> tuple[str, JsonDict, dict[str, JsonDict]]:
    text = json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps})
    token = {"ClientRequestToken": uuid.uuid4().hex}
    api("sagemaker", "CreatePipeline", {"PipelineName": "p", "PipelineDefinition": text, "RoleArn": ROLE, **token})
    arn = api("sagemaker", "StartPipelineExecution", {"PipelineName": "p", **token})["PipelineExecutionArn"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = api("sagemaker", "DescribePipelineExecution", {"PipelineExecutionArn": arn})
        if found["PipelineExecutionStatus"] in ("Succeeded", "Failed", "Stopped"):
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    listed = api("sagemaker", "ListPipelineExecutionSteps", {"PipelineExecutionArn": arn})["PipelineExecutionSteps"]
    return arn, found, {step["StepName"]: step for step in listed}


def test_scripts_hand_data_on_and_a_report_decides_the_branch(api: Api) -> None:
    api("s3", "CreateBucket", {"Bucket": BUCKET})
    report = {
        "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Prepare.PropertyFiles.Report"}, "Path": "rows.count"},
    }
    rows = {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}
    steps = [
        script_step(
            api,
            "Prepare",
            PREPARE,
            [{"Get": "Parameters.Rows"}],
            [],
            PropertyFiles=[{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}],
        ),
        {
            "Name": "Enough",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [{"Type": "GreaterThanOrEqualTo", "LeftValue": report, "RightValue": 3}],
                "IfSteps": [
                    script_step(api, "Count", COUNT, [], [staged("rows", rows, "/opt/ml/processing/input/rows")])
                ],
                "ElseSteps": [],
            },
        },
    ]
    arn, found, shown = run(api, steps, [{"Name": "Rows", "Type": "Integer", "DefaultValue": 3}])
    assert found["PipelineExecutionStatus"] == "Succeeded", shown
    assert set(shown) == {"Prepare", "Enough", "Count"}
    key = f"{arn.rsplit('/', 1)[-1]}/Count/count.txt"
    assert api("s3", "GetObject", {"Bucket": BUCKET, "Key": key})["Body"].read() == b"3"


def test_a_script_that_raises_fails_its_step_with_the_words_it_raised(api: Api) -> None:
    api("s3", "CreateBucket", {"Bucket": BUCKET})
    _, found, shown = run(api, [script_step(api, "Broken", BROKEN, [], [])], [])
    assert found["PipelineExecutionStatus"] == "Failed"
    assert shown["Broken"]["FailureReason"].startswith(("AlgorithmError", "ClientError"))
    assert "there are no whales in this data" in shown["Broken"]["FailureReason"]
