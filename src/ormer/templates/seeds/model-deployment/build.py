"""Find the latest approved version of the model and write how each stage deploys it.

The delivery hands what is written here, together with endpoint-config-template.yml, to CloudFormation: one stack for
staging, one for production. The exit status is 1, after a sentence that says what to do, when nothing is approved yet.
"""

import argparse
import json
import sys

import boto3
from botocore.exceptions import ClientError

STAGE_TAG, ID_TAG, NAME_TAG = "sagemaker:deployment-stage", "sagemaker:project-id", "sagemaker:project-name"


class NothingToDeploy(Exception):
    """There is no approved version; the text is for a person."""


def latest_approved(client, group):
    """The ARN of the newest approved version of a model package group. Raises NothingToDeploy."""
    try:
        found = client.list_model_packages(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"]
    except ClientError as error:
        if "does not exist" not in str(error) and "not found" not in str(error).lower():
            raise
        found = []
    if not found:
        raise NothingToDeploy(
            f"There is no approved model in the group {group} yet, so there is nothing to deploy. "
            "Approve a version of it in the model registry: that starts this delivery again by itself."
        )
    return found[0]["ModelPackageArn"]


def stage_config(given, version, arguments):
    """A stage's template configuration: its own parameters with those that all stages share, and the stack's tags."""
    parameters = dict(given["Parameters"])
    stage = parameters["StageName"]
    parameters.update(
        SageMakerProjectName=arguments.sagemaker_project_name,
        ModelPackageName=version,
        ModelExecutionRoleArn=arguments.model_execution_role,
        DataCaptureUploadPath=f"s3://{arguments.s3_bucket}/datacapture-{stage}",
    )
    # Tags of a stack are given to what it makes: by them a version's page tells to which stages it came.
    tags = dict(given.get("Tags", {}))
    tags.update(
        {STAGE_TAG: stage, ID_TAG: arguments.sagemaker_project_id, NAME_TAG: arguments.sagemaker_project_name}
    )
    return {"Parameters": {name: str(value) for name, value in parameters.items()}, "Tags": tags}


def main(words=None, client=None):
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model-package-group-name", required=True)
    parser.add_argument("--model-execution-role", required=True)
    parser.add_argument("--sagemaker-project-id", required=True)
    parser.add_argument("--sagemaker-project-name", required=True)
    parser.add_argument("--s3-bucket", required=True, help="the project's bucket, for captured data")
    parser.add_argument("--import-staging-config", default="staging-config.json")
    parser.add_argument("--import-prod-config", default="prod-config.json")
    parser.add_argument("--export-staging-config", default="staging-config-export.json")
    parser.add_argument("--export-prod-config", default="prod-config-export.json")
    arguments = parser.parse_args(words)

    try:
        version = latest_approved(client or boto3.client("sagemaker"), arguments.model_package_group_name)
    except NothingToDeploy as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"deploying {version}")
    for source, target in (
        (arguments.import_staging_config, arguments.export_staging_config),
        (arguments.import_prod_config, arguments.export_prod_config),
    ):
        with open(source) as file:
            config = stage_config(json.load(file), version, arguments)
        with open(target, "w") as file:
            json.dump(config, file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
