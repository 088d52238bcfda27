"""A training pipeline as the Data Science SDK of Step Functions writes it: `python run.py --role ARN --bucket BUCKET`.

Trains, makes a model, hosts it and asks a function about it; then the SDK's own template of a pipeline.
"""

import argparse
import io
import json
import random
import time
import zipfile

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from stepfunctions.inputs import ExecutionInput
from stepfunctions.steps import (
    Catch,
    Chain,
    Choice,
    ChoiceRule,
    EndpointConfigStep,
    EndpointStep,
    Fail,
    LambdaStep,
    ModelStep,
    Retry,
    TrainingStep,
)
from stepfunctions.template.pipeline import TrainingPipeline
from stepfunctions.workflow import Workflow

ASKING = """
import boto3
def handler(event, context):
    job = boto3.client("sagemaker").describe_training_job(TrainingJobName=event["job"])
    return {"status": job["TrainingJobStatus"], "metrics": len(job["FinalMetricDataList"])}
"""
PATIENCE_SECONDS = 600


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--bucket", required=True)
    given = parser.parse_args()
    session = sagemaker.Session(default_bucket=given.bucket)
    session.default_bucket()
    data = upload(session, given.bucket)
    workflow(session, given, data)
    template(session, given, data)


def workflow(session, given, data):
    asked = ExecutionInput(schema={"JobName": str, "ModelName": str, "EndpointName": str})
    training = TrainingStep(
        "Train",
        estimator=estimator(session, given),
        data={"train": TrainingInput(data, content_type="text/csv")},
        job_name=asked["JobName"],
    )
    training.add_retry(Retry(error_equals=["SageMaker.AmazonSageMakerException"], max_attempts=1))
    failed = Fail("Failed", cause="the training did not end well")
    training.add_catch(Catch(error_equals=["States.TaskFailed"], next_step=failed))
    ask = LambdaStep("Ask", parameters={"FunctionName": function(given.role), "Payload": {"job": asked["JobName"]}})
    ask.add_catch(Catch(error_equals=["States.ALL"], next_step=failed))
    model = ModelStep("Model", model=training.get_expected_model(), model_name=asked["ModelName"])
    config = EndpointConfigStep(
        "Config",
        endpoint_config_name=asked["EndpointName"],
        model_name=asked["ModelName"],
        initial_instance_count=1,
        instance_type="ml.m5.large",
    )
    endpoint = EndpointStep("Host", endpoint_name=asked["EndpointName"], endpoint_config_name=asked["EndpointName"])
    good = Choice("Good")
    good.add_choice(
        ChoiceRule.StringEquals(variable=ask.output()["Payload"]["status"], value="Completed"),
        next_step=Chain([config, endpoint]),
    )
    good.default_choice(failed)
    made = Workflow("journey", Chain([training, model, ask, good]), given.role, execution_input=asked)
    arn = made.create()
    names = {"JobName": "machine-train", "ModelName": "machine-model", "EndpointName": "machine-endpoint"}
    execution = made.execute(inputs=names)
    output = ended(execution)
    types = [event["type"] for event in execution.list_events()]
    answer = serving(session, names["EndpointName"])
    tell("workflow", arn=arn, output=output, types=types, answer=answer, listed=len(made.list_executions()))


def template(session, given, data):
    pipeline = TrainingPipeline(
        estimator=estimator(session, given),
        role=given.role,
        inputs={"train": TrainingInput(data, content_type="text/csv")},
        s3_bucket=given.bucket,
        pipeline_name="journey-template",
    )
    pipeline.create()
    execution = pipeline.execute()
    tell("template", output=ended(execution))


def estimator(session, given):
    image = sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1")
    made = Estimator(
        image,
        role=given.role,
        instance_count=1,
        instance_type="ml.m5.large",
        output_path=f"s3://{given.bucket}/machines/output",
        sagemaker_session=session,
    )
    made.set_hyperparameters(objective="reg:squarederror", num_round=5)
    return made


def upload(session, bucket):
    source = random.Random(7)
    rows = [(a, b) for a, b in ((source.random(), source.random()) for _ in range(200))]
    text = "".join(f"{10 * a + 3 * b:.4f},{a:.4f},{b:.4f}\n" for a, b in rows)
    session.upload_string_as_file_body(text, bucket, "machines/train/train.csv")
    return f"s3://{bucket}/machines/train"


def function(role):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", ASKING)
    made = boto3.client("lambda").create_function(
        FunctionName="machine-asks",
        Runtime="python3.11",
        Handler="index.handler",
        Role=role,
        Timeout=60,
        Code={"ZipFile": content.getvalue()},
    )
    return made["FunctionName"]


def serving(session, name):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while session.sagemaker_client.describe_endpoint(EndpointName=name)["EndpointStatus"] != "InService":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    runtime = session.sagemaker_runtime_client
    return runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=b"0.5,0.5")["Body"].read().decode()


def ended(execution):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := execution.describe())["status"] == "RUNNING":
        assert time.monotonic() < deadline, execution.list_events()[-1]
        time.sleep(0.5)
    assert found["status"] == "SUCCEEDED", found
    return execution.get_output()


def tell(stage, **facts):
    print("\n" + json.dumps({"stage": stage, **facts}, default=str), flush=True)


if __name__ == "__main__":
    main()
