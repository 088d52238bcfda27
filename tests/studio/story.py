"""A small company's work for Studio to show: a pipeline, versions, endpoints, and delivery with a decision to make.

Everything is made by boto3 through the wire, as its users would; nothing is written past the server.
"""

from __future__ import annotations

import json
import runpy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

JsonDict = dict[str, Any]
PATIENCE_SECONDS = 240.0
ROLE, STORE, SITE = "studio-delivery", "studio-artifacts", "studio-site"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
SCRIPTS = ("preprocess.py", "evaluate.py")
# Each waits at a gate of its own name; this is where a test holds an execution unless it says otherwise.
HELD = "preprocess.py"
SERVICES = ("codepipeline", "codebuild", "cloudformation", "sagemaker")
BUILDSPEC = """version: 0.2
phases:
  build:
    commands:
      - echo "Approved version is found"
      - echo "Writing the templates of staging and production"
      - mkdir -p out && cp README.md out/staging.txt && cp README.md out/prod.txt
artifacts:
  base-directory: out
  files: ['**/*']
"""
BROKEN = """version: 0.2
phases:
  build:
    commands:
      - echo "There is no approved version in the group yet" >&2
      - exit 1
"""
# What a job or a build waits for: an object that is there while the gate is open.
GATES = "gates"
MAIN = b'if __name__ == "__main__":'
WAITS = """
import time

import boto3

while "Contents" not in boto3.client("s3").list_objects_v2(Bucket="{bucket}", Prefix="{key}"):
    time.sleep(0.1)

"""

ABALONE = Path(__file__).parents[1] / "abalone.py"
PIPELINE = "abalone"
EXECUTION_ROLE = "AmazonSageMakerServiceCatalogProductsUseRole"
# Animals of the data set: length, diameter, height, four weights, then sex as three columns.
ANIMALS = (
    "0.455,0.365,0.095,0.514,0.2245,0.101,0.15,0,0,1",
    "0.53,0.42,0.135,0.677,0.2565,0.1415,0.21,1,0,0",
    "0.33,0.255,0.08,0.205,0.0895,0.0395,0.055,0,1,0",
)


class Story:
    """client: makes a boto3 client by service name."""

    animals = ANIMALS
    broken = BROKEN

    def __init__(self, client: Callable[[str], Any], account: str, region: str = "us-east-1") -> None:
        self._client = client
        self.role = f"arn:aws:iam::{account}:role/{ROLE}"
        self._job_role = f"arn:aws:iam::{account}:role/service-role/{EXECUTION_ROLE}"
        self.bucket = f"sagemaker-{region}-{account}"
        module = runpy.run_path(str(ABALONE))
        self._checks, self._script = module["CHECKS"], module["script"]
        self._definition = module["Definition"](self.bucket, PIPELINE, region, self._job_role, PIPELINE)

    def pipeline(self) -> None:
        """The abalone pipeline, its scripts and configurations in S3."""
        s3 = self._client("s3")
        s3.create_bucket(Bucket=self.bucket)
        uploads = {self._definition.code_uri(name): self._held(name) for name in SCRIPTS}
        for gate in SCRIPTS:
            self.open(gate)
        uploads |= {
            self._definition.config_uri(check): json.dumps(content).encode()
            for check, content in self._definition.analysis_configs().items()
        }
        for uri, content in uploads.items():
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            s3.put_object(Bucket=bucket, Key=key, Body=content)
        self._client("sagemaker").create_pipeline(
            PipelineName=PIPELINE,
            PipelineDescription="Predicts the age of abalone from their measurements.",
            PipelineDefinition=json.dumps(self._definition.json()),
            RoleArn=self._job_role,
            ClientRequestToken=f"story-{time.time_ns():032d}",
        )

    def open(self, gate: str = HELD) -> None:
        """Let what waits at a gate go on, and all that comes by later."""
        self._client("s3").put_object(Bucket=self.bucket, Key=f"{GATES}/{gate}", Body=b"")

    def close(self, gate: str = HELD) -> None:
        """Hold what comes to a gate from now on."""
        self._client("s3").delete_object(Bucket=self.bucket, Key=f"{GATES}/{gate}")

    def waiting_at(self, gate: str, buildspec: str) -> str:
        """A buildspec whose build waits at a gate before its first command."""
        waits = f"until aws s3api head-object --bucket {self.bucket} --key {GATES}/{gate}; do sleep 0.2; done"
        return buildspec.replace("    commands:\n", f"    commands:\n      - {waits}\n", 1)

    def _held(self, name: str) -> bytes:
        """A script, which waits at its gate before it begins."""
        before, main, after = self._script(name).partition(MAIN)
        assert main, "the script has another end"
        return before + WAITS.format(bucket=self.bucket, key=f"{GATES}/{name}").encode() + main + after

    def first_flags(self) -> list[str]:
        """The parameters that a first run sets: there is no baseline yet."""
        pairs = (("Skip", "Check"), ("RegisterNew", "Baseline"))
        return sorted(f"{flag}{check}{noun}" for check in self._checks for flag, noun in pairs)

    def start(self, **parameters: str) -> str:
        """Start an execution. Returns its ARN."""
        given = [{"Name": name, "Value": value} for name, value in parameters.items()]
        started = self._client("sagemaker").start_pipeline_execution(
            PipelineName=PIPELINE, PipelineParameters=given, ClientRequestToken=f"story-{time.time_ns():032d}"
        )
        return str(started["PipelineExecutionArn"])

    def ended(self, execution: str) -> str:
        """Wait for the end of an execution. Returns its status."""
        client = self._client("sagemaker")

        def status() -> str | None:
            found = client.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"]
            return found if found in ("Succeeded", "Failed", "Stopped") else None

        return str(until(status))

    def executions(self) -> list[str]:
        """ARNs of the pipeline's executions, the newest first."""
        found = self._client("sagemaker").list_pipeline_executions(PipelineName=PIPELINE)
        return [str(one["PipelineExecutionArn"]) for one in found["PipelineExecutionSummaries"]]

    def version(self, number: int) -> str:
        """The ARN of a version of the group."""
        found = self._client("sagemaker").list_model_packages(ModelPackageGroupName=PIPELINE)["ModelPackageSummaryList"]
        return str(next(one["ModelPackageArn"] for one in found if one["ModelPackageVersion"] == number))

    def approve(self, number: int, comment: str) -> None:
        self._client("sagemaker").update_model_package(
            ModelPackageArn=self.version(number), ModelApprovalStatus="Approved", ApprovalDescription=comment
        )

    def endpoint(self, number: int, stage_name: str) -> str:
        """An endpoint of a stage that serves a version and captures what it is asked. Returns its name."""
        client, name = self._client("sagemaker"), f"{PIPELINE}-{stage_name}"
        client.create_model(
            ModelName=name,
            ExecutionRoleArn=self._job_role,
            Containers=[{"ModelPackageName": self.version(number)}],
        )
        client.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large"}
                | {"InitialInstanceCount": 1}
            ],
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{self.bucket}/captured",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
            },
        )
        client.create_endpoint(
            EndpointName=name,
            EndpointConfigName=name,
            Tags=[{"Key": "sagemaker:deployment-stage", "Value": stage_name}],
        )
        until(lambda: client.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService")
        return name

    def ask(self, endpoint: str, row: str) -> float:
        answer = self._client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, Body=row.encode(), ContentType="text/csv"
        )
        return float(answer["Body"].read())

    def captured(self, endpoint: str) -> None:
        """Wait until what an endpoint captured lies in S3."""
        s3, deadline = self._client("s3"), time.monotonic() + PATIENCE_SECONDS
        while not s3.list_objects_v2(Bucket=self.bucket, Prefix=f"captured/{endpoint}/").get("KeyCount"):
            assert time.monotonic() < deadline, f"{endpoint} has captured nothing"
            time.sleep(0.1)

    def furnish(self) -> None:
        """A role for delivery, and its buckets."""
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": [f"{name}.amazonaws.com" for name in SERVICES]},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        iam = self._client("iam")
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
        for bucket in (STORE, SITE):
            self._client("s3").create_bucket(Bucket=bucket)

    def delivery(self, name: str, message: str, buildspec: str = BUILDSPEC) -> None:
        """A repository with one commit, and a pipeline that builds it, asks a person, and deploys."""
        self._repository(name, message)
        self._client("codebuild").create_project(
            name=f"{name}-build",
            source={"type": "CODEPIPELINE", "buildspec": buildspec},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=self.role,
        )
        self._client("codepipeline").create_pipeline(pipeline=self._declared(name))

    def commit(self, name: str, message: str) -> None:
        """Another commit of the repository's README."""
        code = self._client("codecommit")
        head = code.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
        code.put_file(
            repositoryName=name,
            branchName="main",
            fileContent=f"{message}\n".encode(),
            filePath="README.md",
            parentCommitId=head,
            commitMessage=message,
            name="Ada",
        )

    def waiting_token(self, name: str, stage: str = "DeployStaging", action: str = "ApproveDeployment") -> str:
        """The token of the approval, once it waits."""

        def found() -> str | None:
            for each in self._client("codepipeline").get_pipeline_state(name=name)["stageStates"]:
                for one in each["actionStates"]:
                    if (each["stageName"], one["actionName"]) == (stage, action):
                        return one.get("latestExecution", {}).get("token")
            return None

        return str(until(found))

    def _repository(self, name: str, message: str) -> None:
        code = self._client("codecommit")
        code.create_repository(repositoryName=name)
        code.put_file(
            repositoryName=name,
            branchName="main",
            fileContent=b"one\n",
            filePath="README.md",
            commitMessage=message,
            name="Ada",
        )

    def _declared(self, name: str) -> JsonDict:
        code, built = [{"name": "Code"}], [{"name": "Built"}]
        return {
            "name": name,
            "roleArn": self.role,
            "artifactStore": {"type": "S3", "location": STORE},
            "stages": [
                stage("Source", action("Commit", "Source", "CodeCommit", _source(name), outputArtifacts=code)),
                stage(
                    "Build",
                    action(
                        "BuildTemplates",
                        "Build",
                        "CodeBuild",
                        {"ProjectName": f"{name}-build"},
                        inputArtifacts=code,
                        outputArtifacts=built,
                    ),
                ),
                stage(
                    "DeployStaging",
                    action("DeployStaging", "Deploy", "S3", _site(name, "staging"), inputArtifacts=built, runOrder=1),
                    action("ApproveDeployment", "Approval", "Manual", {"CustomData": _QUESTION}, runOrder=2),
                ),
                stage("DeployProd", action("DeployProd", "Deploy", "S3", _site(name, "prod"), inputArtifacts=built)),
            ],
        }


_QUESTION = "Approve this version for production?"


def _source(name: str) -> dict[str, str]:
    return {"RepositoryName": name, "BranchName": "main"}


def _site(name: str, stage_name: str) -> dict[str, str]:
    return {"BucketName": SITE, "Extract": "true", "ObjectKey": f"{name}/{stage_name}"}


def stage(name: str, *actions: JsonDict) -> JsonDict:
    return {"name": name, "actions": list(actions)}


def action(name: str, category: str, provider: str, configuration: dict[str, str], **more: Any) -> JsonDict:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration, **more}


def until(holds: Callable[[], Any], patience: float = PATIENCE_SECONDS) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)
    return found
