"""A template of the shape that public project templates have: a function starts a build that checks seed code in."""

from __future__ import annotations

import json
import time

from ormer.stores import connections

SECONDS_MAX = 120.0
SEEDS = "sagemaker-servicecatalog-seedcode-us-east-1"
SEED = "toolchain/model-building-workflow-v1.0.zip"
STARTER = """
import boto3, cfnresponse, os, time

def handler(event, context):
    if event["RequestType"] != "Create":
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {})
        return
    given, client = event["ResourceProperties"], boto3.client("codebuild")
    identifier = given["Connection"].rpartition("/")[2]
    url = "https://codeconnections.{0}.amazonaws.com/git-http/{1}/{0}/{2}/{3}.git".format(
        os.environ["AWS_REGION"], given["Account"], identifier, given["Repository"])
    build = client.start_build(
        projectName=given["Project"],
        environmentVariablesOverride=[
            {"name": "GIT_REPOSITORY_URL", "value": url, "type": "PLAINTEXT"},
            {"name": "GIT_REPOSITORY_BRANCH", "value": "main", "type": "PLAINTEXT"},
        ],
        secondarySourcesOverride=[{"type": "S3", "sourceIdentifier": "source", "location": given["Seed"]}],
    )["build"]
    while build["buildStatus"] == "IN_PROGRESS":
        time.sleep(0.5)
        build = client.batch_get_builds(ids=[build["id"]])["builds"][0]
    done = cfnresponse.SUCCESS if build["buildStatus"] == "SUCCEEDED" else cfnresponse.FAILED
    cfnresponse.send(event, context, done, {"url": url}, reason=str(build.get("phases")))
"""


def template(name: str, connection: str) -> str:
    def role(ending: str) -> dict:
        return {"Fn::Sub": f"arn:aws:iam::${{AWS::AccountId}}:role/service-role/AmazonSageMakerProjects{ending}Role"}

    project = {
        "Name": name,
        "ServiceRole": role("CodeBuild"),
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "standard:5.0"},
        "Source": {
            "Type": "S3",
            "Location": f"{SEEDS}/bootstrap/GitRepositorySeedCodeCheckinCodeBuildProject-v1.1.zip",
            "BuildSpec": "buildspec.yml",
        },
    }
    function = {
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Timeout": 900,
        "Role": role("Lambda"),
        "Code": {"ZipFile": STARTER},
    }
    asked = {
        "ServiceToken": {"Fn::GetAtt": ["Starter", "Arn"]},
        "Account": {"Ref": "AWS::AccountId"},
        "Connection": connection,
        "Repository": "me/model",
        "Project": {"Ref": "Project"},
        "Seed": f"{SEEDS}/{SEED}",
    }
    return json.dumps(
        {
            "Resources": {
                "Project": {"Type": "AWS::CodeBuild::Project", "Properties": project},
                "Starter": {"Type": "AWS::Lambda::Function", "Properties": function},
                "Seeded": {"Type": "AWS::CloudFormation::CustomResource", "Properties": asked},
            },
            "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Seeded", "url"]}}},
        }
    )


def test_a_stack_checks_seed_code_in_through_a_connection(shared_server, names):
    """Twice: what has a branch already is left alone."""
    name, stores = f"seeded-{next(names)}", shared_server.house.stores
    codecommit, cloudformation = shared_server.client("codecommit"), shared_server.client("cloudformation")
    codecommit.create_repository(repositoryName=name)
    made = shared_server.client("codeconnections").create_connection(ProviderType="GitHub", ConnectionName=name)
    with stores.database.write() as tx:
        row = connections.find(tx, "123456789012", "us-east-1", made["ConnectionArn"])
        connections.use(tx, row, stores.vault, "me/model", connections.Remote(repository=name), stores.clock.now())
    for stack_name in (name, f"{name}-again"):
        body = template(stack_name, made["ConnectionArn"])
        cloudformation.create_stack(StackName=stack_name, TemplateBody=body)
        stack = ended(cloudformation, stack_name)
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert stack["Outputs"][0]["OutputValue"].endswith("/me/model.git")
        if stack_name == name:
            head = codecommit.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
            files = codecommit.get_folder(repositoryName=name, folderPath="/")["files"]
            assert "codebuild-buildspec.yml" in [file["relativePath"] for file in files]
    assert codecommit.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"] == head


def ended(cloudformation, name):
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        assert time.monotonic() < deadline, stack
        time.sleep(0.1)
