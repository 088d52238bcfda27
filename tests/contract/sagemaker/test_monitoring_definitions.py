"""Monitoring job definitions of the four kinds, as boto3 makes, lists and deletes them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
OUTPUT = {
    "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}}]
}
RESOURCES = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}}
LABELS = {"GroundTruthS3Input": {"S3Uri": "s3://bucket/labels"}}
BATCH = {
    "BatchTransformInput": {
        "DataCapturedDestinationS3Uri": "s3://bucket/capture",
        "DatasetFormat": {"Csv": {"Header": False}},
        "LocalPath": "/opt/ml/processing/input",
    }
}


def source(endpoint: str, **more: Any) -> dict[str, Any]:
    return {"EndpointInput": {"EndpointName": endpoint, "LocalPath": "/opt/ml/processing/input", **more}}


def request(monitor: str, name: str, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    applications = {
        "DataQuality": {"ImageUri": ANALYZER},
        "ModelQuality": {"ImageUri": ANALYZER, "ProblemType": "Regression"},
        "ModelBias": {"ImageUri": CLARIFY, "ConfigUri": "s3://bucket/config.json"},
        "ModelExplainability": {"ImageUri": CLARIFY, "ConfigUri": "s3://bucket/config.json"},
    }
    return {
        "JobDefinitionName": name,
        f"{monitor}AppSpecification": applications[monitor],
        f"{monitor}JobInput": given,
        f"{monitor}JobOutputConfig": OUTPUT,
        "JobResources": RESOURCES,
        "RoleArn": ROLE,
        **more,
    }


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_data_quality_definition_is_kept_as_it_was_made(sagemaker, unique, watched_endpoint):
    name = unique("dq")
    asked = request("DataQuality", name, source(watched_endpoint), Tags=[{"Key": "a", "Value": "b"}])
    made = sagemaker.create_data_quality_job_definition(**asked)
    assert made["JobDefinitionArn"].endswith(f":data-quality-job-definition/{name}")
    found = sagemaker.describe_data_quality_job_definition(JobDefinitionName=name)
    assert found["DataQualityJobInput"] == asked["DataQualityJobInput"]
    assert found["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}
    assert sagemaker.list_tags(ResourceArn=made["JobDefinitionArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    (listed,) = sagemaker.list_data_quality_job_definitions(NameContains=name)["JobDefinitionSummaries"]
    assert (listed["MonitoringJobDefinitionName"], listed["EndpointName"]) == (name, watched_endpoint)
    again = refused(sagemaker.create_data_quality_job_definition, **asked)
    assert again[0] == "ResourceInUse" and "already exists" in again[1]
    sagemaker.delete_data_quality_job_definition(JobDefinitionName=name)
    assert refused(sagemaker.describe_data_quality_job_definition, JobDefinitionName=name)[0] == "ResourceNotFound"
    assert refused(sagemaker.delete_data_quality_job_definition, JobDefinitionName=name)[0] == "ResourceNotFound"


def test_a_model_quality_definition_is_listed_by_its_endpoint(sagemaker, unique, watched_endpoint):
    name, batch = unique("mq"), unique("mq")
    sagemaker.create_model_quality_job_definition(**request("ModelQuality", name, source(watched_endpoint) | LABELS))
    sagemaker.create_model_quality_job_definition(**request("ModelQuality", batch, BATCH | LABELS))
    found = sagemaker.describe_model_quality_job_definition(JobDefinitionName=name)
    assert found["ModelQualityJobInput"]["GroundTruthS3Input"] == LABELS["GroundTruthS3Input"]
    listed = sagemaker.list_model_quality_job_definitions(EndpointName=watched_endpoint)["JobDefinitionSummaries"]
    assert [one["MonitoringJobDefinitionName"] for one in listed] == [name]
    (other,) = sagemaker.list_model_quality_job_definitions(NameContains=batch)["JobDefinitionSummaries"]
    assert other["EndpointName"] == ""
    sagemaker.delete_model_quality_job_definition(JobDefinitionName=name)
    assert sagemaker.list_model_quality_job_definitions(EndpointName=watched_endpoint)["JobDefinitionSummaries"] == []


def test_a_model_bias_definition_is_made_and_deleted(sagemaker, unique, watched_endpoint):
    name = unique("bias")
    sagemaker.create_model_bias_job_definition(**request("ModelBias", name, source(watched_endpoint) | LABELS))
    found = sagemaker.describe_model_bias_job_definition(JobDefinitionName=name)
    assert found["ModelBiasAppSpecification"]["ConfigUri"] == "s3://bucket/config.json"
    listed = sagemaker.list_model_bias_job_definitions(NameContains=name)["JobDefinitionSummaries"]
    assert len(listed) == 1
    sagemaker.delete_model_bias_job_definition(JobDefinitionName=name)
    assert sagemaker.list_model_bias_job_definitions(NameContains=name)["JobDefinitionSummaries"] == []


def test_a_model_explainability_definition_is_made_and_deleted(sagemaker, unique, watched_endpoint):
    name = unique("explain")
    sagemaker.create_model_explainability_job_definition(
        **request("ModelExplainability", name, source(watched_endpoint))
    )
    found = sagemaker.describe_model_explainability_job_definition(JobDefinitionName=name)
    assert found["ModelExplainabilityJobInput"] == source(watched_endpoint)
    listed = sagemaker.list_model_explainability_job_definitions(NameContains=name)["JobDefinitionSummaries"]
    assert len(listed) == 1
    sagemaker.delete_model_explainability_job_definition(JobDefinitionName=name)
    assert sagemaker.list_model_explainability_job_definitions(NameContains=name)["JobDefinitionSummaries"] == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Exactly one of EndpointInput and BatchTransformInput"),
        ({**BATCH, "EndpointInput": {"EndpointName": "x", "LocalPath": "/opt/ml/processing/input"}}, "Exactly one of"),
        (
            {"EndpointInput": {"EndpointName": "none", "LocalPath": "/opt/ml/processing/input"}},
            "Could not find endpoint",
        ),
        ({"BatchTransformInput": {**BATCH["BatchTransformInput"], "LocalPath": "/tmp"}}, "must start with"),
        ({"BatchTransformInput": {**BATCH["BatchTransformInput"], "S3InputMode": "Pipe"}}, "Pipe is not available"),
        ({"BatchTransformInput": {**BATCH["BatchTransformInput"], "StartTimeOffset": "-Pxx"}}, "is not an offset"),
        (
            {
                "BatchTransformInput": {
                    **BATCH["BatchTransformInput"],
                    "StartTimeOffset": "-P1D",
                    "EndTimeOffset": "-P8D",
                }
            },
            "StartTimeOffset must precede",
        ),
    ],
)
def test_an_input_that_cannot_be_read_is_refused(sagemaker, unique, given, words):
    code, text = refused(sagemaker.create_data_quality_job_definition, **request("DataQuality", unique("dq"), given))
    assert code == "ValidationException" and words in text


def test_an_unknown_role_or_image_is_refused(sagemaker, unique):
    asked = request("DataQuality", unique("dq"), BATCH)
    nobody = "arn:aws:iam::123456789012:role/Nobody"
    code, text = refused(sagemaker.create_data_quality_job_definition, **{**asked, "RoleArn": nobody})
    assert code == "ValidationException" and "Could not assume role" in text
    image = {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"}
    code, text = refused(
        sagemaker.create_data_quality_job_definition, **{**asked, "DataQualityAppSpecification": image}
    )
    assert code == "ValidationException" and "ormer images add" in text
