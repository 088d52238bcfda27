"""Processing jobs whose inputs are queries."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from tests.contract.athena.conftest import Desk

from ormer.first_run import use_role_arn

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3"


def request(desk: Desk, sql: str) -> dict[str, Any]:
    query = {
        "Catalog": "AwsDataCatalog",
        "Database": desk.database,
        "QueryString": sql,
        "OutputS3Uri": f"s3://{desk.bucket}/athena/",
        "OutputFormat": "JSON",
    }
    rows, out = "/opt/ml/processing/rows", "/opt/ml/processing/out"
    program = f"import glob, shutil; shutil.copy(glob.glob('{rows}/*')[0], '{out}/rows.json')"
    output = {
        "OutputName": "out",
        "S3Output": {
            "S3Uri": f"s3://{desk.bucket}/out/{uuid.uuid4().hex}",
            "LocalPath": "/opt/ml/processing/out",
            "S3UploadMode": "EndOfJob",
        },
    }
    return {
        "ProcessingJobName": f"query-{uuid.uuid4().hex[:8]}",
        "RoleArn": use_role_arn(desk.live.config.account),
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", program]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "ProcessingInputs": [
            {
                "InputName": "rows",
                "DatasetDefinition": {"LocalPath": "/opt/ml/processing/rows", "AthenaDatasetDefinition": query},
            }
        ],
        "ProcessingOutputConfig": {"Outputs": [output]},
    }


def state(sagemaker: Any, made: dict[str, Any]) -> str:
    found = sagemaker.describe_processing_job(ProcessingJobName=made["ProcessingJobName"])
    return str(found["ProcessingJobStatus"])


def processed(desk: Desk, made: dict[str, Any]) -> dict[str, Any]:
    sagemaker = desk.live.client("sagemaker")
    sagemaker.create_processing_job(**made)
    desk.until(lambda: state(sagemaker, made) not in ("InProgress", "Stopping"))
    found: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=made["ProcessingJobName"])
    return found


@pytest.mark.timeout(300)
def test_an_input_that_is_a_query_is_its_rows(desk: Desk) -> None:
    made = request(desk, f"SELECT name, people FROM {desk.cities()} WHERE people > 200000")
    job = processed(desk, made)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    where = made["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert desk.read(f"{where}/rows.json") == b'{"name":"Aix, old","people":249000}\n'


def test_an_input_whose_query_fails_fails_the_job_and_says_why(desk: Desk) -> None:
    job = processed(desk, request(desk, "SELECT * FROM nowhere"))
    assert job["ProcessingJobStatus"] == "Failed"
    assert "TABLE_NOT_FOUND" in job["FailureReason"]


def test_an_output_to_feature_store_is_the_programs_own_matter(desk: Desk) -> None:
    sagemaker = desk.live.client("sagemaker")
    made = request(desk, "SELECT 1 AS one")
    output = {"OutputName": "features", "AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": "mine"}}
    made["ProcessingOutputConfig"] = {"Outputs": [output]}
    made["AppSpecification"]["ContainerEntrypoint"] = ["true"]
    job = processed(desk, made)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ProcessingOutputConfig"]["Outputs"] == [output]
    output["AppManaged"] = False
    with pytest.raises(sagemaker.exceptions.ClientError, match="must be AppManaged"):
        sagemaker.create_processing_job(**made)
