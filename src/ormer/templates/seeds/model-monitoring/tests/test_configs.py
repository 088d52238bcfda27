"""What the build takes from the deployed endpoint, and what it writes for each stage."""

import json
import re
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

import baselines
import get_baselines_and_configs as build

HERE = Path(__file__).parents[1]
ARN = "arn:aws:sagemaker:us-east-1:123456789012:"
VERSION = f"{ARN}model-package/abalone/2"
SHARED = {
    *baselines.AS_REGISTERED,
    "BiasConstraints",
    "DataQualityConstraints",
    "ExplainabilityConfigFile",
    "ModelMonitorImageUri",
    "ClarifyImageUri",
}
ARGUMENTS = {
    "sagemaker_project_name": "abalone",
    "sagemaker_project_id": "p-1",
    "model_monitor_role": "arn:aws:iam::123456789012:role/r",
    "monitor_outputs_bucket": "bucket",
}


@pytest.fixture
def sagemaker():
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield client, stubber


def endpoint(status):
    return {
        "EndpointName": "abalone-staging",
        "EndpointArn": f"{ARN}endpoint/abalone-staging",
        "EndpointConfigName": "config-b",
        "EndpointStatus": status,
        "CreationTime": 0,
        "LastModifiedTime": 0,
    }


def config():
    return {
        "EndpointConfigName": "config-b",
        "EndpointConfigArn": f"{ARN}endpoint-config/config-b",
        "ProductionVariants": [{"VariantName": "AllTraffic", "ModelName": "model-b"}],
        "CreationTime": 0,
    }


def model(container):
    return {
        "ModelName": "model-b",
        "ModelArn": f"{ARN}model/model-b",
        "ExecutionRoleArn": ARGUMENTS["model_monitor_role"],
        "CreationTime": 0,
        "Containers": [container],
    }


def test_the_version_is_found_from_the_endpoint(sagemaker):
    client, stubber = sagemaker
    stubber.add_response("describe_endpoint", endpoint("InService"), {"EndpointName": "abalone-staging"})
    stubber.add_response("describe_endpoint_config", config())
    stubber.add_response("describe_model", model({"ModelPackageName": VERSION}))
    assert build.deployed(client, "abalone-staging") == ("model-b", VERSION)


def test_without_an_endpoint_a_person_is_told_what_to_do(sagemaker):
    client, stubber = sagemaker
    stubber.add_client_error("describe_endpoint", "ValidationException", 'Could not find endpoint "abalone-staging".')
    with pytest.raises(baselines.NothingToMonitor, match="Approve a model version"):
        build.deployed(client, "abalone-staging")


def test_an_endpoint_that_failed_is_not_monitored(sagemaker):
    client, stubber = sagemaker
    stubber.add_response("describe_endpoint", endpoint("Failed"))
    with pytest.raises(baselines.NothingToMonitor, match="is Failed"):
        build.deployed(client, "abalone-staging")


def test_a_model_of_no_version_has_no_baselines(sagemaker):
    client, stubber = sagemaker
    stubber.add_response("describe_endpoint", endpoint("InService"))
    stubber.add_response("describe_endpoint_config", config())
    stubber.add_response("describe_model", model({"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"}))
    with pytest.raises(baselines.NothingToMonitor, match="not made from a registered version"):
        build.deployed(client, "abalone-staging")


@pytest.mark.parametrize("stage", ["staging", "prod"])
def test_every_parameter_of_the_template_has_a_value(stage):
    template = (HERE / "model-monitor-template.yml").read_text()
    declared = re.search(r"^Parameters:\n(.*?)^Conditions:", template, re.M | re.S)[1]
    names = set(re.findall(r"^  (\w+):", declared, re.M))
    given = json.loads((HERE / f"{stage}-monitoring-schedule-config.json").read_text())
    made = build.stage_config(given, dict.fromkeys(SHARED, "s3://b/k"), type("Arguments", (), ARGUMENTS))
    assert set(made["Parameters"]) == names
    assert made["Parameters"]["EndpointName"] == f"abalone-{stage}"
    assert made["Tags"]["sagemaker:deployment-stage"] == stage
