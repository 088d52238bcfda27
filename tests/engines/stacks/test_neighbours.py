"""Resource types whose operations belong to neighbouring services: each is tried once its operations are there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.engines.stacks import engine
from ormer.engines.worker import Again, Work, Worker
from ormer.first_run import use_role_arn
from ormer.stores import resources

from .conftest import ACCOUNT, Bench, bench_in

JsonDict = dict[str, Any]
ROLE = use_role_arn(ACCOUNT)
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1"
CAPABLE = ["CAPABILITY_NAMED_IAM"]


def trivial_endpoint(work: Work) -> Again | None:
    """An endpoint that comes into service at once with what it is asked to serve, and goes when it is to go."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None:
            return None
        if row.status == "Deleting":
            resources.delete(tx, row.arn)
        elif row.status in ("Creating", "Updating"):
            config = (row.facts.get("wanted") or {}).get("config") or row.document
            change = {"EndpointConfigName": config["EndpointConfigName"]}
            resources.advance(tx, row.arn, "InService", now=work.now, change=change)
    return None


@pytest.fixture
def hosting(tmp_path: Path) -> Iterator[Bench]:
    """A bench with endpoints that do trivially little."""
    bench = bench_in(tmp_path / "home", started=False)
    bench.worker = Worker(
        bench.house.stores, bench.house.port, {"stack": engine.run, "endpoint": trivial_endpoint}, threads=4
    )
    bench.worker.start()
    yield bench
    bench.close()


def deployment(environment: JsonDict, name: str = "served") -> JsonDict:
    """A model, its configuration and an endpoint with it, as model-deploy repositories have them."""
    container = {"Image": IMAGE, "Environment": environment}
    variant = {
        "InitialInstanceCount": "1",
        "InitialVariantWeight": 1.0,
        "InstanceType": "ml.m5.large",
        "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
        "VariantName": "AllTraffic",
    }
    capture = {
        "EnableCapture": "true",
        "InitialSamplingPercentage": "100",
        "DestinationS3Uri": "s3://captures/here",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    config = {"ProductionVariants": [variant], "DataCaptureConfig": capture}
    endpoint = {"EndpointName": name, "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]}}
    return {
        "Model": {
            "Type": "AWS::SageMaker::Model",
            "Properties": {"Containers": [container], "ExecutionRoleArn": ROLE},
        },
        "Config": {"Type": "AWS::SageMaker::EndpointConfig", "Properties": config},
        "Endpoint": {"Type": "AWS::SageMaker::Endpoint", "Properties": endpoint},
    }


def test_an_endpoint_is_waited_for_changed_over_and_taken_away(hosting: Bench) -> None:
    stack = hosting.create("deploy", deployment({"A": "1"}), Tags=[{"Key": "stage", "Value": "staging"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE", hosting.story("deploy")
    first = hosting.physical("deploy")
    described = hosting.api("sagemaker", "DescribeEndpoint", {"EndpointName": "served"})
    assert described["EndpointStatus"] == "InService" and described["EndpointArn"] == first["Endpoint"]
    assert hosting.update("deploy", deployment({"A": "2"}))["StackStatus"] == "UPDATE_COMPLETE"
    second = hosting.physical("deploy")
    assert second["Endpoint"] == first["Endpoint"]
    assert second["Model"] != first["Model"] and second["Config"] != first["Config"]
    described = hosting.api("sagemaker", "DescribeEndpoint", {"EndpointName": "served"})
    assert second["Config"].endswith(described["EndpointConfigName"])
    assert len(hosting.api("sagemaker", "ListModels", {})["Models"]) == 1
    assert hosting.delete("deploy")["StackStatus"] == "DELETE_COMPLETE"
    assert hosting.api("sagemaker", "ListEndpoints", {})["Endpoints"] == []
    assert hosting.api("sagemaker", "ListEndpointConfigs", {})["EndpointConfigs"] == []


def test_a_failed_deployment_leaves_the_endpoint_with_what_it_had(hosting: Bench) -> None:
    hosting.create("deploy", deployment({"A": "1"}))
    before = hosting.physical("deploy")
    bad = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "none", "PolicyDocument": {}}}
    changed = {**deployment({"A": "2"}), "Bad": {**bad, "DependsOn": "Endpoint"}}
    assert hosting.update("deploy", changed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert hosting.physical("deploy") == before
    described = hosting.api("sagemaker", "DescribeEndpoint", {"EndpointName": "served"})
    assert before["Config"].endswith(described["EndpointConfigName"])
    assert len(hosting.api("sagemaker", "ListEndpointConfigs", {})["EndpointConfigs"]) == 1


def test_a_repository_begins_with_the_archives_files(bench: Bench) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for number in range(120):
            archive.writestr(f"folder/{number}.txt", f"text {number}")
        archive.writestr("README.md", "hello")
    bench.api("s3", "CreateBucket", {"Bucket": "seeds"})
    bench.api("s3", "PutObject", {"Bucket": "seeds", "Key": "toolchain/seed.zip", "Body": raw.getvalue()})
    code = {"S3": {"Bucket": "seeds", "Key": "toolchain/seed.zip"}, "BranchName": "main"}
    properties = {"RepositoryName": "mine", "RepositoryDescription": "seeded", "Code": code}
    repository = {"R": {"Type": "AWS::CodeCommit::Repository", "Properties": properties}}
    outputs = {"Url": {"Value": {"Fn::GetAtt": ["R", "CloneUrlHttp"]}}, "Id": {"Value": {"Ref": "R"}}}
    stack = bench.create("s", repository, Outputs=outputs, Tags=[{"Key": "team", "Value": "a"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE", bench.story("s")
    found = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert found["Url"].endswith("/v1/repos/mine")
    asked = {"repositoryName": "mine", "filePath": "folder/119.txt"}
    assert bytes(bench.api("codecommit", "GetFile", asked)["fileContent"]) == b"text 119"
    shown = bench.api("codecommit", "GetRepository", {"repositoryName": "mine"})["repositoryMetadata"]
    assert shown["repositoryId"] == found["Id"]
    tags = bench.api("codecommit", "ListTagsForResource", {"resourceArn": shown["Arn"]})["tags"]
    assert tags["team"] == "a"
    properties["RepositoryName"] = "renamed"
    assert bench.update("s", repository, Outputs=outputs)["StackStatus"] == "UPDATE_COMPLETE"
    assert bench.api("codecommit", "GetRepository", {"repositoryName": "renamed"})
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    assert bench.api("codecommit", "ListRepositories", {})["repositories"] == []


@pytest.mark.parametrize("path", ["../out.txt", "/etc/x", ".git/config"])
def test_an_archive_that_leads_out_of_the_repository_is_refused(bench: Bench, path: str) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(path, "x")
    bench.api("s3", "CreateBucket", {"Bucket": "seeds"})
    bench.api("s3", "PutObject", {"Bucket": "seeds", "Key": "s.zip", "Body": raw.getvalue()})
    properties = {"RepositoryName": "mine", "Code": {"S3": {"Bucket": "seeds", "Key": "s.zip"}}}
    stack = bench.create("s", {"R": {"Type": "AWS::CodeCommit::Repository", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert bench.api("codecommit", "ListRepositories", {})["repositories"] == []


def test_a_rule_with_its_targets(bench: Bench) -> None:
    target = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/abalone"

    def rule(names: list[str], state: str = "ENABLED") -> JsonDict:
        pattern = {"source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"]}
        targets = [{"Id": name, "Arn": target, "RoleArn": ROLE} for name in names]
        properties = {"EventPattern": pattern, "State": state, "Targets": targets}
        return {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}

    stack = bench.create("s", rule(["one", "two"]), Outputs={"A": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", bench.cloudformation("DescribeStackEvents", StackName="s")
    name = bench.physical("s")["Rule"]
    assert bench.api("events", "DescribeRule", {"Name": name})["Arn"] == stack["Outputs"][0]["OutputValue"]
    bench.update("s", rule(["two"], "DISABLED"))
    assert bench.api("events", "DescribeRule", {"Name": name})["State"] == "DISABLED"
    listed = bench.api("events", "ListTargetsByRule", {"Rule": name})["Targets"]
    assert [one["Id"] for one in listed] == ["two"]
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    assert bench.api("events", "ListRules", {"NamePrefix": "s-"})["Rules"] == []


def test_an_alarm_that_tells_a_topic(bench: Bench) -> None:
    def template(threshold: int, shown: str) -> JsonDict:
        alarm = {
            "MetricName": "Invocation5XXErrors",
            "Namespace": "AWS/SageMaker",
            "Dimensions": [{"Name": "EndpointName", "Value": "served"}],
            "Statistic": "Sum",
            "Period": "60",
            "EvaluationPeriods": "1",
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [{"Ref": "Topic"}],
        }
        subscription = {"TopicArn": {"Ref": "Topic"}, "Protocol": "http", "Endpoint": "http://127.0.0.1:9/told"}
        return {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": shown}},
            "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        }

    stack = bench.create("s", template(5, "first"), Tags=[{"Key": "team", "Value": "a"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE", bench.cloudformation("DescribeStackEvents", StackName="s")
    ids = bench.physical("s")
    assert bench.update("s", template(7, "second"))["StackStatus"] == "UPDATE_COMPLETE"
    assert bench.physical("s") == ids
    (alarm,) = bench.api("cloudwatch", "DescribeAlarms", {"AlarmNames": [ids["Alarm"]]})["MetricAlarms"]
    assert alarm["Threshold"] == 7 and alarm["AlarmActions"] == [ids["Topic"]]
    attributes = bench.api("sns", "GetTopicAttributes", {"TopicArn": ids["Topic"]})["Attributes"]
    assert attributes["DisplayName"] == "second"
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    assert bench.api("sns", "ListTopics", {})["Topics"] == []
    assert bench.api("cloudwatch", "DescribeAlarms", {})["MetricAlarms"] == []


def test_an_endpoint_that_scales(hosting: Bench) -> None:
    ids = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/served/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    tracking = {
        "TargetValue": 70,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }

    def template(most: str) -> JsonDict:
        target = {**ids, "MinCapacity": "1", "MaxCapacity": most, "RoleARN": ROLE}
        policy = {
            "PolicyName": "by-load",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": {"Ref": "Target"},
            "TargetTrackingScalingPolicyConfiguration": tracking,
        }
        return {
            **deployment({}),
            "Target": {
                "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                "Properties": target,
                "DependsOn": "Endpoint",
            },
            "Policy": {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": policy},
        }

    stack = hosting.create("s", template("2"))
    assert stack["StackStatus"] == "CREATE_COMPLETE", hosting.cloudformation("DescribeStackEvents", StackName="s")
    assert hosting.update("s", template("3"))["StackStatus"] == "UPDATE_COMPLETE"
    asked = {"ServiceNamespace": "sagemaker"}
    (target,) = hosting.api("application-autoscaling", "DescribeScalableTargets", asked)["ScalableTargets"]
    assert target["MaxCapacity"] == 3
    (policy,) = hosting.api("application-autoscaling", "DescribeScalingPolicies", asked)["ScalingPolicies"]
    assert policy["PolicyName"] == "by-load"
    assert hosting.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    assert hosting.api("application-autoscaling", "DescribeScalableTargets", asked)["ScalableTargets"] == []


def test_a_build_project(bench: Bench) -> None:
    properties = {
        "ServiceRole": ROLE,
        "Artifacts": {"Type": "CODEPIPELINE"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "EnvironmentVariables": [{"Name": "SAGEMAKER_PROJECT_NAME", "Value": "abalone"}],
        },
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": "buildspec.yml"},
        "TimeoutInMinutes": "480",
    }
    project = {"P": {"Type": "AWS::CodeBuild::Project", "Properties": properties}}
    assert bench.create("s", project, Tags=[{"Key": "t", "Value": "1"}])["StackStatus"] == "CREATE_COMPLETE"
    name = bench.physical("s")["P"]
    (shown,) = bench.api("codebuild", "BatchGetProjects", {"names": [name]})["projects"]
    assert shown["source"]["buildspec"] == "buildspec.yml" and shown["timeoutInMinutes"] == 480
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"
