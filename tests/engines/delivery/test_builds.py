"""A delivery pipeline with real builds: artifacts in and out, several inputs, variables both ways."""

from __future__ import annotations

import json
from typing import Any

from ormer.app import House

from .conftest import ROLE, SITE, Bench, action, stage

MAKING = """
version: 0.2
env:
  exported-variables: [COLOUR]
phases:
  build:
    commands:
      - export COLOUR=blue
      - echo "$GREETING" > out.txt
artifacts:
  files: [out.txt]
"""
TESTING = """
version: 0.2
phases:
  build:
    commands:
      - grep hi $CODEBUILD_SRC_DIR_Built/out.txt
      - test -f test.yml
"""


def project(bench: Bench, name: str, buildspec: str) -> None:
    source: dict[str, Any] = {"type": "CODEPIPELINE", "buildspec": buildspec}
    image = "aws/codebuild/amazonlinux2-x86_64-standard:5.0"
    request = {
        "name": name,
        "source": source,
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {"type": "LINUX_CONTAINER", "image": image, "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": ROLE,
    }
    bench.api("codebuild", "CreateProject", request)


def test_a_build_is_given_its_artifacts_and_hands_on_what_it_made(house: House) -> None:
    bench = Bench(house, house.worker)
    bench.furnish()
    bench.drop({"make.yml": MAKING, "test.yml": TESTING})
    project(bench, "making", "make.yml")
    project(bench, "testing", "test.yml")
    code, built = {"name": "Code"}, {"name": "Built"}
    env = json.dumps([{"name": "GREETING", "value": "hi #{Given.ObjectKey}"}])
    given = {"ProjectName": "making", "EnvironmentVariables": env}
    make = action("Make", "Build", "CodeBuild", given, inputArtifacts=[code], outputArtifacts=[built], namespace="Made")
    test_given = {"ProjectName": "testing", "PrimarySource": "Code"}
    test = action("Test", "Test", "CodeBuild", test_given, inputArtifacts=[code, built])
    where = {"BucketName": SITE, "Extract": "true", "ObjectKey": "#{Made.COLOUR}"}
    put = action("Put", "Deploy", "S3", where, inputArtifacts=[built])
    first = bench.create("web", stage("Build", make), stage("Check", test), stage("Deploy", put))
    assert bench.ended("web", first) == "Succeeded"
    assert bench.content("blue/out.txt") == b"hi source.zip\n"
