"""A small company's work for Studio to show: a pipeline, versions, an endpoint, and delivery with a decision to make.

Everything is made by boto3 through the wire, as its users would; nothing is written past the server.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

JsonDict = dict[str, Any]
PATIENCE_SECONDS = 240.0
ROLE, STORE, SITE = "studio-delivery", "studio-artifacts", "studio-site"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
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


class Story:
    """client: makes a boto3 client by service name."""

    def __init__(self, client: Callable[[str], Any], account: str) -> None:
        self._client = client
        self.role = f"arn:aws:iam::{account}:role/{ROLE}"

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
