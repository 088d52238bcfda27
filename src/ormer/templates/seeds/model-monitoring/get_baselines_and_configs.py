"""Take the baselines of the version that the staging endpoint serves and write how each stage is monitored.

Both stages get the baselines of that version, since it is the one that production serves or is about to. The exit
status is 1, after a sentence that says what to do, when there is no staging endpoint yet or no baseline.
"""

import argparse
import json
import sys

import boto3
from botocore.exceptions import ClientError

from baselines import NothingToMonitor, prepared

STAGE_TAG, ID_TAG, NAME_TAG = "sagemaker:deployment-stage", "sagemaker:project-id", "sagemaker:project-name"
STAGING = "staging"


def deployed(client, endpoint):
    """(name of the model, ARN of the version) that an endpoint serves. Raises NothingToMonitor."""
    try:
        described = client.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if "could not find" not in str(error).lower():
            raise
        raise NothingToMonitor(
            f"There is no endpoint {endpoint} yet, so there is nothing to monitor. Approve a model version: that "
            "deploys it to staging, and the new endpoint starts this delivery again by itself."
        )
    if described["EndpointStatus"] not in ("InService", "Updating"):
        raise NothingToMonitor(
            f"The endpoint {endpoint} is {described['EndpointStatus']} and serves nothing that could be monitored. "
            "Once it is in service this delivery starts again by itself."
        )
    config = client.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
    model = config["ProductionVariants"][0]["ModelName"]
    for container in containers(client.describe_model(ModelName=model)):
        if "ModelPackageName" in container:
            return model, container["ModelPackageName"]
    raise NothingToMonitor(
        f"The model {model} of the endpoint {endpoint} was not made from a registered version, so it has no "
        "baselines. Deploy a version of the model registry."
    )


def containers(model):
    """The containers of a model, however it was described."""
    primary = model.get("PrimaryContainer")
    return model.get("Containers") or ([primary] if primary else [])


def images(region):
    """{parameter: image} of the analyzers in this region."""
    from sagemaker import image_uris

    return {
        "ModelMonitorImageUri": image_uris.retrieve(framework="model-monitor", region=region),
        "ClarifyImageUri": image_uris.retrieve(framework="clarify", region=region),
    }


def stage_config(given, shared, arguments):
    """A stage's template configuration: its own parameters with those that all stages share, and the stack's tags."""
    parameters = {**given["Parameters"], **shared}
    stage = parameters["StageName"]
    name = arguments.sagemaker_project_name
    parameters.update(
        SageMakerProjectName=name,
        EndpointName=f"{name}-{stage}",
        ModelMonitorRoleArn=arguments.model_monitor_role,
        MonitorOutputS3Uri=f"s3://{arguments.monitor_outputs_bucket}/model-monitor-output-{stage}",
    )
    tags = {**given.get("Tags", {}), STAGE_TAG: stage, ID_TAG: arguments.sagemaker_project_id, NAME_TAG: name}
    return {"Parameters": {key: str(value) for key, value in parameters.items()}, "Tags": tags}


def main(words=None):
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model-monitor-role", required=True)
    parser.add_argument("--sagemaker-project-id", required=True)
    parser.add_argument("--sagemaker-project-name", required=True)
    parser.add_argument("--monitor-outputs-bucket", required=True)
    parser.add_argument("--import-staging-config", default="staging-monitoring-schedule-config.json")
    parser.add_argument("--import-prod-config", default="prod-monitoring-schedule-config.json")
    parser.add_argument("--export-staging-config", default="staging-monitoring-schedule-config-export.json")
    parser.add_argument("--export-prod-config", default="prod-monitoring-schedule-config-export.json")
    arguments = parser.parse_args(words)

    client = boto3.client("sagemaker")
    try:
        model, version = deployed(client, f"{arguments.sagemaker_project_name}-{STAGING}")
        found = client.describe_model_package(ModelPackageName=version).get("DriftCheckBaselines", {})
        place = (arguments.monitor_outputs_bucket, f"monitoring-baselines/{version.rpartition('/')[2]}")
        shared = prepared(boto3.client("s3"), found, version, model, place)
    except NothingToMonitor as reason:
        print(reason, file=sys.stderr)
        return 1
    shared.update(images(client.meta.region_name))
    print(f"monitoring {version}")
    for source, target in (
        (arguments.import_staging_config, arguments.export_staging_config),
        (arguments.import_prod_config, arguments.export_prod_config),
    ):
        with open(source) as file:
            config = stage_config(json.load(file), shared, arguments)
        with open(target, "w") as file:
            json.dump(config, file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
