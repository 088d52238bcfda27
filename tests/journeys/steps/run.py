"""A pipeline of plain functions, as `@step` makes them: no image is named, so that the SDK takes its base image."""

import argparse
import json
import os

import boto3
from sagemaker.workflow.function_step import step
from sagemaker.workflow.parameters import ParameterInteger
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession

# A setting of the SDK that repositories of such pipelines bring along: what every function needs beyond the image.
SETTINGS = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"RemoteFunction": {"Dependencies": "requirements.txt"}}}},
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role")
    parser.add_argument("--bucket")
    told = parser.parse_args()
    with open("requirements.txt", "w") as file:
        file.write("tabulate\n")
    with open("config.yaml", "w") as file:
        json.dump(SETTINGS, file)
    os.environ["SAGEMAKER_USER_CONFIG_OVERRIDE"] = "./config.yaml"
    boto = boto3.Session()
    session = PipelineSession(boto_session=boto, sagemaker_client=boto.client("sagemaker"), default_bucket=told.bucket)

    @step(name="count", instance_type="ml.m5.large")
    def count(limit):
        return {"numbers": list(range(limit))}

    @step(name="add", instance_type="ml.m5.large")
    def add(counted):
        import tabulate

        return f"{tabulate.__name__}: {sum(counted['numbers'])}"

    added = add(count(ParameterInteger(name="Limit", default_value=5)))
    pipeline = Pipeline(
        name="functions",
        steps=[added],
        parameters=[ParameterInteger(name="Limit", default_value=5)],
        sagemaker_session=session,
    )
    pipeline.upsert(role_arn=told.role)
    execution = pipeline.start({"Limit": 7})
    execution.wait(delay=2, max_attempts=300)
    print(json.dumps({"stage": "result", "execution": execution.arn, "added": execution.result("add")}))


if __name__ == "__main__":
    main()
