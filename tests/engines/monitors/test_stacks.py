"""Monitors as a project's monitoring repository brings them: baselines from the registry, the rest from a stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.aws.clock import ManualClock
from ormer.engines.monitors.engine import SCHEDULE_TASK, TASK, MonitorsEngine
from ormer.engines.stacks import engine as stacks
from ormer.engines.worker import Worker

from .conftest import ANALYZER, BUCKET, CLARIFY, HOUR, NOON, REPORTS, ROLE, Bench, bench_in, obedient_job

JsonDict = dict[str, Any]
BASELINE = f"s3://{BUCKET}/baseline"
CLUSTER = {"ClusterConfig": {"InstanceCount": {"Ref": "Count"}, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}}


@pytest.fixture
def project(tmp_path: Path, clock: ManualClock) -> Iterator[Bench]:
    """A bench that makes stacks, too, with an endpoint whose model came from the registry."""
    bench = bench_in(tmp_path / "home", clock, started=False)
    monitors = MonitorsEngine(clock, bench.house.captures.flush)
    functions = {
        SCHEDULE_TASK: monitors.run_schedule,
        TASK: monitors.run_execution,
        "job": obedient_job,
        "stack": stacks.run,
    }
    bench.worker = Worker(bench.house.stores, bench.house.port, functions, 4)
    bench.worker.start()
    bench.api("s3", "CreateBucket", {"Bucket": BUCKET})
    registered_endpoint(bench)
    yield bench
    bench.worker.stop()
    bench.house.stores.close()


def registered_endpoint(bench: Bench) -> None:
    def source(path: str) -> JsonDict:
        return {"ContentType": "application/json", "S3Uri": f"{BASELINE}/{path}"}

    bench.sagemaker("CreateModelPackageGroup", ModelPackageGroupName="shop")
    package = bench.sagemaker(
        "CreateModelPackage",
        ModelPackageGroupName="shop",
        ModelApprovalStatus="Approved",
        DriftCheckBaselines={
            "Bias": {
                "ConfigFile": source("bias_config.json"),
                "PreTrainingConstraints": source("pre.json"),
                "PostTrainingConstraints": source("post.json"),
            },
            "Explainability": {"ConfigFile": source("config.json"), "Constraints": source("analysis.json")},
            "ModelQuality": {"Statistics": source("mq/statistics.json"), "Constraints": source("mq/constraints.json")},
            "ModelDataQuality": {"Statistics": source("statistics.json"), "Constraints": source("constraints.json")},
        },
        InferenceSpecification={
            "Containers": [{"Image": ANALYZER, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    containers = [{"ModelPackageName": package}]
    bench.sagemaker("CreateModel", ModelName="shop-model", ExecutionRoleArn=ROLE, Containers=containers)
    variant = {"VariantName": "AllTraffic", "ModelName": "shop-model", "InitialInstanceCount": 1}
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    bench.sagemaker(
        "CreateEndpointConfig",
        EndpointConfigName="shop-config",
        ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
        DataCaptureConfig=capture,
    )
    bench.sagemaker("CreateEndpoint", EndpointName="shop-staging", EndpointConfigName="shop-config")


def baselines(bench: Bench) -> JsonDict:
    """What the repository's program asks, from the endpoint's name to the baselines of its model's version."""
    endpoint = bench.sagemaker("DescribeEndpoint", EndpointName="shop-staging")
    config = bench.sagemaker("DescribeEndpointConfig", EndpointConfigName=endpoint["EndpointConfigName"])
    model = bench.sagemaker("DescribeModel", ModelName=config["ProductionVariants"][0]["ModelName"])
    package = model["Containers"][0]["ModelPackageName"]
    found: JsonDict = bench.sagemaker("DescribeModelPackage", ModelPackageName=package)["DriftCheckBaselines"]
    return found


def definition(monitor: str, application: JsonDict, baseline: JsonDict, **more: Any) -> JsonDict:
    source = {"EndpointName": {"Ref": "Endpoint"}, "LocalPath": "/opt/ml/processing/input/endpoint"}
    output = {"S3Uri": {"Ref": "Reports"}, "LocalPath": "/opt/ml/processing/output"}
    properties = {
        "JobDefinitionName": {"Fn::Join": ["-", [{"Ref": "Endpoint"}, monitor]]},
        f"{monitor}AppSpecification": {**application, "Environment": {"publish_cloudwatch_metrics": "Enabled"}},
        f"{monitor}BaselineConfig": baseline,
        f"{monitor}JobInput": {"EndpointInput": source, **more},
        f"{monitor}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "JobResources": CLUSTER,
        "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
    }
    return {"Type": f"AWS::SageMaker::{monitor}JobDefinition", "Properties": properties}


def schedule(monitor: str) -> JsonDict:
    config = {
        "MonitoringJobDefinitionName": {"Fn::GetAtt": [monitor, "JobDefinitionName"]},
        "MonitoringType": monitor,
        "ScheduleConfig": {"ScheduleExpression": {"Ref": "Cron"}},
    }
    return {
        "Type": "AWS::SageMaker::MonitoringSchedule",
        "DependsOn": monitor,
        "Properties": {
            "MonitoringScheduleName": {"Fn::Join": ["-", [{"Ref": "Endpoint"}, monitor]]},
            "MonitoringScheduleConfig": config,
        },
    }


def template() -> JsonDict:
    names = ("Endpoint", "Reports", "Cron", "Labels", "Constraints", "Statistics", "Explained", "Config")
    labels = {"GroundTruthS3Input": {"S3Uri": {"Ref": "Labels"}}}
    quality = definition("ModelQuality", {"ImageUri": ANALYZER, "ProblemType": "Regression"}, {}, **labels)
    explained = {"ConstraintsResource": {"S3Uri": {"Ref": "Explained"}}}
    data = {
        "ConstraintsResource": {"S3Uri": {"Ref": "Constraints"}},
        "StatisticsResource": {"S3Uri": {"Ref": "Statistics"}},
    }
    return {
        "Parameters": {**{name: {"Type": "String"} for name in names}, "Count": {"Type": "Number", "Default": 1}},
        "Conditions": {"HasLabels": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Labels"}, ""]}]}},
        "Resources": {
            "DataQuality": definition("DataQuality", {"ImageUri": ANALYZER}, data),
            "DataQualitySchedule": schedule("DataQuality"),
            "ModelExplainability": definition(
                "ModelExplainability", {"ImageUri": CLARIFY, "ConfigUri": {"Ref": "Config"}}, explained
            ),
            "ModelExplainabilitySchedule": schedule("ModelExplainability"),
            "ModelQuality": {**quality, "Condition": "HasLabels"},
            "ModelQualitySchedule": {**schedule("ModelQuality"), "Condition": "HasLabels"},
        },
    }


def deployed(bench: Bench, operation: str, cron: str) -> JsonDict:
    known = baselines(bench)
    parameters = {
        "Endpoint": "shop-staging",
        "Reports": REPORTS,
        "Cron": cron,
        "Labels": "",
        "Constraints": known["ModelDataQuality"]["Constraints"]["S3Uri"],
        "Statistics": known["ModelDataQuality"]["Statistics"]["S3Uri"],
        "Explained": known["Explainability"]["Constraints"]["S3Uri"],
        "Config": known["Explainability"]["ConfigFile"]["S3Uri"],
    }
    request = {
        "StackName": "monitors",
        "TemplateBody": json.dumps(template()),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    bench.api("cloudformation", operation, request)

    def stack() -> JsonDict:
        found: JsonDict = bench.api("cloudformation", "DescribeStacks", {"StackName": "monitors"})["Stacks"][0]
        return found

    bench.until(lambda: not stack()["StackStatus"].endswith("_IN_PROGRESS"))
    return stack()


def test_a_stack_brings_monitors_that_run_changes_them_and_takes_them_away(project: Bench) -> None:
    bench = project
    bench.put(
        f"{BASELINE}/config.json", json.dumps({"methods": {"shap": {}}, "predictor": {"model_name": "shop-model"}})
    )
    made = deployed(bench, "CreateStack", "cron(0 * ? * * *)")
    assert made["StackStatus"] == "CREATE_COMPLETE", made
    listed = bench.sagemaker("ListMonitoringSchedules", EndpointName="shop-staging")["MonitoringScheduleSummaries"]
    assert {one["MonitoringScheduleName"] for one in listed} == {
        "shop-staging-DataQuality",
        "shop-staging-ModelExplainability",
    }
    bench.capture(NOON, endpoint="shop-staging")
    bench.clock.advance(HOUR)
    runs = bench.ended(2)
    assert [run["MonitoringExecutionStatus"] for run in runs] == ["Completed", "Completed"]
    (quality,) = [run for run in runs if run["MonitoringType"] == "DataQuality"]
    inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in bench.job(quality)["ProcessingInputs"]}
    assert inputs["constraints"] == f"{BASELINE}/constraints.json"
    assert inputs["baseline"] == f"{BASELINE}/statistics.json"

    changed = deployed(bench, "UpdateStack", "cron(0 6 ? * * *)")
    assert changed["StackStatus"] == "UPDATE_COMPLETE", changed
    found = bench.sagemaker("DescribeMonitoringSchedule", MonitoringScheduleName="shop-staging-DataQuality")
    assert found["MonitoringScheduleConfig"]["ScheduleConfig"]["ScheduleExpression"] == "cron(0 6 ? * * *)"

    bench.api("cloudformation", "DeleteStack", {"StackName": "monitors"})
    bench.until(lambda: not bench.sagemaker("ListMonitoringSchedules")["MonitoringScheduleSummaries"])
    bench.until(lambda: not bench.sagemaker("ListDataQualityJobDefinitions")["JobDefinitionSummaries"])
    assert bench.sagemaker("ListModelExplainabilityJobDefinitions")["JobDefinitionSummaries"] == []
    assert len(bench.runs()) == 2, "what ran stays told"
